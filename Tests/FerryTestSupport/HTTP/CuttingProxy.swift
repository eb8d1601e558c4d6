import Synchronization

/// Stands before a server on this machine and closes connections in the middle of what clients send.
package final class CuttingProxy: LinkGate {
    private struct State {
        var sent: Int64 = 0
        var cuts: [Int64] = []
        var mark: (at: Int64, action: @Sendable () -> Void)?
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
        return try await withLink(to: port, gate: proxy) { link in
            proxy.listening.withLock { $0 = link.port }
            return try await body(proxy)
        }
    }

    func pass(_ count: Int, isUp: Bool) -> Int {
        guard isUp else { return count }
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
