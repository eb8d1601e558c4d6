import NIOCore
import NIOPosix
import Synchronization

/// Stands before a server on this machine and closes connections in the middle of what clients send.
///
/// The client learns of it when the server has: what it does next does not depend on which of them is faster.
package final class CuttingProxy: Sendable {
    private struct State {
        var sent: Int64 = 0
        var cuts: [Int64] = []
        var mark: (at: Int64, action: @Sendable () -> Void)?
        var channels: [any Channel] = []
    }

    private let state = Mutex(State())
    private let listening = Mutex(0)

    /// Where it listens.
    package var port: Int { listening.withLock { $0 } }

    /// How many bytes clients have sent through it, heads of requests included.
    package var sentBytes: Int64 { state.withLock { $0.sent } }

    /// How many of the places given to ``cut(at:)`` are still to come.
    package var cutsLeft: Int { state.withLock { $0.cuts.count } }

    /// Closes connections: each that carries one of these bytes, counted over all that clients send from now on.
    package func cut(at positions: [Int64]) {
        state.withLock { state in state.cuts = positions.sorted().map { state.sent + $0 } }
    }

    /// Does something once when that byte comes, counted from now on, and closes its connection before it.
    package func cut(at position: Int64, _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.mark = (at: $0.sent + position, action: action) }
    }

    /// Runs a proxy on a free port for as long as `body` runs.
    ///
    /// - Throws: what the socket and `body` throw.
    package static func withProxy<Result: Sendable>(
        to port: Int,
        _ body: (CuttingProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = CuttingProxy()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { proxy.connect($0, to: port) }
            .bind(host: "127.0.0.1", port: 0).get()
        proxy.listening.withLock { $0 = server.localAddress?.port ?? 0 }
        do {
            let result = try await body(proxy)
            try await proxy.close(server)
            return result
        } catch {
            try? await proxy.close(server)  // the first error counts
            throw error
        }
    }

    private func connect(_ client: any Channel, to port: Int) -> EventLoopFuture<Void> {
        ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port).flatMapThrowing { [self] server in
                let pair = Pair()
                try client.pipeline.syncOperations.addHandler(PipeHandler(to: server, of: pair, counting: self))
                try server.pipeline.syncOperations.addHandler(PipeHandler(to: client, of: pair, counting: nil))
                state.withLock { $0.channels += [client, server] }
                server.read()
            }
    }

    private func close(_ server: any Channel) async throws {
        try await server.close()
        for channel in state.withLock({ $0.channels }) { channel.close(promise: nil) }
    }

    /// How many of some bytes go on; fewer than all when the connection is to be closed behind them.
    fileprivate func pass(_ count: Int) -> Int {
        let (passed, action) = state.withLock { state -> (Int, (@Sendable () -> Void)?) in
            var passed = count
            if let cut = state.cuts.first, cut < state.sent + Int64(count) {
                state.cuts.removeFirst()
                passed = Int(max(0, cut - state.sent))
            }
            var action: (@Sendable () -> Void)?
            if let mark = state.mark, mark.at < state.sent + Int64(passed) {
                state.mark = nil
                action = mark.action
                passed = Int(max(0, mark.at - state.sent))
            }
            state.sent += Int64(passed)
            return (passed, action)
        }
        action?()
        return passed
    }
}

/// The two connections of a client and its server, on one event loop.
private final class Pair {
    /// Whether the client's was cut: nothing goes to it any more.
    var isCut = false
}

/// Hands what comes on one connection to another, no faster than that takes it.
private final class PipeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// How long a server may take to close a connection whose other end is closed.
    private static let patience = TimeAmount.seconds(10)

    private let peer: any Channel
    private let pair: Pair
    private let proxy: CuttingProxy?

    init(to peer: any Channel, of pair: Pair, counting proxy: CuttingProxy?) {
        self.peer = peer
        self.pair = pair
        self.proxy = proxy
    }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The answer to a request that was cut is lost with its connection.
        guard !pair.isCut else {
            if proxy == nil { context.read() }
            return
        }
        var bytes = unwrapInboundIn(data)
        let count = bytes.readableBytes
        let passed = proxy?.pass(count) ?? count
        let (own, peer) = (context.channel, peer)
        guard let part = bytes.readSlice(length: passed) else { return }
        if passed < count {
            pair.isCut = true
            own.eventLoop.scheduleTask(in: Self.patience) { peer.close(promise: nil) }
        }
        peer.writeAndFlush(part).whenComplete { _ in
            guard passed < count else { return own.read() }
            peer.close(mode: .output, promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { peer.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
