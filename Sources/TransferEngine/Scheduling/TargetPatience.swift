/// Counts how often in a row a target could not be reached, and decides when to give it up.
struct TargetPatience: Sendable {
    /// After how many failures in a row a target is given up; each of them has had all its retries.
    static let limit = 8

    private var failures = 0
    /// Why nothing more is asked of the target; nil while it is worth it.
    private(set) var lost: TransferFailure?

    /// Starts with all patience, or with none.
    init(lost: TransferFailure? = nil) {
        self.lost = lost
    }

    /// Whether another task is worth starting.
    ///
    /// Each takes all its retries to fail, so after a first failure no more are started than are needed to decide.
    ///
    /// - Parameter running: how many are under way.
    /// - Returns: false while the outcome of those that run is to be awaited.
    func mayStart(running: Int) -> Bool { failures == 0 || failures + running < Self.limit }

    /// The target did, or answered, something.
    mutating func noteAnswer() { failures = 0 }

    /// Something failed: a full disk ends all at once, a target out of reach after several tries.
    mutating func note(_ failure: TransferFailure) {
        guard lost == nil else { return }
        if failure.isFatal { lost = failure }
        // Any other refusal shows that somebody is there.
        guard failure.isTargetUnavailable else { return noteAnswer() }
        failures += 1
        guard failures >= Self.limit else { return }
        lost = TransferFailure(
            message: "the target was given up after \(failures) failures in a row: \(failure.message)",
            isTargetUnavailable: true,
            step: failure.step,
            details: failure.details
        )
    }
}
