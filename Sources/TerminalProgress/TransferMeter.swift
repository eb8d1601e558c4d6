import Synchronization

/// Counts the bytes of one blob while they move.
///
/// `advance` is one atomic addition, without lock or allocation, and may be called for every chunk from any thread. The
/// reporter collects the count when it draws. End each meter with `finish` or `abandon`, once; what comes after that is
/// ignored.
package final class TransferMeter: Sendable {
    /// The name of the transfer in events.
    package let id: TransferID
    private let count = Atomic<Int64>(0)
    private let reporter: ProgressReporter

    init(id: TransferID, reporter: ProgressReporter) {
        self.id = id
        self.reporter = reporter
    }

    /// How many bytes of the blob have moved.
    var position: Int64 { count.load(ordering: .relaxed) }

    /// Counts bytes that have moved.
    ///
    /// - Parameter bytes: how many; negative to take bytes back.
    package func advance(by bytes: Int) {
        count.wrappingAdd(Int64(bytes), ordering: .relaxed)
    }

    /// Sets the count, for a transfer that goes on, or begins again, at a certain byte.
    ///
    /// - Parameter position: how many bytes of the blob are good, from its start.
    package func move(to position: Int64) {
        count.store(position, ordering: .relaxed)
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
