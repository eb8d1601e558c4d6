import ImageStorage
import MirrorPlan
import OCIModel
import TransferEngine

/// One image that failed, as `failures.json` has it (`docs/failures.schema.json`).
struct FailedImage: Codable, Hashable, Sendable {
    private enum CodingKeys: String, CodingKey {
        case origin, destination, digest, kind, reasons, attachment, attachedTo, step, registry, endpoint, status,
            attempts
        case isIntegrityFailure, message, nextStep, repository, request
    }

    /// The reference as it is known upstream.
    let origin: ImageReference
    /// Where it was to be: the repository at the target with its first tag or its digest; nil when it had no place yet.
    let destination: String?
    /// The digest; nil when it was never resolved.
    let digest: Digest?
    /// The kind, which decides the exit bit.
    let kind: ImageKind
    /// Why it was wanted.
    let reasons: [Reason]
    /// What it is attached as, when it is an attachment.
    let attachment: AttachmentType?
    /// The digest that it is attached to, when it is an attachment.
    let attachedTo: Digest?
    /// At which step it failed.
    let step: FailureStep
    /// The registry that was asked, as references name it.
    let registry: String?
    /// The address that was asked, without query.
    let endpoint: String?
    /// The status of the answer.
    let status: Int?
    /// How many tries were made.
    let attempts: Int
    /// Whether bytes were wrong.
    let isIntegrityFailure: Bool
    /// What happened, one sentence.
    let message: String
    /// What to do about it, one sentence without its end.
    let nextStep: String
    /// The repository below the destination, by which a retry finds it in the lock file; nil when it is not in there.
    let repository: RepositoryPath?
    /// What is to be resolved again; nil when it is in the lock file, or when it was not known which images are wanted.
    let request: ImageRequest?
    /// What the registry failed by, where others may have failed alike; only for telling, not in the file.
    private(set) var cause: String?

    /// What tells images of a lock file apart.
    struct Key: Hashable, Sendable {
        let origin: ImageReference
        let digest: Digest
        let repository: RepositoryPath
        let attachedTo: Digest?

        init?(_ image: FailedImage) {
            guard let digest = image.digest, let repository = image.repository else { return nil }
            origin = image.origin
            self.digest = digest
            self.repository = repository
            attachedTo = image.attachedTo
        }

        init(_ image: PlannedImage) {
            origin = image.origin
            digest = image.digest
            repository = image.destination
            attachedTo = image.attachedTo
        }
    }
}

extension FailedImage {
    /// What to do where a failure names nothing better.
    private static let retry = "mend what the message names, then run ferry mirror with --retry-failed"

    /// An image that could not be planned.
    init(_ failure: PlanFailure) {
        let details = FailureDetails(of: failure.cause)
        origin = failure.origin
        destination = nil
        digest = failure.origin.digest
        kind = failure.kind
        reasons = [failure.reason]
        attachment = nil
        attachedTo = nil
        step = .resolve
        registry = details.registry ?? failure.origin.repository.registry.text
        cause = details.cause
        endpoint = details.endpoint
        status = details.status
        attempts = details.attempts
        isIntegrityFailure = ContentFailureKind(of: failure.cause) == .integrity
        message = "\(failure.cause)"
        nextStep = details.nextStep ?? Self.retry
        repository = nil
        // With a release comes what is known of it, and a graph image is made: both need the configuration.
        request = [.release, .graph].contains(failure.kind) ? nil : failure.request
    }

    /// An image that could not be moved.
    ///
    /// - Parameters:
    ///   - image: the image.
    ///   - failure: why.
    ///   - place: where it was to be.
    init(_ image: PlannedImage, _ failure: TransferFailure, place: String?) {
        origin = image.origin
        destination = place
        digest = image.digest
        kind = image.kind
        reasons = image.reasons
        attachment = image.attachment
        attachedTo = image.attachedTo
        step = failure.step
        registry = failure.details.registry
        cause = failure.details.cause
        endpoint = failure.details.endpoint
        status = failure.details.status
        attempts = failure.details.attempts
        isIntegrityFailure = failure.isIntegrity
        message = failure.message
        nextStep = failure.details.nextStep ?? Self.retry
        repository = image.destination
        request = nil
    }

    /// The same failure of an image that has been resolved since.
    init(_ earlier: FailedImage, resolvedTo image: PlannedImage) {
        self.init(
            image,
            TransferFailure(
                message: earlier.message,
                isIntegrity: earlier.isIntegrityFailure,
                step: earlier.step,
                details: FailureDetails(
                    registry: earlier.registry,
                    endpoint: earlier.endpoint,
                    status: earlier.status,
                    attempts: earlier.attempts,
                    nextStep: earlier.nextStep
                )
            ),
            place: nil
        )
    }
}
