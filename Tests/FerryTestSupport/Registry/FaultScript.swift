import RegistryServer
import Synchronization

/// The rules of a test registry; the first that applies to a request decides.
package final class FaultScript: Sendable {
    private struct State {
        var rules: [FaultRule]
        var counts: [Int]
        var applied = 0
    }

    private let state: Mutex<State>

    init(_ rules: [FaultRule]) {
        state = Mutex(State(rules: rules, counts: rules.map { _ in 0 }))
    }

    /// How many requests were spoilt.
    package var appliedCount: Int { state.withLock { $0.applied } }

    /// Replaces the rules; counting begins anew.
    package func replace(with rules: [FaultRule]) {
        state.withLock { $0 = State(rules: rules, counts: rules.map { _ in 0 }, applied: $0.applied) }
    }

    func intervention(for request: RegistryRequest) -> Intervention {
        state.withLock { state in
            for (index, rule) in state.rules.enumerated() where rule.target.contains(request) {
                state.counts[index] += 1
                guard rule.applies(to: state.counts[index]) else { continue }
                state.applied += 1
                return rule.intervention
            }
            return .proceed
        }
    }
}
