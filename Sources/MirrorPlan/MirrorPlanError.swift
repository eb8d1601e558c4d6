package import ImageStorage

/// Why a plan cannot be made or read.
package struct MirrorPlanError: ContentFailure {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidLock
            case imageNotFound
            case platformNotFound
            case destinationCollision
            case invalidDestination
            case tooDeep
            case tooLarge
        }

        private let value: Value

        /// A lock file cannot be read.
        package static let invalidLock = Code(value: .invalidLock)
        /// An image is not at its source.
        package static let imageNotFound = Code(value: .imageNotFound)
        /// A list has no image for a wanted platform.
        package static let platformNotFound = Code(value: .platformNotFound)
        /// Two different images want the same tag of the same repository.
        package static let destinationCollision = Code(value: .destinationCollision)
        /// A destination cannot be formed.
        package static let invalidDestination = Code(value: .invalidDestination)
        /// Indexes or referrers are nested too deeply, or in a loop.
        package static let tooDeep = Code(value: .tooDeep)
        /// The sizes in a plan are together more than there can be.
        package static let tooLarge = Code(value: .tooLarge)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// What it is about.
    package let subject: String
    /// One sentence for the user.
    package let message: String

    /// Describes one failure.
    package init(_ code: Code, subject: some CustomStringConvertible, message: String) {
        self.code = code
        self.subject = subject.description
        self.message = message
    }

    package var kind: ContentFailureKind {
        switch code {
        case .imageNotFound, .platformNotFound: .notFound
        case .tooDeep, .tooLarge, .destinationCollision, .invalidDestination: .refused
        default: .other
        }
    }

    /// What to do about an image that is not there.
    static let correction =
        "correct the name or tag, or see whether the account may read it (some registries then say the same)"

    package var details: FailureDetails {
        FailureDetails(nextStep: code == .imageNotFound ? Self.correction : nil)
    }

    /// One sentence.
    package var description: String { message }
}
