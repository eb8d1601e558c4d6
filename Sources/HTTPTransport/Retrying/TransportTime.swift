import Foundation

/// The clocks and the dice that the transport uses; tests bring their own.
package struct TransportTime: Sendable {
    /// Time since some fixed moment, never going back.
    package let now: @Sendable () -> Duration
    /// Seconds since 1970, for `Retry-After` dates.
    package let unixSeconds: @Sendable () -> Int64
    /// Waits; throws `CancellationError` when the task is cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void
    /// A random number from 0 up to, not including, 1.
    package let random: @Sendable () -> Double
    /// Time since some fixed moment by which connections on which nothing moves are judged.
    package let connections: @Sendable () -> Duration

    /// Joins them; without a clock of their own, connections are judged by the real one.
    package init(
        now: @escaping @Sendable () -> Duration,
        unixSeconds: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double,
        connections: @escaping @Sendable () -> Duration = TransportTime.sinceStart
    ) {
        self.now = now
        self.unixSeconds = unixSeconds
        self.sleep = sleep
        self.random = random
        self.connections = connections
    }

    private static let start = ContinuousClock.now

    /// Real time since the first use of this clock, never going back.
    package static let sinceStart: @Sendable () -> Duration = { start.duration(to: .now) }

    /// The real ones.
    package static let system: TransportTime = {
        TransportTime(
            now: sinceStart,
            unixSeconds: { Int64(Date().timeIntervalSince1970) },
            sleep: { try await Task.sleep(for: $0) },
            random: { Double.random(in: 0..<1) }
        )
    }()
}
