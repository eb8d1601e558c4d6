/// Everything that can be drawn, at one moment.
package struct ProgressSnapshot: Hashable, Sendable {
    /// A blob on its way.
    package struct Transfer: Hashable, Sendable {
        /// What it is called.
        package var name: String
        /// Its size in bytes.
        package var size: Int64
        /// How much of it has moved, in bytes, 0 to `size` as a rule.
        package var done: Int64
    }

    /// Time since the reporter was made.
    package var elapsed: Duration
    /// The title of the open phase, nil between phases.
    package var phase: String?
    /// Time since the phase began; zero between phases.
    package var phaseElapsed: Duration
    /// What the phase has to do in all.
    package var totals: ProgressTotals
    /// What is done: images that are complete, blobs and bytes that moved or were there already.
    package var done: ProgressTotals
    /// The images that failed in the phase.
    package var failedImages: Int
    /// The requests that were repeated in the phase.
    package var retries: Int
    /// Bytes per second over the last seconds; nil while there is nothing to measure.
    package var bytesPerSecond: Double?
    /// When the phase's bytes will have moved at the present pace; nil when that cannot be said.
    package var timeLeft: Duration?
    /// What moves now, oldest first.
    package var active: [Transfer]
}

extension ProgressSnapshot {
    /// How much of the phase is done, 0 to 1, by bytes, else blobs, else images; nil when no total is known.
    package var fraction: Double? {
        let pairs = [
            (Double(done.bytes), Double(totals.bytes)), (Double(done.blobs), Double(totals.blobs)),
            (Double(done.images), Double(totals.images)),
        ]
        return pairs.first { $0.1 > 0 }.map { min(1, max(0, $0.0 / $0.1)) }
    }

    /// The same in whole per cent; 100 only when all is done.
    package var percent: Int? { fraction.map { Int($0 * 100) } }
}
