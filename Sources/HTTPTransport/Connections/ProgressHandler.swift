import NIOCore
import NIOHTTP1

/// Fails a connection on which nothing moves although the other side is to act.
///
/// The client's own timeouts do not do that: its write timeout counts our pauses and stops when the peer does not
/// take bytes, its read timeout counts the time in which we do not read.
final class ProgressHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart

    private var watch: ProgressWatch
    private let now: @Sendable () -> Duration
    private let interval: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ configuration: HTTPTransportConfiguration, now: @escaping @Sendable () -> Duration) {
        let timeout = configuration.progressTimeout
        watch = ProgressWatch(timeout: timeout, commitBytesPerSecond: configuration.commitBytesPerSecond)
        self.now = now
        interval = max(TimeAmount(configuration.progressCheckInterval ?? timeout / 4), .milliseconds(10))
    }

    func handlerAdded(context: ChannelHandlerContext) { schedule(context) }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        watch.readRequested()
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        // "Go on", "still at it": such answers can come for ever and say nothing about the one that is waited for.
        case .head(let head) where head.status.code < 200: break
        case .head, .body: watch.received()
        case .end: watch.answerEnded()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            watch.requestBegan(bodySize: head.headers.first(name: "content-length").flatMap { Int64($0) } ?? 0)
        case .body(let part): watch.wrote(bytes: part.readableBytes)
        case .end: watch.requestEnded()
        }
        context.write(data, promise: promise)
    }

    private func schedule(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: interval) { self.check(context) }
    }

    private func check(_ context: ChannelHandlerContext) {
        guard timer != nil else { return }
        let buffered: Int
        do {
            buffered = try context.channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
        } catch {
            buffered = 0  // a channel that is just closing; the next events tell
        }
        if watch.isStalled(now: now(), buffered: buffered) {
            timer = nil
            context.fireErrorCaught(NoProgress())
            context.close(promise: nil)
        } else {
            schedule(context)
        }
    }
}

/// Nothing moved on a connection for the progress timeout.
struct NoProgress: Error {}
