import RegistryClient
import Synchronization

/// Collects what the checks of one registry find, also when they are broken off.
final class CheckLog: Sendable {
    private struct State {
        var results: [CheckResult] = []
        var current: (check: DoctorCheck, since: Duration)?
        var recognition: RegistryRecognition?
    }

    private let state = Mutex(State())
    /// The time since the examination began.
    let now: @Sendable () -> Duration

    /// Starts with nothing.
    init(now: @escaping @Sendable () -> Duration) {
        self.now = now
    }

    /// The results, in the order of ``DoctorCheck``.
    var results: [CheckResult] {
        let results = state.withLock { $0.results }
        return DoctorCheck.allCases.compactMap { check in results.last { $0.check == check } }
    }

    /// Which registry it is, once that is known.
    var recognition: RegistryRecognition? {
        get { state.withLock { $0.recognition } }
        set { state.withLock { $0.recognition = newValue } }
    }

    /// Whether a check has found that the mirror would fail.
    func failed(_ check: DoctorCheck) -> Bool {
        state.withLock { $0.results.contains { $0.check == check && $0.status == .fail } }
    }

    /// Whether a check has found something with consequences.
    func warned(_ check: DoctorCheck) -> Bool {
        state.withLock { $0.results.contains { $0.check == check && $0.status == .warn } }
    }

    /// A check begins: from now on it is what a time limit breaks off.
    ///
    /// - Returns: the moment.
    @discardableResult
    func begin(_ check: DoctorCheck) -> Duration {
        let moment = now()
        state.withLock { $0.current = (check, moment) }
        return moment
    }

    /// Writes down what was found.
    func note(_ check: DoctorCheck, _ outcome: CheckOutcome, took time: Duration = .zero) {
        let result = CheckResult(check, outcome, took: time)
        state.withLock { state in
            state.results.removeAll { $0.check == check }
            state.results.append(result)
            if state.current?.check == check { state.current = nil }
        }
    }

    /// Makes a check and writes down what it found; an error of the registry is a failure of the check.
    ///
    /// - Returns: whether the mirror can go on after it.
    /// - Throws: `CancellationError`.
    @discardableResult
    func run(_ check: DoctorCheck, _ body: () async throws -> CheckOutcome) async throws -> Bool {
        let start = begin(check)
        let outcome: CheckOutcome
        do {
            outcome = try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            try Task.checkCancellation()
            outcome = .fail("\(error)", nil)
        }
        note(check, outcome, took: now() - start)
        return outcome.status != .fail
    }

    /// Ends what a time limit broke off: the check that was under way failed.
    func breakOff(after limit: Duration) {
        guard let (check, since) = state.withLock({ $0.current.take() }) else { return }
        let seconds = Int((limit / .seconds(1)).rounded())
        note(
            check,
            .fail("there was no answer within \(seconds) s", "check that it runs, and the network on the way"),
            took: now() - since
        )
    }

    /// Gives all checks that were not made a reason.
    func skipRest(_ reason: String, of checks: [DoctorCheck] = DoctorCheck.ofRegistries) {
        let made = Set(state.withLock { $0.results.map(\.check) })
        for check in checks where !made.contains(check) { note(check, .skipped(reason)) }
    }
}
