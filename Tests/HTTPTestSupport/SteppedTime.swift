package import HTTPTransport
import Synchronization

/// A clock that stands still until somebody sleeps, and then jumps; dice that always fall the same way.
package final class SteppedTime: Sendable {
    private struct State {
        var now = Duration.zero
        var sleeps: [Duration] = []
    }

    private let state = Mutex(State())
    private let unixSeconds: Int64
    private let random: Double

    /// Makes a clock.
    ///
    /// - Parameters:
    ///   - unixSeconds: the time of day, which does not move.
    ///   - random: what every throw of the dice gives.
    package init(unixSeconds: Int64 = 784_111_777, random: Double = 0.5) {
        self.unixSeconds = unixSeconds
        self.random = random
    }

    /// What was slept so far.
    package var sleeps: [Duration] { state.withLock { $0.sleeps } }

    /// Moves the clock.
    package func advance(by duration: Duration) { state.withLock { $0.now += duration } }

    /// The clock as the transport wants it; connections on which nothing moves are judged by the real one.
    package var time: TransportTime { time(connections: TransportTime.sinceStart) }

    /// The clock as the transport wants it, and another by which it judges connections.
    package func time(connections: @escaping @Sendable () -> Duration) -> TransportTime {
        TransportTime(
            now: { self.state.withLock { $0.now } },
            unixSeconds: { self.unixSeconds },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.sleeps.append(duration)
                    state.now += duration
                }
            },
            random: { self.random },
            connections: connections
        )
    }
}
