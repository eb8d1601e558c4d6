package import ImageStorage

/// Why a release cannot be read.
package struct ReleasesError: ContentFailure {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case noImage
            case indexTooDeep
            case manifestMissing
            case storage
            case invalidLayer
            case invalidConfig
            case fileMissing
            case fileTooLarge
            case invalidImageReferences
            case invalidReleaseMetadata
            case invalidBootImages
            case kubeVirtImageNotFound
        }

        private let value: Value

        /// An index has no image in it.
        package static let noImage = Code(value: .noImage)
        /// Indexes are nested deeper than is followed.
        package static let indexTooDeep = Code(value: .indexTooDeep)
        /// An index names a manifest that is not there.
        package static let manifestMissing = Code(value: .manifestMissing)
        /// The store failed; the kind is that of the store's failure.
        package static let storage = Code(value: .storage)
        /// A layer is no tar archive, is damaged, or goes over a limit.
        package static let invalidLayer = Code(value: .invalidLayer)
        /// The image config is not one.
        package static let invalidConfig = Code(value: .invalidConfig)
        /// The image has no `release-manifests/image-references`: it is no release payload.
        package static let fileMissing = Code(value: .fileMissing)
        /// A file below `release-manifests` goes over a limit.
        package static let fileTooLarge = Code(value: .fileTooLarge)
        /// `image-references` is not what it must be.
        package static let invalidImageReferences = Code(value: .invalidImageReferences)
        /// `release-metadata` is not what it must be.
        package static let invalidReleaseMetadata = Code(value: .invalidReleaseMetadata)
        /// The boot images file is not what it must be.
        package static let invalidBootImages = Code(value: .invalidBootImages)
        /// The release names no KubeVirt image for any of the wanted architectures.
        package static let kubeVirtImageNotFound = Code(value: .kubeVirtImageNotFound)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// The release it is about, as a reference.
    package let reference: String
    /// What is wrong, one clause.
    package let reason: String
    /// The failure behind it, if there is one.
    package let underlying: (any Error)?

    /// Describes one failure.
    package init(
        _ code: Code,
        reference: some CustomStringConvertible,
        reason: String,
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.reference = reference.description
        self.reason = reason
        self.underlying = underlying
    }

    package var kind: ContentFailureKind {
        switch code {
        case .storage: underlying.map { ContentFailureKind(of: $0) } ?? .other
        case .manifestMissing: .notFound
        default: .refused
        }
    }

    /// One sentence.
    package var description: String { "release \(reference): \(reason)" }
}
