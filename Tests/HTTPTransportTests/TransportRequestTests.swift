import HTTPTestSupport
import HTTPTransport
import NIOCore
import NIOPosix
import Synchronization
import Testing

struct TransportRequestTests {
    private func withTransport<Result: Sendable>(
        _ configuration: HTTPTransportConfiguration = HTTPTransportConfiguration(),
        time: SteppedTime = SteppedTime(),
        _ body: (HTTPTransport) async throws -> Result
    ) async throws -> Result {
        try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            time: time.time,
            body
        )
    }

    private func url(_ server: ScriptedServer, _ path: String = "/x") -> HTTPURL {
        HTTPURL(scheme: .http, host: "127.0.0.1", port: server.port, pathAndQuery: path)
    }

    /// Answers in turn; the last one for all further requests.
    private func inTurn(_ answers: ScriptedAnswer...) -> ScriptedServer.Script {
        let count = Counter()
        return { _ in answers[min(count.next(), answers.count - 1)] }
    }

    @Test(arguments: [408, 425, 429, 500, 502, 503, 504])
    func `tries again after a fault`(status: Int) async throws {
        let time = SteppedTime()
        try await ScriptedServer.withServer(inTurn(.init(status), .init(200, text: "ok"))) { server in
            try await withTransport(time: time) { transport in
                let answer = try await transport.collect(.init(.get, url(server)), upTo: 100)
                #expect(answer.status == 200)
                #expect(String(buffer: answer.body) == "ok")
                #expect(transport.counters.requests == 2)
                #expect(transport.counters.retries == 1)
                #expect(transport.counters.bytesReceived == 2)
            }
        }
        #expect(time.sleeps == [.milliseconds(250)])
    }

    @Test(arguments: [400, 401, 403, 404, 405, 410, 501])
    func `takes an answer for an answer`(status: Int) async throws {
        try await ScriptedServer.withServer(inTurn(.init(status, text: "no"))) { server in
            try await withTransport { transport in
                let answer = try await transport.collect(.init(.get, url(server)), upTo: 100)
                #expect(answer.status == status)
                #expect(transport.counters.requests == 1)
            }
        }
    }

    @Test func `waits as long as the server asks`() async throws {
        let time = SteppedTime(random: 0)
        let script = inTurn(
            .init(429, [("Retry-After", "7")]),
            .init(503, [("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT")]),
            .init(200)
        )
        try await ScriptedServer.withServer(script) { server in
            try await withTransport(time: time) { transport in
                _ = try await transport.collect(.init(.get, url(server)), upTo: 100)
            }
        }
        #expect(time.sleeps == [.seconds(7), .seconds(60)])
    }

    @Test func `gives up after eight tries and says so`() async throws {
        try await ScriptedServer.withServer(inTurn(.init(503))) { server in
            try await withTransport { transport in
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(.init(.get, url(server, "/x?token=secret")), upTo: 100)
                }
                #expect(error?.code == .status)
                #expect(error?.status == 503)
                #expect(error?.attempts == 8)
                #expect(error?.description.contains("secret") == false)
                #expect(server.requests.count == 8)
            }
        }
    }

    @Test func `tries again when a body is cut or an answer is missing`() async throws {
        let script = inTurn(
            .init(200, body: Array("complete".utf8), ending: .cut(after: 3)),
            .init(200, ending: .noAnswer),
            .init(200, text: "complete")
        )
        try await ScriptedServer.withServer(script) { server in
            try await withTransport { transport in
                let answer = try await transport.collect(.init(.get, url(server)), upTo: 100)
                #expect(String(buffer: answer.body) == "complete")
                #expect(server.requests.count == 3)
            }
        }
    }

    @Test(.timeLimit(.minutes(10))) func `notices that nothing moves`() async throws {
        var configuration = HTTPTransportConfiguration()
        configuration.progressTimeout = .milliseconds(100)
        configuration.retryPolicy.tries = 2
        let script = inTurn(.init(200, body: [1, 2, 3], ending: .stall(after: 1)))
        try await ScriptedServer.withServer(script) { server in
            try await withTransport(configuration) { transport in
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(.init(.get, url(server)), upTo: 100)
                }
                #expect(error?.code == .timedOut)
                #expect(error?.attempts == 2)
            }
        }
    }

    @Test func `refuses a body over the limit`() async throws {
        try await ScriptedServer.withServer(inTurn(.init(200, body: [UInt8](repeating: 0, count: 101)))) { server in
            try await withTransport { transport in
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(.init(.get, url(server)), upTo: 100)
                }
                #expect(error?.code == .bodyTooLarge)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test func `says that nobody listens`() async throws {
        try await withDeafPort { port in
            var configuration = HTTPTransportConfiguration()
            configuration.retryPolicy.tries = 2
            try await withTransport(configuration) { transport in
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(
                        .init(.get, HTTPURL(scheme: .http, host: "127.0.0.1", port: port)),
                        upTo: 1
                    )
                }
                #expect(error?.code == .connectionFailed)
                #expect(error?.reason == "failed: no connection (connection refused)")
                #expect(error?.attempts == 2)
            }
        }
    }

    @Test func `gives up early on a host that has never answered`() async throws {
        let port = try await ScriptedServer.withServer({ _ in .init(200) }) { $0.port }
        let time = SteppedTime()
        try await withTransport(time: time) { transport in
            for isFirst in [true, false] {
                if !isFirst { time.advance(by: .seconds(1)) }
                let before = time.sleeps.count
                let error = await #expect(throws: HTTPTransportError.self) {
                    _ = try await transport.baseURL(host: "127.0.0.1", port: port)
                }
                #expect(error?.code == .connectionFailed)
                // 250 ms, 500 ms, 1 s, 2 s, 4 s; the next pause would end behind the limit of 8 s.
                #expect(time.sleeps.count - before == (isFirst ? 5 : 0))
                #expect(error?.attempts == (isFirst ? 6 : 1))
            }
            #expect(time.time.now() <= transport.configuration.firstContactTime + .seconds(1))
        }
    }

    @Test func `refuses an answer that is not HTTP`() async throws {
        try await ScriptedServer.withServer({ _ in .init(200, ending: .raw(Array("SSH-2.0-x\r\n".utf8))) }) { server in
            try await withTransport { transport in
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(.init(.get, url(server)), upTo: 1)
                }
                #expect(error?.code == .invalidAnswer)
            }
        }
    }

    @Test func `refuses plain HTTP to other machines`() async throws {
        try await withTransport { transport in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.collect(.init(.get, HTTPURL(scheme: .http, host: "192.0.2.1", port: 1)), upTo: 1)
            }
            #expect(error?.code == .plainHTTPRefused)
            #expect(transport.counters.requests == 0)
        }
    }

    @Test func `reuses one connection after answers of all kinds`() async throws {
        let script: ScriptedServer.Script = { request in
            switch request.path {
            case "/missing": .init(404, text: "no such thing")
            case "/post": .init(202, [("Location", "/y")])
            default: .init(200, text: "text")
            }
        }
        try await ScriptedServer.withServer(script) { server in
            try await withTransport { transport in
                _ = try await transport.collect(.init(.get, url(server, "/missing")), upTo: 100)
                _ = try await transport.collect(.init(.head, url(server, "/missing")), upTo: 0)
                _ = try await transport.collect(.init(.head, url(server)), upTo: 0)
                _ = try await transport.collect(.init(.post, url(server, "/post")), upTo: 100)
                _ = try await transport.collect(.init(.get, url(server)), upTo: 100)
            }
            #expect(server.requests.map { $0["content-length"] } == [nil, nil, nil, "0", nil])
            #expect(server.connectionCount == 1)
        }
    }
}

/// Counts from 0.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { value.load(ordering: .relaxed) }

    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}
