import NIOCore
import NIOHTTP1

/// Knows whether all parts of answers that were written to a connection have left for the kernel.
///
/// The writers of the framework return before that, several chunks ahead when the event loop is busy. A client that does
/// not read would make the server hold all of them.
final class SendGate: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Body parts that are written and not sent.
    private var unsent = 0
    private var waiters: [EventLoopPromise<Void>] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .body = unwrapOutboundIn(data) else {
            context.write(data, promise: promise)
            return
        }
        unsent += 1
        let sent = promise ?? context.eventLoop.makePromise()
        // The handler lives on one event loop, and so does the promise.
        sent.futureResult.assumeIsolated().whenComplete { [self] _ in
            // A connection that broke has sent all that it will send.
            unsent -= 1
            guard unsent == 0 else { return }
            let ready = waiters
            waiters = []
            for waiter in ready { waiter.succeed() }
        }
        context.write(data, promise: sent)
    }

    private func drained(_ loop: any EventLoop) -> EventLoopFuture<Void> {
        guard unsent > 0 else { return loop.makeSucceededVoidFuture() }
        let promise = loop.makePromise(of: Void.self)
        waiters.append(promise)
        return promise.futureResult
    }

    /// Waits until every body part that was written to a connection has been sent, or cannot be.
    ///
    /// A task that is cancelled meanwhile closes the connection.
    ///
    /// - Throws: `ChannelPipelineError` when the connection has no gate; `CancellationError`.
    static func waitUntilSent(on channel: any Channel) async throws {
        try await withTaskCancellationHandler {
            try await channel.eventLoop.flatSubmit {
                do {
                    return try channel.pipeline.syncOperations.handler(type: SendGate.self).drained(channel.eventLoop)
                } catch {
                    return channel.eventLoop.makeFailedFuture(error)
                }
            }.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        try Task.checkCancellation()
    }
}
