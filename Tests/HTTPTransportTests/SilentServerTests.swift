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
}
