package import MirrorPlan
package import OCIModel

/// The signatures that a lock file carries, checked again without the network.
package struct LockedSignatures: ReleaseSignatureProvider {
    private let releases: [PlannedRelease]
    private let verifiers: [ReleaseProduct: ReleaseSignatureVerifier]

    /// Takes what a plan knows of its releases.
    ///
    /// - Parameters:
    ///   - releases: what the plan knows.
    ///   - verifiers: what decides for each product.
    package init(_ releases: PlannedReleases?, verifiers: [ReleaseProduct: ReleaseSignatureVerifier]) {
        self.releases = releases?.releases ?? []
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
        let known = Set(releases.flatMap(\.signatures)).filter { $0.digest == digest }
        guard !known.isEmpty, let verifier = verifiers[product] else {
            throw ReleasesError(
                .signatureNotFound,
                reference: digest,
                reason: "no signature of it came with the images: mirror it anew where its signature can be fetched"
            )
        }
        return try known.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            .map { try verifier.check($0.bytes, of: digest) }
    }

    /// Checks everything that the plan says of the signatures of its releases.
    ///
    /// - Parameters:
    ///   - images: the images of the plan; each release among them is looked at.
    ///   - policy: what becomes of releases without signature.
    /// - Returns: what the user should know of signatures that stand, each a sentence.
    /// - Throws: `ReleasesError` of the first release that is refused.
    package func check(_ images: [PlannedImage], policy: ReleaseSignaturePolicy) async throws -> [String] {
        guard policy != .ignored else { return [] }
        var notices: [String] = []
        for image in images where image.kind == .release && image.attachedTo == nil {
            let release = releases.first { $0.digest == image.digest }
            do {
                notices += try await check(image, release)
            } catch let failure as ReleasesError where policy.permits(failure, isPinned: release?.isPinned ?? true) {
                // What the plan says itself is told with its warnings; one that says nothing must not pass in silence.
                if release?.unsignedReason == nil {
                    let name = release?.name ?? image.origin.description
                    notices.append("release \(name) is mirrored without a signature: none came with the images")
                }
            }
        }
        return notices
    }

    private func check(_ image: PlannedImage, _ release: PlannedRelease?) async throws -> [String] {
        guard let product = ReleaseProduct(rawValue: release?.product ?? ReleaseProduct.ocp.rawValue) else {
            throw ReleasesError(
                .signatureInvalidContent,
                reference: image.origin,
                reason: "the lock file names the product \(release?.product ?? "") of which no keys are known"
            )
        }
        let found = try await signatures(of: image.digest, product: product, storesOf: nil)
        for part in release?.signatures ?? [] where part.digest != image.digest {
            _ = try await signatures(of: part.digest, product: product, storesOf: nil)
        }
        // The name that was signed is the name that it gets: an old release does not pass for a new one.
        let names = Set(found.compactMap(\.tag))
        guard names.isEmpty || image.tags.allSatisfy(names.contains) else {
            throw ReleasesError(
                .signatureInvalidContent,
                reference: image.origin,
                reason: "what is to become \(image.tags.map(\.text).joined(separator: ", ")) was signed as "
                    + names.map(\.text).sorted().joined(separator: ", ")
            )
        }
        let name = release?.name ?? image.origin.description
        return found.flatMap(\.notes).map { "release \(name): \($0)" }
    }
}
