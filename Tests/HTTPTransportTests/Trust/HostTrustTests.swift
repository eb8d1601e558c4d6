import Foundation
import HTTPTestSupport
import HTTPTransport
import NIOPosix
import Testing

/// Certificates of single hosts, in folders laid out as certs.d.
struct HostTrustTests {
    /// Makes a folder `ROOT/127.0.0.1:PORT` with files, for as long as `body` runs.
    private func withFolder(
        _ server: ScriptedServer,
        _ files: [String: String],
        _ body: (HTTPTransportConfiguration, String) async throws -> Void
    ) async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let folder = "\(root)/\(server.authority)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
        var configuration = HTTPTransportConfiguration()
        configuration.certificateFolders = CertificateFolders(roots: ["/nowhere", root])
        configuration.retryPolicy.tries = 1
        try await body(configuration, folder)
    }

    private func get(
        _ url: HTTPURL,
        _ configuration: HTTPTransportConfiguration,
        sender: HTTPOrigin? = nil
    ) async throws -> Int {
        try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        ) { transport in
            var request = HTTPRequest(.get, url)
            request.sender = sender
            return try await transport.collect(request, upTo: 100).status
        }
    }

    private func expectAnswer(
        _ url: HTTPURL,
        _ configuration: HTTPTransportConfiguration,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let status = try await get(url, configuration)
        #expect(status == 204, sourceLocation: sourceLocation)
    }

    private func failure(
        _ url: HTTPURL,
        _ configuration: HTTPTransportConfiguration,
        sender: HTTPOrigin? = nil
    ) async -> HTTPTransportError? {
        await #expect(throws: HTTPTransportError.self) { try await get(url, configuration, sender: sender) }
    }

    @Test func `are trusted besides the others`() async throws {
        try await ScriptedServer.withServer(usesTLS: true, identity: .chained, { _ in .init(204) }) { server in
            let files = ["a.crt": TestIdentity.named.certificate, "b.crt": TestIdentity.rootCertificate]
            try await withFolder(server, files) { configuration, _ in
                try await expectAnswer(server.url, configuration)
                var without = configuration
                without.certificateFolders = .none
                #expect(await failure(server.url, without)?.code == .certificateNotTrusted)
                // Who is to be trusted alone leaves no room for others.
                var alone = configuration
                alone.exclusiveAuthorities = PEMText(name: "the CA", bytes: Array(TestIdentity.named.certificate.utf8))
                #expect(await failure(server.url, alone)?.code == .certificateNotTrusted)
            }
        }
    }

    @Test func `count for hosts that the registry sends to, its client certificate does not`() async throws {
        try await ScriptedServer.withServer(usesTLS: true, identity: .chained, { _ in .init(204) }) { registry in
            try await ScriptedServer.withServer(
                usesTLS: true,
                identity: .chained,
                clientAuthority: TestIdentity.rootCertificate,
                { _ in .init(204) }
            ) { other in
                let files = [
                    "ca.crt": TestIdentity.rootCertificate, "c.cert": TestIdentity.client.certificate,
                    "c.key": TestIdentity.client.privateKey,
                ]
                try await withFolder(registry, files) { configuration, _ in
                    #expect(await failure(other.url, configuration)?.code == .certificateNotTrusted)
                    let sent = await failure(other.url, configuration, sender: registry.url.origin)
                    #expect(sent?.code == .identityRefused)
                    #expect(sent?.description.contains("none was presented") == true)
                }
                try await withFolder(other, files) { configuration, folder in
                    try await expectAnswer(other.url, configuration)
                    // Not verifying the server is no reason to be nobody.
                    var blind = configuration
                    blind.insecureHosts = .all
                    try await expectAnswer(other.url, blind)
                    try Data(TestIdentity.named.certificate.utf8).write(to: URL(filePath: "\(folder)/c.cert"))
                    try Data(TestIdentity.named.privateKey.utf8).write(to: URL(filePath: "\(folder)/c.key"))
                    let refused = await failure(other.url, configuration)
                    #expect(refused?.code == .identityRefused)
                    #expect(refused?.description.contains("\(folder)/c.cert was presented") == true)
                }
            }
        }
    }

    @Test(arguments: [
        (["a.crt": "nonsense"], HTTPTransportError.Code.invalidTrustFile, "a.crt"),
        (["a.crt": ""], .invalidTrustFile, "a.crt"),
        (["a.crt": "0\u{82}"], .invalidTrustFile, "a.crt"),
        (["c.cert": TestIdentity.client.certificate], .invalidIdentity, "c.cert"),
        (["c.key": TestIdentity.client.privateKey], .invalidIdentity, "c.key"),
        (["c.cert": "x", "c.key": TestIdentity.client.privateKey], .invalidIdentity, "c.cert"),
        (["c.cert": TestIdentity.client.certificate, "c.key": "x"], .invalidIdentity, "c.key"),
        (
            ["c.cert": TestIdentity.client.certificate, "c.key": TestIdentity.named.privateKey], .invalidIdentity,
            "c.key"
        ),
    ])
    func `are named when they cannot be used`(
        files: [String: String],
        code: HTTPTransportError.Code,
        name: String
    ) async throws {
        try await ScriptedServer.withServer(usesTLS: true, { _ in .init(204) }) { server in
            try await withFolder(server, files) { configuration, folder in
                let error = await failure(server.url, configuration)
                #expect(error?.code == code)
                let text = error?.description ?? ""
                #expect(text.contains("\(folder)/\(name)") && text.contains("for \(server.authority)"), "\(text)")
                #expect(!text.contains("PRIVATE KEY"))
                // Other hosts are asked as if it were not there.
                try await ScriptedServer.withServer({ _ in .init(204) }) { other in
                    let url = HTTPURL(scheme: .http, host: "127.0.0.1", port: other.port)
                    try await expectAnswer(url, configuration)
                }
            }
        }
    }

    @Test func `are found in folders that count for all`() async throws {
        try await ScriptedServer.withServer(usesTLS: true, identity: .chained, { _ in .init(204) }) { server in
            let files = ["root.pem": TestIdentity.rootCertificate, "README": "no certificate"]
            try await withFolder(server, files) { _, folder in
                var configuration = HTTPTransportConfiguration()
                configuration.systemTrustFolders = ["/nowhere", folder]
                try await expectAnswer(server.url, configuration)
            }
        }
    }
}

extension ScriptedServer {
    /// Its root, for TLS.
    var url: HTTPURL { HTTPURL(scheme: .https, host: "127.0.0.1", port: port) }
}
