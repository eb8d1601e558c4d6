import NIOCore
import NIOHTTP1

/// Prepares each connection for large bodies, and answers `Expect: 100-continue`.
///
/// It does its work when it is added to the pipeline and passes everything on afterwards.
final class ConnectionSetup: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    /// The largest amount that is read from a connection at once, in bytes.
    private static let readSize = 256 << 10
    /// Between these amounts of unsent bytes the next chunk is read from the store while this one is sent.
    private static let unsent = ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 768 << 10)

    func handlerAdded(context: ChannelHandlerContext) {
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 64 << 10, maximum: Self.readSize)
        do {
            let options = context.channel.syncOptions
            try options?.setOption(.recvAllocator, value: allocator)
            try options?.setOption(.writeBufferWaterMark, value: Self.unsent)
            let pipeline = context.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ContinueHandler(), position: .after(decoder))
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
