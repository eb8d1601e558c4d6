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

    /// Joins the four.
    package init(
        now: @escaping @Sendable () -> Duration,
        unixSeconds: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.unixSeconds = unixSeconds
        self.sleep = sleep
        self.random = random
    }

    /// The real ones.
    package static let system: TransportTime = {
        let start = ContinuousClock.now
        return TransportTime(
            now: { start.duration(to: .now) },
            unixSeconds: { Int64(Date().timeIntervalSince1970) },
            sleep: { try await Task.sleep(for: $0) },
            random: { Double.random(in: 0..<1) }
        )
    }()
}
