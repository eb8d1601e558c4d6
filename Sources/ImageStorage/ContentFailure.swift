/// What the failures of all stores have in common, so that the engine can decide without knowing the store.
package protocol ContentFailure: Error, CustomStringConvertible {
    /// What it means for a run.
    var kind: ContentFailureKind { get }
    /// Where and how it failed.
    var details: FailureDetails { get }
}

/// What a store's failure means for a run.
package enum ContentFailureKind: String, Sendable {
    /// The thing is not there.
    case notFound
    /// Bytes do not have the digest or size that they must have.
    case integrity
    /// The other side did not take or give it: not allowed, wrong kind, too large.
    case refused
    /// The other side cannot be reached, or kept failing after all retries.
    case unavailable
    /// No room is left on the disk.
    case noSpace
    /// Anything else.
    case other
}

extension ContentFailureKind {
    /// The kind of any error; errors that are no ``ContentFailure`` are `.other`.
    package init(of error: any Error) {
        self = (error as? any ContentFailure)?.kind ?? .other
    }
}

/// The failures that every store shares.
package struct ImageStorageError: ContentFailure {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case blobNotFound
            case manifestNotFound
            case digestMismatch
            case sizeMismatch
            case manifestTooLarge
            case readOnly
            case invalidLayout
            case fileSystem
            case noSpace
            case missingContent
        }

        private let value: Value

        /// No such blob in that repository.
        package static let blobNotFound = Code(value: .blobNotFound)
        /// No such manifest in that repository.
        package static let manifestNotFound = Code(value: .manifestNotFound)
        /// The bytes hash to another digest.
        package static let digestMismatch = Code(value: .digestMismatch)
        /// There are more or fewer bytes than there must be.
        package static let sizeMismatch = Code(value: .sizeMismatch)
        /// A manifest is over the size limit.
        package static let manifestTooLarge = Code(value: .manifestTooLarge)
        /// The store does not take content.
        package static let readOnly = Code(value: .readOnly)
        /// A folder is not the store that it should be.
        package static let invalidLayout = Code(value: .invalidLayout)
        /// A system call failed.
        package static let fileSystem = Code(value: .fileSystem)
        /// A system call failed because the disk or the quota is full.
        package static let noSpace = Code(value: .noSpace)
        /// A manifest was written whose blobs or children are not there.
        package static let missingContent = Code(value: .missingContent)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// What it is about: a digest, reference or path.
    package let subject: String
    /// One sentence for the user.
    package let message: String

    /// Describes one failure.
    package init(_ code: Code, subject: some CustomStringConvertible, message: String) {
        self.code = code
        self.subject = subject.description
        self.message = message
    }

    /// What it means for a run.
    package var kind: ContentFailureKind {
        switch code {
        case .blobNotFound, .manifestNotFound, .missingContent: .notFound
        case .digestMismatch, .sizeMismatch: .integrity
        case .manifestTooLarge, .readOnly, .invalidLayout: .refused
        case .noSpace: .noSpace
        default: .other
        }
    }

    /// One sentence.
    package var description: String { message }
}
