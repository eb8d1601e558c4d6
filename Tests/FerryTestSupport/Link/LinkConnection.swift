import NIOCore

/// A client's connection and the one to the server that belongs to it.
///
/// Used on the link's event loop only.
final class LinkConnection {
    /// When the handshake would be over.
    let established: NIODeadline

    private let relay: LinkRelay
    private let client: any Channel
    private let server: any Channel
    private var pipes: (up: LinkPipe, down: LinkPipe)?
    private var carriedBytes: Int64 = 0
    private var isServerSpeaking = true
    private var hasEnded = (up: false, down: false)
    private var deadSides = 0

    init(_ relay: LinkRelay, client: any Channel, server: any Channel, accepted: NIODeadline) {
        self.relay = relay
        self.client = client
        self.server = server
        established = accepted + relay.oneWay * 2
    }

    /// Begins to carry bytes.
    ///
    /// - Throws: `ChannelError` when one of the two is closed already.
    func start() throws {
        let up = LinkPipe(self, relay, from: client, to: server, isUp: true)
        let down = LinkPipe(self, relay, from: server, to: client, isUp: false)
        pipes = (up, down)
        try client.pipeline.syncOperations.addHandler(LinkHandler(self, incoming: up, outgoing: down, isClient: true))
        try server.pipeline.syncOperations.addHandler(LinkHandler(self, incoming: down, outgoing: up, isClient: false))
        // The client's channel takes no wish to read before it is active.
        down.read()
    }

    /// Notes who speaks.
    func spoke(isClient: Bool) {
        if isClient, isServerSpeaking { relay.count { $0.requests += 1 } }
        isServerSpeaking = !isClient
    }

    /// Whether it has carried all that it may.
    var isSpent: Bool { relay.settings.cutAfter.map { carriedBytes >= $0 } ?? false }

    /// How many of some bytes go on; fewer than all when the connection is to be closed behind them.
    func pass(_ count: Int, isUp: Bool) -> Int {
        var passed = count
        if let limit = relay.settings.cutAfter { passed = Int(min(Int64(passed), max(0, limit - carriedBytes))) }
        carriedBytes += Int64(passed)
        relay.count { counts in
            if isUp { counts.bytesToServer += Int64(passed) } else { counts.bytesToClients += Int64(passed) }
        }
        return passed
    }

    /// A side has ended; the connection is over when both have.
    func ended(isUp: Bool) {
        if isUp { hasEnded.up = true } else { hasEnded.down = true }
        if hasEnded.up && hasEnded.down { close() }
    }

    /// The connection of a side is gone; what it sent before still arrives, as long as the other is there.
    func sideClosed() {
        deadSides += 1
        if deadSides == 2 { close() }
    }

    /// Nothing goes any further.
    func stop() {
        pipes?.up.close()
        pipes?.down.close()
    }

    /// Closes it in the middle.
    func cut() {
        relay.count { $0.cuts += 1 }
        close()
    }

    /// Closes both sides.
    func close() {
        stop()
        client.close(promise: nil)
        server.close(promise: nil)
        relay.forget(self)
        // The two pipes and this object hold each other.
        pipes = nil
    }
}

/// Hands what comes from one side to its pipe.
private final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: LinkConnection
    private let incoming: LinkPipe
    private let outgoing: LinkPipe
    private let isClient: Bool

    init(_ connection: LinkConnection, incoming: LinkPipe, outgoing: LinkPipe, isClient: Bool) {
        self.connection = connection
        self.incoming = incoming
        self.outgoing = outgoing
        self.isClient = isClient
    }

    func channelActive(context: ChannelHandlerContext) { incoming.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.spoke(isClient: isClient)
        incoming.received(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) { incoming.readCompleted() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { outgoing.goOn() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { incoming.ended() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        outgoing.close()
        incoming.broke()
        connection.sideClosed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
