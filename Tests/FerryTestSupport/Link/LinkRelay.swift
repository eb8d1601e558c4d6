import NIOCore
import NIOPosix
import Synchronization

/// What all connections of a link share.
///
/// All but the counts is used on its one event loop only, which the compiler cannot see.
final class LinkRelay: @unchecked Sendable {
    /// How much a receiver may be behind before its pipe waits for it, in bytes.
    private static let unsent = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 256 << 10)
    private static let readSizes = AdaptiveRecvByteBufferAllocator(
        minimum: 4 << 10,
        initial: 16 << 10,
        maximum: 256 << 10
    )

    let settings: LinkSettings
    let loop: any EventLoop
    /// The directions to the server and to the clients.
    let up: LinkLane
    let down: LinkLane
    /// Half of the time there and back.
    let oneWay: TimeAmount
    private var connections: [ObjectIdentifier: LinkConnection] = [:]
    private let counted = Mutex(LinkCounts())

    init(_ settings: LinkSettings, on loop: any EventLoop) {
        self.settings = settings
        self.loop = loop
        up = LinkLane(loop, rate: settings.rate)
        down = LinkLane(loop, rate: settings.rate)
        oneWay = TimeAmount(settings.roundTrip / 2)
    }

    var counts: LinkCounts { counted.withLock { $0 } }

    func count(_ change: (inout LinkCounts) -> Void) { counted.withLock { change(&$0) } }

    func forget(_ connection: LinkConnection) { connections[ObjectIdentifier(connection)] = nil }

    /// Listens, and connects each client that comes to the server.
    ///
    /// - Throws: the error of the socket.
    func listen(on host: String, _ port: Int, to server: (host: String, port: Int)) async throws -> any Channel {
        try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: Self.unsent)
            .childChannelOption(.recvAllocator, value: Self.readSizes)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] in connect($0, to: server) }
            .bind(host: host, port: port).get()
    }

    private func connect(_ client: any Channel, to address: (host: String, port: Int)) -> EventLoopFuture<Void> {
        let accepted = NIODeadline.now()
        count { $0.connections += 1 }
        return ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.writeBufferWaterMark, value: Self.unsent)
            .channelOption(.recvAllocator, value: Self.readSizes)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port)
            .flatMapThrowing { [self] server in
                let connection = LinkConnection(self, client: client, server: server, accepted: accepted)
                connections[ObjectIdentifier(connection)] = connection
                try connection.start()
            }
    }

    /// Closes all connections.
    func close() {
        for connection in connections.values { connection.close() }
    }
}
