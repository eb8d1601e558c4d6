package import MirrorPlan
import OCIModel

extension LockedSignatures {
    /// Checks everything that the plan says of the signatures of its releases.
    ///
    /// A lock file may come from anybody. It cannot be seen whether a release was left out of it, but nothing in it
    /// makes a release go unchecked in silence: what goes where releases go is one, and what lacks a signature is told.
    ///
    /// - Parameters:
    ///   - images: the images of the plan; each release among them is looked at.
    ///   - policy: what becomes of releases without signature.
    /// - Returns: what the user should know of signatures, each a sentence, besides the plan's own warnings.
    /// - Throws: `ReleasesError` of the first release that is refused.
    package func check(_ images: [PlannedImage], policy: ReleaseSignaturePolicy) async throws -> [String] {
        guard policy != .ignored else { return [] }
        let place = try ReleaseDestination.payloadPlace
        let byDigest = Dictionary(grouping: releases, by: \.digest)
        var notices: [String] = []
        for image in images where image.isPayload(at: place) {
            let known = byDigest[image.digest] ?? []
            let isPinned = known.allSatisfy(\.isPinned) && !listed.contains(image.digest)
            do {
                notices += try await check(image, known)
            } catch let failure as ReleasesError where policy.permits(failure, isPinned: isPinned) {
                // As a rule the plan says so itself.
                guard !known.contains(where: { $0.unsignedReason != nil }) else { continue }
                let name = known.first?.name ?? image.origin.description
                notices.append("release \(name) is mirrored without a signature: none came with the images")
            }
        }
        // What is kept, and given to clusters, as a signature must be one.
        for release in releases {
            let product = try product(of: release)
            for digest in Set(release.signatures.map(\.digest)) {
                _ = try await signatures(of: digest, product: product, storesOf: nil)
            }
        }
        return notices
    }

    private func check(_ image: PlannedImage, _ known: [PlannedRelease]) async throws -> [String] {
        let products = Set(try known.map { try product(of: $0) })
        let found = try await signatures(of: image.digest, product: products.min() ?? .ocp, storesOf: nil)
        // The name that was signed is the name that it gets: an old release does not pass for a new one.
        let names = Set(found.compactMap(\.tag))
        let tags = image.tags + known.map(\.tag)
        guard names.isEmpty || tags.allSatisfy(names.contains) else {
            throw ReleasesError(
                .signatureInvalidContent,
                reference: image.origin,
                reason: "what is to become \(Set(tags).sorted().map(\.text).joined(separator: ", ")) was signed as "
                    + names.map(\.text).sorted().joined(separator: ", ")
            )
        }
        let name = known.first?.name ?? image.origin.description
        return found.flatMap(\.notes).map { "release \(name): \($0)" }
    }

    private func product(of release: PlannedRelease) throws -> ReleaseProduct {
        guard let product = ReleaseProduct(rawValue: release.product) else {
            throw ReleasesError(
                .signatureInvalidContent,
                reference: release.digest,
                reason: "the lock file names the product \(release.product), of which no keys are known"
            )
        }
        return product
    }
}

extension PlannedImage {
    /// Whether it is the payload of a release, whatever kind it says it is of.
    ///
    /// - Parameter place: where payloads go.
    /// - Returns: whether it must be looked at as one.
    fileprivate func isPayload(at place: RepositoryPath) -> Bool {
        !isAttachment && (kind == .release || destination == place)
    }

    /// Whether it is attached to something, under no name but that of what it is attached to.
    private var isAttachment: Bool {
        guard let attachedTo else { return false }
        let name = "\(attachedTo.algorithm.rawValue)-\(attachedTo.hex)"
        return tags.allSatisfy { $0.text.hasPrefix(name) }
    }
}
