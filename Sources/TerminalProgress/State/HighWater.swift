/// How far a phase was shown to be: what is shown of it as a whole never goes back.
///
/// Bytes that turn out to be of no use move again, and totals may grow; the sums then stand still until the truth has
/// caught up with what was shown.
struct HighWater: Sendable {
    /// Images, blobs and bytes: the most of each that was done at a time.
    private(set) var done = ProgressTotals()
    /// The most bytes that had moved at a time; never more than `done.bytes`.
    private(set) var movedBytes: Int64 = 0
    /// The largest part of the phase that was done at a time, 0 to 1; nil while no total is known.
    private(set) var fraction: Double?

    /// Takes a state of the phase into account.
    ///
    /// - Parameters:
    ///   - now: what is done at the moment.
    ///   - totals: what there is to do in all, as far as is known.
    ///   - moved: the bytes among those done that moved.
    ///   - isMoving: whether blobs are under way: then not all is done, also when all bytes have moved.
    mutating func rise(to now: ProgressTotals, of totals: ProgressTotals, moved: Int64, isMoving: Bool) {
        done.images = max(done.images, now.images)
        done.blobs = max(done.blobs, now.blobs)
        done.bytes = max(done.bytes, now.bytes)
        movedBytes = min(max(movedBytes, moved), done.bytes)
        guard let reached = Self.fraction(now, of: totals) else { return }
        let isWhole = !isMoving && now.blobs >= totals.blobs
        fraction = max(fraction ?? 0, isWhole ? reached : min(reached, Self.almostAll))
    }

    /// The largest part that is not all: 99 %, and a bar that is not full.
    private static let almostAll = 0.999_999

    /// By bytes, else blobs, else images; nil when no total is known.
    private static func fraction(_ done: ProgressTotals, of totals: ProgressTotals) -> Double? {
        let pairs = [
            (Double(done.bytes), Double(totals.bytes)), (Double(done.blobs), Double(totals.blobs)),
            (Double(done.images), Double(totals.images)),
        ]
        return pairs.first { $0.1 > 0 }.map { min(1, max(0, $0.0 / $0.1)) }
    }
}
