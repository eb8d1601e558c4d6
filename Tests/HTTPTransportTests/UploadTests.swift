import HTTPTestSupport
import HTTPTransport
import NIOCore
import NIOPosix
import Testing

struct UploadTests {
    private struct SourceFailure: Error {}

    private func upload(
        to server: ScriptedServer,
        length: Int64,
        _ configuration: HTTPTransportConfiguration = HTTPTransportConfiguration(),
        from pull: @escaping @Sendable () async throws -> ByteBuffer?
    ) async throws -> UploadOutcome {
        try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            time: SteppedTime().time
        ) { transport in
            let url = HTTPURL(scheme: .http, host: "127.0.0.1", port: server.port, pathAndQuery: "/up?s=1")
            return try await transport.upload(.init(.put, url), length: length, from: pull)
        }
    }

    /// A source of `count` chunks of 64 KiB, which then ends or fails.
    private func chunks(_ count: Int, failing: Bool = false) -> @Sendable () async throws -> ByteBuffer? {
        let made = Counter()
        return {
            let index = made.next()
            if index < count { return ByteBuffer(repeating: UInt8(truncatingIfNeeded: index), count: 64 << 10) }
            if failing { throw SourceFailure() }
            return nil
        }
    }

    @Test func `streams a body of known length`() async throws {
        try await ScriptedServer.withServer({ _ in .init(201, [("X", "y")]) }) { server in
            let outcome = try await upload(to: server, length: 40 * 65_536, from: chunks(40))
            guard case .answer(let answer) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(answer.status == 201)
            #expect(answer.fields["x"] == "y")
            let request = try #require(server.requests.first)
            #expect(request.line == "PUT /up?s=1")
            #expect(request["content-length"] == "2621440")
            #expect(request.body.count == 2_621_440)
            #expect(request.body[65_536 * 39] == 39)
        }
    }

    @Test func `sends an empty body`() async throws {
        try await ScriptedServer.withServer({ _ in .init(201) }) { server in
            _ = try await upload(to: server, length: 0, from: { nil })
            #expect(server.requests.first?["content-length"] == "0")
        }
    }

    @Test func `never completes a body whose source fails`() async throws {
        try await ScriptedServer.withServer({ _ in .init(201) }) { server in
            await #expect(throws: SourceFailure.self) {
                try await upload(to: server, length: 6 * 65_536, from: chunks(5, failing: true))
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [201, 401, 413, 503])
    func `takes an answer that comes before the end`(status: Int) async throws {
        try await ScriptedServer.withServer(early: { _ in .init(status, text: "no") }, { _ in .init(201) }) { server in
            let outcome = try await upload(
                to: server,
                length: 1 << 40,
                from: { ByteBuffer(repeating: 0, count: 65_536) }
            )
            guard case .answer(let answer) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(answer.status == status)
        }
    }

    @Test func `reports a connection that breaks`() async throws {
        let early: @Sendable (ReceivedRequest) -> ScriptedAnswer? = { _ in .init(200, ending: .noAnswer) }
        try await ScriptedServer.withServer(early: early, { _ in .init(201) }) { server in
            let outcome = try await upload(
                to: server,
                length: 1 << 40,
                from: { ByteBuffer(repeating: 0, count: 65_536) }
            )
            guard case .fault(let fault) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(fault.isRetryable)
        }
    }

    @Test(.timeLimit(.minutes(10))) func `notices a server that does not answer`() async throws {
        var configuration = HTTPTransportConfiguration()
        configuration.progressTimeout = .milliseconds(100)
        let script: ScriptedServer.Script = { _ in .init(200, body: [1], ending: .stall(after: 0)) }
        try await ScriptedServer.withServer(script) { server in
            let outcome = try await upload(to: server, length: 65_536, configuration, from: chunks(1))
            guard case .fault(let fault) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(fault.code == .timedOut)
        }
    }

    @Test(.timeLimit(.minutes(10))) func `stops when it is cancelled`() async throws {
        try await ScriptedServer.withServer({ _ in .init(201) }) { server in
            let (started, start) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await upload(
                    to: server,
                    length: 1 << 40,
                    from: {
                        start.yield()
                        return ByteBuffer(repeating: 0, count: 65_536)
                    }
                )
            }
            for await _ in started { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
