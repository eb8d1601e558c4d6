/// How often and how long after a fault a request is sent again: exponential back-off with full jitter.
package struct RetryPolicy: Hashable, Sendable {
    /// How many tries there are in all, at least 1.
    package var tries: Int
    /// The upper bound of the first delay.
    package var base: Duration
    /// The upper bound of all delays that the server did not ask for.
    package var cap: Duration
    /// The longest `Retry-After` that is obeyed in full.
    package var maximumRetryAfter: Duration

    /// Makes a policy; the defaults are 8 tries, 500 ms, 30 s, and 15 min at the server's request.
    package init(
        tries: Int = 8,
        base: Duration = .milliseconds(500),
        cap: Duration = .seconds(30),
        maximumRetryAfter: Duration = .seconds(900)
    ) {
        self.tries = max(1, tries)
        self.base = base
        self.cap = cap
        self.maximumRetryAfter = maximumRetryAfter
    }

    /// Works out the delay before the next try.
    ///
    /// - Parameters:
    ///   - failures: how many tries have failed in a row, at least 1.
    ///   - retryAfter: what the server asked for; obeyed, plus up to `base` so that not all come at once.
    ///   - random: 0 up to 1.
    /// - Returns: the delay; nil when there is no next try.
    package func delay(afterFailures failures: Int, retryAfter: Duration?, random: Double) -> Duration? {
        guard failures < tries else { return nil }
        if let retryAfter {
            return min(max(retryAfter, .zero), maximumRetryAfter) + base * random
        }
        // 2^20 × base is far beyond any cap; the bound keeps the shift from overflowing.
        let doublings = min(max(failures - 1, 0), 20)
        return min(base * (1 << doublings), cap) * random
    }
}

/// The tries that one operation has left.
package struct RetryBudget: Sendable {
    /// The policy.
    package let policy: RetryPolicy
    /// How many tries have failed since the last progress.
    package private(set) var failures = 0

    /// Starts with all tries.
    package init(_ policy: RetryPolicy) {
        self.policy = policy
    }

    /// Counts a failure and works out the delay before the next try.
    ///
    /// - Parameters:
    ///   - retryAfter: what the server asked for.
    ///   - random: 0 up to 1.
    /// - Returns: the delay; nil when there is no next try.
    package mutating func nextDelay(retryAfter: Duration?, random: Double) -> Duration? {
        failures += 1
        return policy.delay(afterFailures: failures, retryAfter: retryAfter, random: random)
    }

    /// Starts over: bytes have moved since the last fault.
    package mutating func madeProgress() { failures = 0 }
}
