import Synchronization

/// Counts the bytes of one blob while they move.
///
/// `advance` is a few atomic operations, without lock or allocation, and may be called for every chunk from any thread. The
/// reporter collects the count when it draws. End each meter with `finish` or `abandon`, once; what comes after that is
/// ignored.
package final class TransferMeter: Sendable {
    /// The name of the transfer in events.
    package let id: TransferID
    private let count = Atomic<Int64>(0)
    private let jumped = Atomic<Int64>(0)
    /// When bytes moved first and last, in nanoseconds since the reporter was made; -1 for never.
    private let firstMove = Atomic<Int64>(-1)
    private let lastMove = Atomic<Int64>(-1)
    private let start: Int64
    private let reporter: ProgressReporter

    init(id: TransferID, reporter: ProgressReporter) {
        self.id = id
        self.reporter = reporter
        start = reporter.nanoseconds
    }

    /// How many bytes of the blob are done, and how many of them did not move: they were done before.
    var position: (done: Int64, jumped: Int64) {
        (count.load(ordering: .relaxed), jumped.load(ordering: .relaxed))
    }

    /// How long it took to the first byte; nil while there is none.
    var opening: Duration? {
        let first = firstMove.load(ordering: .relaxed)
        return first < 0 ? nil : .nanoseconds(max(0, first - start))
    }

    /// How long the transfer took until a moment, less the time from its first byte to its last.
    func overhead(at moment: Int64) -> Duration {
        let (first, last) = (firstMove.load(ordering: .relaxed), lastMove.load(ordering: .relaxed))
        let moving = first >= 0 && last > first ? last - first : 0
        return .nanoseconds(max(0, moment - start - moving))
    }

    /// Counts bytes that have moved.
    ///
    /// - Parameter bytes: how many; negative to take bytes back.
    package func advance(by bytes: Int) {
        count.wrappingAdd(Int64(bytes), ordering: .relaxed)
        let moment = reporter.nanoseconds
        if firstMove.load(ordering: .relaxed) < 0 { firstMove.store(moment, ordering: .relaxed) }
        lastMove.store(moment, ordering: .relaxed)
    }

    /// Sets the count to what has moved so far, for who counts by himself.
    ///
    /// - Parameter position: how many bytes of the blob have moved, from its start.
    package func move(to position: Int64) {
        count.store(position, ordering: .relaxed)
    }

    /// The transfer goes on at some byte, or begins again.
    ///
    /// What was done before without having been counted says nothing about the pace; bytes that have to move again count
    /// no longer.
    ///
    /// - Parameter position: how many bytes of the blob are good, from its start.
    package func resume(at position: Int64) {
        let before = count.exchange(position, ordering: .relaxed)
        if position > before { jumped.wrappingAdd(position &- before, ordering: .relaxed) }
    }

    /// Ends the transfer: the blob is complete.
    package func finish() {
        reporter.end(self, with: .blobFinished(id))
    }

    /// Ends the transfer without a blob; its bytes count no longer.
    package func abandon() {
        reporter.end(self, with: .blobAbandoned(id))
    }
}
