package import MirrorPlan
package import OCIModel

/// The signatures that a lock file carries, checked again without the network.
package struct LockedSignatures: ReleaseSignatureProvider {
    /// The releases that the plan knows.
    let releases: [PlannedRelease]
    /// The payloads that the update graph has given.
    let listed: Set<Digest>
    private let known: [Digest: Set<ReleaseSignature>]
    /// What decides for each product.
    let verifiers: [ReleaseProduct: ReleaseSignatureVerifier]

    /// Takes what a plan knows of its releases.
    ///
    /// - Parameters:
    ///   - releases: what the plan knows.
    ///   - verifiers: what decides for each product.
    package init(_ releases: PlannedReleases?, verifiers: [ReleaseProduct: ReleaseSignatureVerifier]) {
        self.releases = releases?.releases ?? []
        known = self.releases.flatMap(\.signatures).reduce(into: [:]) { $0[$1.digest, default: []].insert($1) }
        listed = Set((releases?.channels ?? []).flatMap(\.releases).map(\.digest))
        self.verifiers = verifiers
    }

    /// The signatures of a digest, each found right.
    ///
    /// - Throws: `ReleasesError.signatureNotFound` when the plan carries none; the failure of the first that is wrong.
    package func signatures(
        of digest: Digest,
        product: ReleaseProduct,
        storesOf payload: PayloadPlace?
    ) async throws -> [VerifiedReleaseSignature] {
        guard let known = known[digest], let verifier = verifiers[product] else {
            throw ReleasesError(
                .signatureNotFound,
                reference: digest,
                reason:
                    "no signature of \(digest) came with the images: plan them again where a store has it, or mirror "
                    + "them unchecked with --ignore-release-signature"
            )
        }
        return try known.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            .map { try verifier.check($0.bytes, of: digest) }
    }
}
