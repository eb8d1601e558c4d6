/// Something that happened in a run and that a user may want to see.
package enum ProgressEvent: Hashable, Sendable {
    /// A part of the run begins; what it counts starts at zero. A part that is still open ends first.
    case phaseStarted(title: String)
    /// The open part of the run ends.
    case phaseEnded
    /// What the phase will have to do in all; may be told again when more is known.
    case totals(ProgressTotals)
    /// A blob begins to move; `size` in bytes.
    case blobStarted(TransferID, name: String, size: Int64)
    /// Some bytes of a blob have moved; negative when bytes turned out to be of no use and are fetched again.
    case blobAdvanced(TransferID, bytes: Int64)
    /// A blob is complete; what was not told of its bytes counts now.
    case blobFinished(TransferID)
    /// A blob was given up, for good or to be tried again from its start: its bytes count no longer.
    case blobAbandoned(TransferID)
    /// A blob need not move, because it is there already or was mounted; `size` in bytes.
    case blobPresent(size: Int64)
    /// An image is complete and verified.
    case imageFinished(name: String)
    /// An image failed, for the given reason.
    case imageFailed(name: String, reason: String)
    /// A request to `subject` is tried again, because of `reason`.
    case retry(subject: String, reason: String)
    /// A line for the user.
    case message(String)
}

/// Names a blob while it moves.
package struct TransferID: Hashable, Sendable {
    /// Unique within one reporter.
    package let value: Int

    /// Takes a number that no other transfer has.
    package init(_ value: Int) {
        self.value = value
    }
}

/// What a phase has to do in all; zero means not known, or nothing of the kind.
package struct ProgressTotals: Hashable, Sendable {
    /// The number of images.
    package var images: Int
    /// The number of distinct blobs.
    package var blobs: Int
    /// The size of those blobs, in bytes.
    package var bytes: Int64

    /// Joins the three.
    package init(images: Int = 0, blobs: Int = 0, bytes: Int64 = 0) {
        self.images = images
        self.blobs = blobs
        self.bytes = bytes
    }
}
