import ImageStorage
import OCIModel

/// Finds what is attached to an image: cosign tags and OCI referrers, of the image, its children and each other.
///
/// Cosign's tag scheme: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
struct AttachmentFinder: Sendable {
    /// How many referrers of referrers are followed.
    static let maximumDepth = 8

    let resolver: ImageResolver

    /// Something found: what, on which digest, under which tag.
    struct Found: Sendable {
        let type: AttachmentType
        let subject: Digest
        let tag: Tag?
        let resolved: ImageResolver.Resolved
    }

    /// Finds everything attached to some digests of a repository.
    ///
    /// - Throws: `ContentFailure` when the source cannot be asked; absence is no error.
    func find(for digests: [Digest], in repository: Repository, from source: any ImageSource) async throws -> [Found] {
        var found: [Found] = []
        var seen = Set(digests)
        var level = digests
        for _ in 0..<Self.maximumDepth where !level.isEmpty {
            var next: [Digest] = []
            for digest in level {
                let here =
                    try await cosignTags(of: digest, in: repository, from: source)
                    + referrers(of: digest, in: repository, from: source)
                for item in here where item.type != .referrer || seen.insert(item.resolved.root.digest).inserted {
                    found.append(item)
                    if item.type == .referrer { next.append(item.resolved.root.digest) }
                }
            }
            level = next
        }
        return found
    }

    private func cosignTags(
        of digest: Digest,
        in repository: Repository,
        from source: any ImageSource
    ) async throws -> [Found] {
        var found: [Found] = []
        for type in AttachmentType.allCases {
            guard let suffix = type.tagSuffix else { continue }
            let tag = try Tag("\(digest.algorithm.rawValue)-\(digest.hex)\(suffix)")
            guard try await source.manifestDigest(.tag(tag), in: repository.path) != nil else { continue }
            let reference = ImageReference(repository: repository, tag: tag)
            let resolved = try await resolver.resolve(reference, platforms: [], from: source)
            found.append(Found(type: type, subject: digest, tag: tag, resolved: resolved))
        }
        return found
    }

    private func referrers(
        of digest: Digest,
        in repository: Repository,
        from source: any ImageSource
    ) async throws -> [Found] {
        var found: [Found] = []
        for descriptor in try await source.referrers(of: digest, in: repository.path) {
            let reference = ImageReference(repository: repository, digest: descriptor.digest)
            let resolved = try await resolver.resolve(reference, platforms: [], from: source)
            found.append(Found(type: .referrer, subject: digest, tag: nil, resolved: resolved))
        }
        return found
    }
}
