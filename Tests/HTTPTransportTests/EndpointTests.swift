import Foundation
import HTTPTestSupport
import HTTPTransport
import NIOPosix
import Testing

struct EndpointTests {
    private func scheme(
        of server: ScriptedServer,
        _ configuration: HTTPTransportConfiguration = HTTPTransportConfiguration()
    ) async throws -> HTTPURL.Scheme {
        var configuration = configuration
        configuration.retryPolicy.tries = 1
        return try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            time: SteppedTime().time
        ) { transport in
            let first = try await transport.baseURL(host: "127.0.0.1", port: server.port)
            let again = try await transport.baseURL(host: "127.0.0.1", port: server.port)
            #expect(first == again)
            let answer = try await transport.collect(.init(.get, first), upTo: 10)
            #expect(answer.status == 401)
            return first.origin.scheme
        }
    }

    private func expectScheme(
        _ expected: HTTPURL.Scheme,
        of server: ScriptedServer,
        _ configuration: HTTPTransportConfiguration = HTTPTransportConfiguration(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let scheme = try await scheme(of: server, configuration)
        #expect(scheme == expected, sourceLocation: sourceLocation)
    }

    private func certificateFile() throws -> URL {
        let file = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString).pem")
        try Data(TestCertificate.certificate.utf8).write(to: file)
        return file
    }

    @Test func `asks a loopback port once and speaks plain HTTP`() async throws {
        try await ScriptedServer.withServer({ _ in .init(401) }) { server in
            try await expectScheme(.http, of: server)
            #expect(server.lines == ["GET /v2/", "GET /"])
        }
    }

    @Test func `finds TLS on a loopback port and verifies it`() async throws {
        let file = try certificateFile()
        defer { try? FileManager.default.removeItem(at: file) }
        try await ScriptedServer.withServer(usesTLS: true, { _ in .init(401) }) { server in
            var configuration = HTTPTransportConfiguration()
            configuration.certificateAuthorityFiles = [file.path]
            try await expectScheme(.https, of: server, configuration)
            configuration = HTTPTransportConfiguration()
            configuration.systemTrustFile = file.path
            try await expectScheme(.https, of: server, configuration)
        }
    }

    @Test func `does not trust an unknown authority`() async throws {
        try await ScriptedServer.withServer(usesTLS: true, { _ in .init(401) }) { server in
            let error = await #expect(throws: HTTPTransportError.self) { try await scheme(of: server) }
            #expect(error?.code == .certificateNotTrusted)
        }
    }

    @Test(arguments: [true, false])
    func `trusts blindly where that is wanted`(usesTLS: Bool) async throws {
        try await ScriptedServer.withServer(usesTLS: usesTLS, { _ in .init(401) }) { server in
            for insecure in [
                HTTPTransportConfiguration.InsecureHosts.all, .named([server.authority]), .named(["127.0.0.1"]),
            ] {
                var configuration = HTTPTransportConfiguration()
                configuration.insecureHosts = insecure
                try await expectScheme(usesTLS ? .https : .http, of: server, configuration)
            }
        }
    }

    @Test func `does not take a TLS server's complaint for plain HTTP`() async throws {
        let script: ScriptedServer.Script = { _ in .init(400, text: "Client sent an HTTP request to an HTTPS server.\n")
        }
        try await ScriptedServer.withServer(script) { server in
            let error = await #expect(throws: HTTPTransportError.self) { try await scheme(of: server) }
            #expect(error != nil)
        }
    }

    @Test func `names a trust file that cannot be read`() async throws {
        var configuration = HTTPTransportConfiguration()
        configuration.certificateAuthorityFiles = ["/nowhere/ca.pem"]
        let error = await #expect(throws: HTTPTransportError.self) {
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            ) { _ in }
        }
        #expect(error?.code == .invalidTrustFile)
        #expect(error?.description.contains("/nowhere/ca.pem") == true)
    }
}
