package import ImageStorage
package import OCIModel

/// What becomes of releases whose signature is missing or wrong.
package enum ReleaseSignaturePolicy: Sendable {
    /// Each must be signed.
    case required
    /// Those of the update graph must be signed. One that the configuration names itself may lack a signature, which is a
    /// warning; a wrong signature is refused all the same.
    case pinnedMayLack
    /// Signatures are not looked for.
    case ignored

    /// Whether a release may go without the signature that this failure tells of.
    ///
    /// - Parameters:
    ///   - failure: why there is no signature.
    ///   - isPinned: whether the configuration names the release itself.
    /// - Returns: whether it may.
    package func permits(_ failure: ReleasesError, isPinned: Bool) -> Bool {
        switch self {
        case .required: false
        case .pinnedMayLack:
            isPinned && (failure.code == .signatureNotFound || failure.code == .signatureStoreUnavailable)
        case .ignored: true
        }
    }
}

/// Something that knows signatures of releases and checks them: stores of the network, or the lock file of a media set.
package protocol ReleaseSignatureProvider: Sendable {
    /// The signatures of a digest that are right.
    ///
    /// - Parameters:
    ///   - digest: of a payload, or of a list of payloads.
    ///   - product: whose keys may have signed.
    ///   - payload: where the payload is read when it is to name further stores; nil when it is not to be asked.
    /// - Returns: at least one signature.
    /// - Throws: `ReleasesError` that tells best why there is none: `.signatureNotFound` when nobody knows any;
    ///   `CancellationError`.
    func signatures(
        of digest: Digest,
        product: ReleaseProduct,
        storesOf payload: PayloadPlace?
    ) async throws -> [VerifiedReleaseSignature]
}

/// Where a payload can be read.
package struct PayloadPlace: Sendable {
    /// Its manifest, or its list.
    package let document: ManifestDocument
    /// The payload in the user's words.
    package let reference: ImageReference
    /// The repository at ``source``.
    package let repository: RepositoryPath
    /// The store.
    package let source: any ImageSource

    /// Joins the parts.
    package init(
        document: ManifestDocument,
        reference: ImageReference,
        repository: RepositoryPath,
        source: any ImageSource
    ) {
        self.document = document
        self.reference = reference
        self.repository = repository
        self.source = source
    }
}
