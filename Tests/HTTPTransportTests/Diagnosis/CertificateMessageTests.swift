import HTTPTestSupport
import NIOPosix
import OpenSSLCrypto
import Testing

@testable import HTTPTransport

/// What is said about certificates that are not accepted.
struct CertificateMessageTests {
    private static func configuration(trusting root: String? = nil) -> HTTPTransportConfiguration {
        var configuration = HTTPTransportConfiguration()
        configuration.retryPolicy.tries = 1
        configuration.certificateFolders = CertificateFolders(roots: ["/nowhere/own", "/etc/nowhere/certs.d"])
        configuration.trustRemedies.authorityOption = "--certificate-authority"
        configuration.trustRemedies.authorityVariable = "SSL_CERT_FILE"
        configuration.trustRemedies.verificationOption = "--src-tls-verify=false"
        configuration.exclusiveAuthorities = root.map { PEMText(name: "the CA", bytes: Array($0.utf8)) }
        return configuration
    }

    private func message(
        _ server: ScriptedServer,
        _ configuration: HTTPTransportConfiguration
    ) async throws -> String {
        let error = await #expect(throws: HTTPTransportError.self) {
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            ) { try await $0.collect(HTTPRequest(.get, server.url), upTo: 100) }
        }
        #expect(error?.code == .certificateNotTrusted)
        #expect(server.requests.isEmpty)
        return error?.description ?? ""
    }

    private static let table: [(TestIdentity, root: String?, parts: [String])] = [
        (
            TestIdentity.expired, TestIdentity.rootCertificate,
            ["it expired on 2021-01-01 00:00 UTC", "check the clock of this machine", "renewed"]
        ),
        (
            .future, TestIdentity.rootCertificate,
            ["it is not valid before 2110-01-01 00:00 UTC", "check the clock of this machine"]
        ),
        (.expired, nil, ["it expired on 2021-01-01 00:00 UTC", "subject CN=localhost, issuer CN=Ferry Test Root"]),
        (
            .named, TestIdentity.named.certificate,
            ["it is not for 127.0.0.1 but for api.ferry.test", "use one of those"]
        ),
        (.localhost, nil, ["it has signed itself and is not among the trusted ones"]),
        (.localhost, TestIdentity.rootCertificate, ["only the authorities of the CA are trusted for it"]),
        (
            .incomplete, TestIdentity.rootCertificate,
            ["its issuer CN=Ferry Test Intermediate is neither sent by the server (a missing intermediate certificate)"]
        ),
        (.chained, nil, ["its issuer CN=Ferry Test Root is neither sent by the server"]),
        (
            .named, nil,
            [
                "it has signed itself and is not among the trusted ones, and it is not for 127.0.0.1 but for api.ferry.test"
            ]
        ),
    ]

    @Test(arguments: table)
    func `name the cause and the remedy`(identity: TestIdentity, root: String?, parts: [String]) async throws {
        try await ScriptedServer.withServer(usesTLS: true, identity: identity, { _ in .init(204) }) { server in
            let text = try await message(server, Self.configuration(trusting: root))
            for part in parts + [
                "presented was: subject CN=", "valid from 2", "or trust the host blindly with --src-tls",
            ] {
                #expect(text.contains(part), "\(part) in \(text)")
            }
            #expect(server.connectionCount == 2)
        }
    }

    @Test func `names the file that helps`() async throws {
        try await ScriptedServer.withServer(usesTLS: true, identity: .chained, { _ in .init(204) }) { server in
            let text = try await message(server, Self.configuration())
            #expect(
                text.contains(
                    "get the certificate of its authority and put it into /etc/nowhere/certs.d/\(server.authority)/ca.crt, "
                        + "or name its file with --certificate-authority FILE, or with SSL_CERT_FILE"
                ),
                "\(text)"
            )
        }
    }

    @Test func `looks once at a host, and shows the chain`() async throws {
        try await ScriptedServer.withServer(usesTLS: true, identity: .chained, { _ in .init(204) }) { server in
            try await HTTPTransport.withTransport(
                Self.configuration(),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            ) { transport in
                for _ in 0..<3 {
                    await #expect(throws: HTTPTransportError.self) {
                        try await transport.collect(HTTPRequest(.get, server.url), upTo: 100)
                    }
                }
                let finding = try await transport.diagnoses.look(
                    at: server.url.origin,
                    serverName: nil,
                    through: nil
                )
                guard case .certificates(let found) = finding else {
                    Issue.record("\(finding)")
                    return
                }
                let chain = found.compactMap { PresentedCertificate(der: $0) }
                #expect(chain.map(\.subject) == ["CN=localhost", "CN=Ferry Test Intermediate"])
                #expect(chain.first?.names == ["localhost", "127.0.0.1"])
            }
            #expect(server.connectionCount == 4)
        }
    }
}
