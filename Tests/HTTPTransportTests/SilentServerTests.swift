import HTTPTestSupport
import HTTPTransport
import NIOCore
import NIOPosix
import Testing

/// Servers that take a connection and never give an answer.
struct SilentServerTests {
    /// Writes the same bytes again and again, or nothing at all.
    private final class Repeater: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let bytes: ByteBuffer

        init(_ text: String) {
            bytes = ByteBuffer(string: text)
        }

        func channelActive(context: ChannelHandlerContext) {
            guard bytes.readableBytes > 0 else { return }
            let channel = context.channel
            let bytes = bytes
            let task = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { _ in
                channel.writeAndFlush(bytes, promise: nil)
            }
            channel.closeFuture.whenComplete { _ in task.cancel() }
        }
    }

    private func withServer(sending text: String, _ body: (Int) async throws -> Void) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.pipeline.addHandler(Repeater(text)) }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(channel.localAddress?.port ?? 0)
            try await channel.close()
        } catch {
            try? await channel.close()  // the first error counts
            throw error
        }
    }

    @Test(.timeLimit(.minutes(10))) func `are given up sooner when they never answered`() async throws {
        var configuration = HTTPTransportConfiguration()
        configuration.firstAnswerTimeout = .milliseconds(200)
        configuration.connectTimeout = .milliseconds(200)
        configuration.firstContactTime = .zero
        try await withServer(sending: "") { port in
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            ) { transport in
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.baseURL(host: "127.0.0.1", port: port)
                }
                #expect(error?.code == .timedOut)
                #expect(error?.attempts == 1)
                #expect(transport.counters.requests == 2)
            }
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["", "HTTP/1.1 100 Continue\r\n\r\n"])
    func `are given up`(text: String) async throws {
        var configuration = HTTPTransportConfiguration()
        configuration.progressTimeout = .milliseconds(200)
        configuration.retryPolicy.tries = 1
        try await withServer(sending: text) { port in
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            ) { transport in
                let url = HTTPURL(scheme: .http, host: "127.0.0.1", port: port)
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(.init(.get, url), upTo: 100)
                }
                #expect(error?.code == .timedOut)
                let made = Counter()
                let outcome = try await transport.upload(.init(.put, url), length: 3) {
                    made.next() == 0 ? ByteBuffer(string: "abc") : nil
                }
                guard case .fault(let fault) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                #expect(fault.code == .timedOut)
            }
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [0, 1])
    func `are given up after 60 s by default`(bytes: Int) async throws {
        // Each look at the connection is 10 s after the one before.
        let looks = Counter()
        let time = SteppedTime().time(connections: { .seconds(10 * looks.next()) })
        var configuration = HTTPTransportConfiguration()
        configuration.progressCheckInterval = .milliseconds(20)
        configuration.retryPolicy.tries = 1
        let script: ScriptedServer.Script = { _ in .init(200, body: [1, 2, 3], ending: .stall(after: bytes)) }
        try await ScriptedServer.withServer(script) { server in
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                time: time
            ) { transport in
                let url = HTTPURL(scheme: .http, host: "127.0.0.1", port: server.port)
                let error = await #expect(throws: HTTPTransportError.self) {
                    try await transport.collect(.init(.get, url), upTo: 100)
                }
                #expect(error?.code == .timedOut)
                // The first look is no silence yet.
                #expect(looks.next() >= 7)
            }
        }
    }
}
