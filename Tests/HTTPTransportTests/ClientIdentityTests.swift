import HTTPTestSupport
import HTTPTransport
import NIOCore
import NIOPosix
import Testing

/// Certificates that are in memory: authorities, clients, and servers with another name.
struct ClientIdentityTests {
    private func configuration(
        trusting authority: TestIdentity? = .localhost,
        _ identity: TestIdentity? = nil,
        key: String? = nil
    ) -> HTTPTransportConfiguration {
        var configuration = HTTPTransportConfiguration()
        configuration.retryPolicy.tries = 1
        configuration.exclusiveAuthorities = authority.map {
            PEMText(name: "the CA", bytes: Array($0.certificate.utf8))
        }
        configuration.clientIdentity = identity.map {
            ClientIdentity(
                certificate: PEMText(name: "the certificate", bytes: Array($0.certificate.utf8)),
                key: PEMText(name: "the key", bytes: Array((key ?? $0.privateKey).utf8))
            )
        }
        return configuration
    }

    private func status(
        _ configuration: HTTPTransportConfiguration,
        of server: ScriptedServer,
        _ request: (HTTPURL) -> HTTPRequest = { HTTPRequest(.get, $0) }
    ) async throws -> Int {
        let url = HTTPURL(scheme: .https, host: "127.0.0.1", port: server.port)
        let request = request(url)
        return try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        ) { try await $0.collect(request, upTo: 100).status }
    }

    private func expectStatus(
        _ expected: Int,
        _ configuration: HTTPTransportConfiguration,
        of server: ScriptedServer,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let status = try await status(configuration, of: server)
        #expect(status == expected, sourceLocation: sourceLocation)
    }

    private func expectFailure(
        _ expected: HTTPTransportError.Code,
        _ configuration: HTTPTransportConfiguration,
        of server: ScriptedServer,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let failure = await failure(configuration, of: server)
        #expect(failure?.code == expected, sourceLocation: sourceLocation)
    }

    private func failure(
        _ configuration: HTTPTransportConfiguration,
        of server: ScriptedServer
    ) async -> HTTPTransportError? {
        await #expect(throws: HTTPTransportError.self) { try await status(configuration, of: server) }
    }

    @Test func `trusts the authorities given and no others`() async throws {
        try await ScriptedServer.withServer(usesTLS: true, { _ in .init(204) }) { server in
            try await expectStatus(204, configuration(), of: server)
            await expectFailure(.certificateNotTrusted, configuration(trusting: .named), of: server)
        }
    }

    @Test func `identifies itself to a server that asks for it`() async throws {
        let authority = TestIdentity.named.certificate
        try await ScriptedServer.withServer(usesTLS: true, clientAuthority: authority, { _ in .init(204) }) { server in
            try await expectStatus(204, configuration(.named), of: server)
            // Not verifying the server is no reason to be nobody.
            var blind = configuration(trusting: nil, .named)
            blind.insecureHosts = .all
            try await expectStatus(204, blind, of: server)
            await expectFailure(.identityRefused, configuration(nil), of: server)
            await expectFailure(.identityRefused, configuration(.localhost), of: server)
        }
    }

    @Test func `speaks to a server whose certificate has another name`() async throws {
        let script: ScriptedServer.Script = { request in
            .init(request["host"]?.hasPrefix("127.0.0.1:") == true ? 204 : 421)
        }
        try await ScriptedServer.withServer(usesTLS: true, identity: .named, script) { server in
            var configuration = configuration(trusting: .named)
            await expectFailure(.certificateNotTrusted, configuration, of: server)
            configuration.serverName = try ServerNameOverride(host: "127.0.0.1", name: "API.ferry.test")
            try await expectStatus(204, configuration, of: server)
            configuration.serverName = try ServerNameOverride(host: "127.0.0.1", name: "www.ferry.test")
            let error = await failure(configuration, of: server)
            #expect(error?.code == .certificateNotTrusted)
            #expect(error?.request == "GET https://\(server.authority)/")
        }
    }

    @Test(arguments: ["", "1.2.3.4", "::1", "[::1]", "a b", "a/b", "a:443", "user@a", "a?b", "a#b"])
    func `refuses names that no certificate has`(name: String) {
        let error = #expect(throws: HTTPTransportError.self) { try ServerNameOverride(host: "127.0.0.1", name: name) }
        #expect(error?.code == .invalidURL)
    }

    @Test func `tells before the first request what cannot be used`() async throws {
        let none = TestIdentity.localhost.privateKey
        let table: [(HTTPTransportConfiguration, HTTPTransportError.Code, String)] = [
            (configuration(.localhost, key: "nonsense"), .invalidIdentity, "the key"),
            (configuration(.localhost, key: ""), .invalidIdentity, "the key"),
            (configuration(.localhost, key: TestIdentity.named.privateKey), .invalidIdentity, "the key"),
        ]
        var broken = configuration()
        broken.exclusiveAuthorities = PEMText(name: "the CA", bytes: Array(none.utf8))
        for (configuration, code, name) in table + [(broken, .invalidTrustFile, "the CA")] {
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPTransport.withTransport(
                    configuration,
                    eventLoopGroup: MultiThreadedEventLoopGroup.singleton
                ) { _ in }
            }
            #expect(error?.code == code)
            #expect(error?.description.hasPrefix(name) == true)
            #expect(error?.description.contains("PRIVATE KEY") == false)
        }
    }

    @Test func `patches`() async throws {
        let script: ScriptedServer.Script = { $0.method == "PATCH" && $0.body == [1, 2] ? .init(201) : .init(400) }
        try await ScriptedServer.withServer(usesTLS: true, script) { server in
            let code = try await status(configuration(), of: server) {
                HTTPRequest(.patch, $0, body: .init(bytes: [1, 2]))
            }
            #expect(code == 201)
        }
    }
}
