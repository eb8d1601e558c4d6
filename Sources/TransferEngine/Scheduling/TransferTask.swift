package import ImageStorage
package import MirrorPlan
package import OCIModel

/// A repository of a target and a digest in it: what the scheduler keeps track of.
package struct ContentPlace: Hashable, Sendable {
    /// Which of the run's targets, from 0.
    package let target: Int
    /// The repository at the target.
    package let repository: RepositoryPath
    /// The digest in it.
    package let digest: Digest

    /// Joins the parts.
    package init(_ repository: RepositoryPath, _ digest: Digest, target: Int = 0) {
        self.target = target
        self.repository = repository
        self.digest = digest
    }
}

/// One step that the shell carries out.
package enum TransferTask: Hashable, Sendable {
    /// Make a blob appear from another repository of the target.
    case mount(ContentPlace, from: RepositoryPath)
    /// Look whether the blob is there, and write it if not.
    case move(ContentPlace)
    /// Write a manifest by digest.
    case putManifest(ContentPlace)
    /// Write a manifest under a tag.
    case putTag(ContentPlace, Tag)

    /// The place that it is about.
    package var place: ContentPlace {
        switch self {
        case .mount(let place, _), .move(let place), .putManifest(let place), .putTag(let place, _): place
        }
    }

    /// Whether it moves a blob's bytes, and so counts against the limit of parallel transfers.
    var isBulk: Bool {
        if case .move = self { true } else { false }
    }
}

/// How a step ended.
package enum TransferOutcome: Sendable {
    /// Done: the content is there.
    case done
    /// The target does not mount this blob; it must be moved.
    case notMounted
    /// It failed for good; `poisonsDigest` when every other place of the digest must fail too, because the source cannot
    /// give the right bytes.
    case failed(TransferFailure, poisonsDigest: Bool)
}

/// Why a step failed.
package struct TransferFailure: Error, Sendable, Equatable {
    /// One sentence.
    package let message: String
    /// Whether bytes were wrong.
    package let isIntegrity: Bool
    /// Whether nothing more can be written at all (a full disk).
    package let isFatal: Bool
    /// Whether something is not there any more: trying the same again is of no use.
    package let isGone: Bool
    /// Whether the target could not be reached, or kept failing; several in a row, and it is given up.
    package let isTargetUnavailable: Bool
    /// At which step it failed.
    package let step: FailureStep
    /// Where and how, for programs.
    package let details: FailureDetails

    /// Joins the parts.
    package init(
        message: String,
        isIntegrity: Bool = false,
        isFatal: Bool = false,
        isGone: Bool = false,
        isTargetUnavailable: Bool = false,
        step: FailureStep = .write,
        details: FailureDetails = FailureDetails()
    ) {
        self.message = message
        self.isIntegrity = isIntegrity
        self.isFatal = isFatal
        self.isGone = isGone
        self.isTargetUnavailable = isTargetUnavailable
        self.step = step
        self.details = details
    }
}
