/// Something that happened in a run and that a user may want to see.
package enum ProgressEvent: Hashable, Sendable {
    /// The run begins.
    case runStarted(RunDescription)
    /// The run is over; nothing but log lines comes after it.
    case runEnded(RunOutcome)
    /// What one host did in the run; comes shortly before its end.
    case hostSummary(HostSummary)
    /// A part of the run begins; what it counts starts at zero. A part that is still open ends first.
    case phaseStarted(title: String)
    /// The open part of the run ends.
    case phaseEnded
    /// What the phase will have to do in all; may be told again when more is known.
    case totals(ProgressTotals)
    /// A blob begins to move.
    case blobStarted(TransferID, TransferDescription)
    /// Some bytes of a blob have moved; negative when bytes turned out to be of no use and are fetched again.
    case blobAdvanced(TransferID, bytes: Int64)
    /// Some bytes of a blob need not move, because they did so in an earlier run; they say nothing about the pace.
    case blobSkipped(TransferID, bytes: Int64)
    /// A blob is complete; what was not told of its bytes counts as skipped.
    case blobFinished(TransferID)
    /// A blob was given up, for good or to be tried again from its start: its bytes count no longer, but
    /// what is shown of the phase stands still then and does not go back.
    case blobAbandoned(TransferID)
    /// A blob need not move, because it is there already or was mounted; `size` in bytes.
    case blobPresent(size: Int64)
    /// An image is complete and verified; empty when its name does not matter.
    case imageFinished(name: String)
    /// An image failed, for the given reason.
    case imageFailed(name: String, reason: String)
    /// A request to a host was sent; its answer is awaited.
    case requestSent(host: String)
    /// A request to a host was answered, or failed.
    case requestEnded(host: String)
    /// A request is tried again after a pause.
    case retry(RetryNotice)
    /// Requests to a host wait before they are sent although none has failed: `cause` and `pause` say why.
    case held(RetryNotice)
    /// Something besides requests is waited for, named as the end of "waiting for ...".
    case waitStarted(WaitID, String)
    /// It is waited for no longer.
    case waitEnded(WaitID)
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

/// Names something that is waited for.
package struct WaitID: Hashable, Sendable {
    /// Unique within one reporter.
    package let value: Int

    /// Takes a number that no other wait has.
    package init(_ value: Int) {
        self.value = value
    }
}

/// What a phase has to do in all; zero means not known, or nothing of the kind.
///
/// Events have it as it is, with these names.
package struct ProgressTotals: Hashable, Sendable, Encodable {
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

/// A blob that moves: what it is, and between which places.
package struct TransferDescription: Hashable, Sendable {
    /// What to call it, short.
    package var name: String
    /// Its size in bytes.
    package var size: Int64
    /// Its digest.
    package var digest: String?
    /// The image that it is moved for, by its full reference.
    package var image: String?
    /// The registry that it is read from; nil when it comes from media.
    package var source: String?
    /// The registry that it is written to; nil when it goes to media.
    package var destination: String?

    /// Joins the parts.
    package init(
        name: String,
        size: Int64,
        digest: String? = nil,
        image: String? = nil,
        source: String? = nil,
        destination: String? = nil
    ) {
        self.name = name
        self.size = size
        self.digest = digest
        self.image = image
        self.source = source
        self.destination = destination
    }
}

/// A request that failed and will be sent again.
package struct RetryNotice: Hashable, Sendable {
    /// Why there is a pause.
    package enum Pause: String, Sendable, CaseIterable {
        /// The host asked for it, by `Retry-After`.
        case asked = "retry-after"
        /// The host says that there are too many requests (status 429), but not for how long.
        case rateLimit = "rate-limit"
        /// Any other failure: the pauses grow.
        case backOff = "back-off"
        /// No more requests per second are sent than the user, or the host, allows.
        case pace
    }

    /// The host that failed, with its port.
    package var host: String
    /// What went wrong, as a sentence.
    package var reason: String
    /// The kind of failure, short and stable: `status 429`, `connectionClosed`, `timedOut`.
    package var cause: String
    /// How many tries have failed in a row.
    package var attempt: Int
    /// How long nothing is sent to that host.
    package var delay: Duration
    /// Why so long.
    package var pause: Pause
    /// The image that the request was made for, if it is known.
    package var image: String?
    /// The blob that the request was about, if it was about one.
    package var blob: String?

    /// Joins the parts.
    package init(
        host: String,
        reason: String,
        cause: String,
        attempt: Int = 1,
        delay: Duration = .zero,
        pause: Pause = .backOff,
        image: String? = nil,
        blob: String? = nil
    ) {
        self.host = host
        self.reason = reason
        self.cause = cause
        self.attempt = attempt
        self.delay = delay
        self.pause = pause
        self.image = image
        self.blob = blob
    }
}
