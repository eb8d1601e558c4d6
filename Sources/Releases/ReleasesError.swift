package import ImageStorage

/// Why a release cannot be read.
package struct ReleasesError: ContentFailure {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        /// Names a code; each part of the module declares its own in an extension.
        init(_ name: String) { self.name = name }

        /// An index has no image in it.
        package static let noImage = Code("noImage")
        /// Indexes are nested deeper than is followed.
        package static let indexTooDeep = Code("indexTooDeep")
        /// An index names a manifest that is not there.
        package static let manifestMissing = Code("manifestMissing")
        /// The store failed; the kind is that of the store's failure.
        package static let storage = Code("storage")
        /// A layer is no tar archive, is damaged, or goes over a limit.
        package static let invalidLayer = Code("invalidLayer")
        /// The image config is not one.
        package static let invalidConfig = Code("invalidConfig")
        /// The image has no `release-manifests/image-references`: it is no release payload.
        package static let fileMissing = Code("fileMissing")
        /// A file below `release-manifests` goes over a limit.
        package static let fileTooLarge = Code("fileTooLarge")
        /// `image-references` is not what it must be.
        package static let invalidImageReferences = Code("invalidImageReferences")
        /// `release-metadata` is not what it must be.
        package static let invalidReleaseMetadata = Code("invalidReleaseMetadata")
        /// The boot images file is not what it must be.
        package static let invalidBootImages = Code("invalidBootImages")
        /// The release names no KubeVirt image for any of the wanted architectures.
        package static let kubeVirtImageNotFound = Code("kubeVirtImageNotFound")

        /// Several failures at once, each in ``ReleasesError/failures``.
        package static let severalFailures = Code("severalFailures")

        /// The code's stable name.
        package var description: String { name }
    }

    /// The kind of failure.
    package let code: Code
    /// What it is about: a release as a reference, a channel as its configuration has it, an update service.
    package let reference: String
    /// What is wrong, one clause.
    package let reason: String
    /// The failure behind it, if there is one.
    package let underlying: (any Error)?
    /// Every failure by itself: this one, or those that it joins (``Code/severalFailures``).
    package var failures: [ReleasesError] { parts.isEmpty ? [self] : parts }
    private var parts: [ReleasesError] = []
    private var isAboutPayload = true

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

    /// Describes a failure that is about no single payload.
    ///
    /// - Parameters:
    ///   - code: the kind of failure.
    ///   - subject: what it is about, which begins the sentence.
    ///   - reason: what is wrong and what to do.
    ///   - underlying: the failure behind it.
    package init(_ code: Code, subject: String, reason: String, underlying: (any Error)? = nil) {
        self.init(code, reference: subject, reason: reason, underlying: underlying)
        isAboutPayload = false
    }

    /// Joins failures, so that all of them are told at once.
    ///
    /// - Parameter failures: at least one; a single one stays as it is.
    package init(joining failures: [ReleasesError]) {
        if failures.count == 1, let only = failures.first {
            self = only
            return
        }
        self.init(.severalFailures, subject: "", reason: failures.map(\.description).joined(separator: "\n"))
        parts = failures.flatMap(\.failures)
    }

    package var kind: ContentFailureKind {
        switch code {
        case .storage: underlying.map { ContentFailureKind(of: $0) } ?? .other
        case .componentMissing: underlying.map { ContentFailureKind(of: $0) } ?? .notFound
        case .updateServiceUnreachable: .unavailable
        case .severalFailures: parts.contains { $0.kind == .unavailable } ? .unavailable : .refused
        case .manifestMissing: .notFound
        case .signatureStoreUnavailable: .unavailable
        default: Self.signatureFaults.contains(code) ? .integrity : .refused
        }
    }

    /// One sentence; one line for each when failures are joined.
    package var description: String {
        if code == .invalidSignatureStore { return "signature store \(reference) \(reason)" }
        if isAboutPayload { return "release \(reference): \(reason)" }
        return reference.isEmpty ? reason : "\(reference): \(reason)"
    }
}
