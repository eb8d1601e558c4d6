import HTTPTestSupport
import HTTPTransport
import NIOCore
import NIOPosix
import Testing

/// What is said about SOCKS proxies that do not lead on.
struct SOCKSFaultTests {
    /// A proxy's answer to the greeting, then to the request; it closes when it has no further one.
    struct Answers: Sendable, CustomTestStringConvertible {
        let bytes: [[UInt8]]
        var testDescription: String { "\(bytes)" }
    }

    private static let nobody: [UInt8] = [5, 0]
    private static func reply(_ code: UInt8) -> [UInt8] { [5, code, 0, 1, 0, 0, 0, 0, 0, 0] }

    @Test(arguments: [
        (Answers(bytes: [[5, 0xff]]), HTTPTransportError.Code.proxyRefused, "wants a user name and password", 1),
        (Answers(bytes: [[5, 2]]), .proxyRefused, "wants a user name and password", 1),
        (Answers(bytes: [nobody, reply(1)]), .tunnelRefused, "to reg.test:443: it answered 1, general failure", 2),
        (Answers(bytes: [nobody, reply(2)]), .tunnelRefused, "it answered 2, not allowed by its rules", 1),
        (Answers(bytes: [nobody, reply(3)]), .tunnelRefused, "it answered 3, network unreachable", 2),
        (Answers(bytes: [nobody, reply(4)]), .tunnelRefused, "it answered 4, host unreachable", 2),
        (Answers(bytes: [nobody, reply(5)]), .tunnelRefused, "it answered 5, connection refused", 2),
        (Answers(bytes: [nobody, reply(200)]), .tunnelRefused, "it answered 200", 2),
        (Answers(bytes: [Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)]), .invalidAnswer, "does not speak SOCKS", 1),
        (Answers(bytes: [[4, 0]]), .invalidAnswer, "does not speak SOCKS version 5", 1),
        (Answers(bytes: [nobody, [5, 0, 7, 1, 0, 0, 0, 0, 0, 0]]), .invalidAnswer, "does not speak SOCKS", 1),
        (Answers(bytes: [nobody, [5, 0, 0, 9, 0, 0, 0, 0, 0, 0]]), .invalidAnswer, "does not speak SOCKS", 1),
        (Answers(bytes: []), .connectionClosed, "closed the connection before it led on to reg.test:443", 2),
        (Answers(bytes: [nobody]), .connectionClosed, "closed the connection before it led on to reg.test:443", 2),
    ])
    func `name the proxy and what it said`(
        answers: Answers,
        code: HTTPTransportError.Code,
        part: String,
        tries: Int
    ) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(answers.bytes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        var configuration = HTTPTransportConfiguration()
        configuration.proxies = ProxySettings(environment: ["ALL_PROXY": "socks5://127.0.0.1:\(port)"])
        configuration.retryPolicy.tries = 2
        configuration.retryPolicy.base = .milliseconds(1)
        let error = await #expect(throws: HTTPTransportError.self) {
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            ) {
                try await $0.collect(.init(.get, HTTPURL("https://reg.test/v2/")), upTo: 100)
            }
        }
        try await server.close()
        #expect(error?.code == code)
        #expect(error?.attempts == tries)
        let text = error?.description ?? ""
        #expect(text.contains("the proxy socks5://127.0.0.1:\(port) (ALL_PROXY)"), "\(text)")
        #expect(text.contains(part), "\(text)")
    }
}

/// Sends one answer for each piece that comes, and closes when there are no more.
private final class Answering: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var answers: ArraySlice<[UInt8]>

    init(_ answers: [[UInt8]]) { self.answers = answers[...] }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let answer = answers.popFirst() else { return context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
    }
}
