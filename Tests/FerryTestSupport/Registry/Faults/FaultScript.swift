import RegistryServer
import Synchronization

/// The rules of a test registry; the first that applies to a request decides.
package final class FaultScript: Sendable {
    private struct State {
        var rules: [FaultRule]
        var counts: [Int]
        var speeds: [SpeedLimit?]
        var applied = 0

        init(_ rules: [FaultRule], applied: Int = 0) {
            self.rules = rules
            self.applied = applied
            counts = rules.map { _ in 0 }
            speeds = rules.map { rule in
                if case .above(let rate) = rule.occurrence { SpeedLimit(perSecond: rate) } else { nil }
            }
        }
    }

    private let state: Mutex<State>

    init(_ rules: [FaultRule]) {
        state = Mutex(State(rules))
    }

    /// How many requests were spoilt.
    package var appliedCount: Int { state.withLock { $0.applied } }

    /// Replaces the rules; counting begins anew.
    package func replace(with rules: [FaultRule]) {
        state.withLock { $0 = State(rules, applied: $0.applied) }
    }

    func intervention(for request: RegistryRequest) -> Intervention {
        let now = ContinuousClock.now
        return state.withLock { state in
            for (index, rule) in state.rules.enumerated() where rule.target.contains(request) {
                state.counts[index] += 1
                let isTooFast = state.speeds[index]?.refuses(at: now) ?? false
                guard isTooFast || rule.applies(to: state.counts[index]) else { continue }
                state.applied += 1
                return rule.intervention
            }
            return .none
        }
    }
}

/// Lets so many requests through in a second, and as many at once.
private struct SpeedLimit {
    private let rate: Double
    private var allowance: Double
    private var last = ContinuousClock.now

    init(perSecond rate: Double) {
        self.rate = rate
        allowance = rate
    }

    /// Whether a request of this moment is one too many.
    mutating func refuses(at now: ContinuousClock.Instant) -> Bool {
        allowance = min(rate, allowance + max(0, last.duration(to: now) / .seconds(1)) * rate)
        last = max(last, now)
        guard allowance >= 1 else { return true }
        allowance -= 1
        return false
    }
}
