import NIOCore
import NIOHTTP1

/// Prepares each connection for large bodies, and answers `Expect: 100-continue`.
///
/// It does its work when it is added to the pipeline and passes everything on afterwards.
final class ConnectionSetup: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    /// The largest amount that is read from a connection at once, in bytes.
    private static let readSize = 256 << 10
    /// The amount that is read at first: connections by the thousand keep a buffer of it, and requests are small.
    private static let firstReadSize = 4 << 10
    /// Room for the one chunk that waits to be sent (see ``SendGate``), so that it never makes the connection unwritable.
    private static let unsent = ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 2 << 20)

    func handlerAdded(context: ChannelHandlerContext) {
        let allocator = AdaptiveRecvByteBufferAllocator(
            minimum: Self.firstReadSize,
            initial: Self.firstReadSize,
            maximum: Self.readSize
        )
        do {
            let options = context.channel.syncOptions
            try options?.setOption(.recvAllocator, value: allocator)
            try options?.setOption(.writeBufferWaterMark, value: Self.unsent)
            // A client that vanished without a word must not hold its connection for ever.
            try options?.setOption(.socketOption(.so_keepalive), value: 1)
            let pipeline = context.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ContinueHandler(), position: .after(decoder))
            try pipeline.addHandler(SendGate(), position: .after(decoder))
        } catch {
            context.fireErrorCaught(error)
        }
    }
}

/// Tells clients that wait for permission to send a body to go ahead.
///
/// https://www.rfc-editor.org/rfc/rfc9110.html#section-10.1.1
private final class ContinueHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests whose answer is not sent yet; the permission must not get into the middle of an earlier answer.
    private var unanswered = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            unanswered += 1
            if unanswered == 1, head.headers[canonicalForm: "expect"].contains("100-continue") {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
                    promise: nil
                )
            }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }
}
