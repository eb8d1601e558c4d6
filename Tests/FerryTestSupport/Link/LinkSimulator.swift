import NIOCore
import NIOPosix

/// A line between this machine and one server that is slower than the machine: a relay of TCP connections.
///
/// It knows nothing of what it carries, so it serves for TLS and any protocol. What it holds is bounded; senders wait when
/// the line is full. Everything of one link runs on one thread.
package struct LinkSimulator: Sendable {
    /// Where clients connect to instead of the server.
    package let host: String
    /// The port of that.
    package let port: Int
    private let relay: LinkRelay

    /// What it has carried so far.
    package var counts: LinkCounts { relay.counts }

    /// Runs a link for as long as `body` runs.
    fileprivate static func run<Result: Sendable>(
        on address: (host: String, port: Int),
        to server: (host: String, port: Int),
        _ settings: LinkSettings,
        _ body: (LinkSimulator) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let relay = LinkRelay(settings, on: group.next())
        do {
            let listener = try await relay.listen(on: address.host, address.port, to: server)
            let port = listener.localAddress?.port ?? address.port
            let result = try await body(LinkSimulator(host: address.host, port: port, relay: relay))
            try await stop(listener, relay, group)
            return result
        } catch {
            try? await stop(nil, relay, group)  // the first error counts
            throw error
        }
    }

    private static func stop(
        _ listener: (any Channel)?,
        _ relay: LinkRelay,
        _ group: MultiThreadedEventLoopGroup
    ) async throws {
        try await listener?.close()
        try await relay.loop.submit { relay.close() }.get()
        try await group.shutdownGracefully()
    }
}

/// Puts a link before a server of this machine for as long as `body` runs.
///
/// - Parameters:
///   - port: the server's port.
///   - settings: what the link is like.
///   - body: gets the link, whose port takes the place of the server's.
/// - Returns: what `body` returns.
/// - Throws: what the socket and `body` throw.
package func withLink<Result: Sendable>(
    to port: Int,
    _ settings: LinkSettings = LinkSettings(),
    _ body: (LinkSimulator) async throws -> Result
) async throws -> Result {
    try await withLink(on: ("127.0.0.1", 0), to: ("127.0.0.1", port), settings, body)
}

/// The same for an address to listen on and any server.
package func withLink<Result: Sendable>(
    on address: (host: String, port: Int),
    to server: (host: String, port: Int),
    _ settings: LinkSettings = LinkSettings(),
    _ body: (LinkSimulator) async throws -> Result
) async throws -> Result {
    try await LinkSimulator.run(on: address, to: server, settings, body)
}
