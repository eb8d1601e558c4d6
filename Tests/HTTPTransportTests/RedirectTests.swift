import HTTPTestSupport
import HTTPTransport
import NIOCore
import NIOPosix
import Testing

struct RedirectTests {
    private func withTransport<Result: Sendable>(
        _ body: (HTTPTransport) async throws -> Result
    ) async throws -> Result {
        try await HTTPTransport.withTransport(
            HTTPTransportConfiguration(),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            time: SteppedTime().time,
            body
        )
    }

    private func url(_ server: ScriptedServer, _ path: String) -> HTTPURL {
        HTTPURL(scheme: .http, host: "127.0.0.1", port: server.port, pathAndQuery: path)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `follows without credentials to another port`(status: Int) async throws {
        try await ScriptedServer.withServer({ _ in .init(200, text: "blob") }) { storage in
            let script: ScriptedServer.Script = { _ in
                .init(status, [("Location", "http://127.0.0.1:\(storage.port)/s?sig=1%2F2")])
            }
            try await ScriptedServer.withServer(script) { server in
                try await withTransport { transport in
                    let answer = try await transport.collect(
                        .init(.get, url(server, "/a"), fields: ["Range": "bytes=1-"], authorization: "Bearer t"),
                        upTo: 100
                    )
                    #expect(String(buffer: answer.body) == "blob")
                    #expect(answer.url.text == "http://127.0.0.1:\(storage.port)/s?sig=1%2F2")
                }
                #expect(server.requests.map { $0["authorization"] } == ["Bearer t"])
            }
            #expect(storage.lines == ["GET /s?sig=1%2F2"])
            #expect(storage.requests.first?["authorization"] == nil)
            #expect(storage.requests.first?["range"] == "bytes=1-")
        }
    }

    @Test func `keeps credentials at the same place`() async throws {
        let script: ScriptedServer.Script = { request in
            request.path == "/a" ? .init(307, [("Location", "b?x=y")]) : .init(200)
        }
        try await ScriptedServer.withServer(script) { server in
            try await withTransport { transport in
                _ = try await transport.collect(.init(.get, url(server, "/a"), authorization: "Bearer t"), upTo: 1)
            }
            #expect(server.lines == ["GET /a", "GET /b?x=y"])
            #expect(server.requests.map { $0["authorization"] } == ["Bearer t", "Bearer t"])
        }
    }

    @Test func `does not run in circles`() async throws {
        try await ScriptedServer.withServer({ _ in .init(302, [("Location", "/a")]) }) { server in
            try await withTransport { transport in
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(.init(.get, url(server, "/a")), upTo: 1)
                }
                #expect(error?.code == .redirectLimit)
            }
            #expect(server.requests.count == 11)
        }
    }

    @Test func `leaves the redirect of a write to the caller`() async throws {
        try await ScriptedServer.withServer({ _ in .init(307, [("Location", "/b")]) }) { server in
            try await withTransport { transport in
                let answer = try await transport.collect(
                    .init(.put, url(server, "/a"), body: ByteBuffer(string: "x")),
                    upTo: 1
                )
                #expect(answer.status == 307)
            }
        }
    }

    @Test func `does not leave this machine in plain HTTP`() async throws {
        try await ScriptedServer.withServer({ _ in .init(302, [("Location", "http://192.0.2.1/")]) }) { server in
            try await withTransport { transport in
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(.init(.get, url(server, "/a")), upTo: 1)
                }
                #expect(error?.code == .plainHTTPRefused)
            }
        }
    }
}
