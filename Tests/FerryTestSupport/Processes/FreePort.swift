import NIOCore
import NIOPosix

/// Runs `body` with a port that nobody listens on, for programs that cannot choose one themselves; with another one when
/// somebody else was faster.
///
/// - Parameter body: gets the port; throws ``PortTaken`` when it is not free any more.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; ``PortTaken`` when that happens ten times.
func withFreePort<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
    for _ in 0..<9 {
        do {
            return try await body(try await freePort())
        } catch is PortTaken {
            continue
        }
    }
    return try await body(try await freePort())
}

/// A port that was free is not.
struct PortTaken: Error {}

private func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port ?? 0
    try await channel.close()
    return port
}
