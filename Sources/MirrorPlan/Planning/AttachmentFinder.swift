import DispatchLanes
import ImageStorage
import OCIModel

/// Finds what is attached to an image: cosign tags and OCI referrers, of the image, its children and each other.
///
/// Cosign's tag scheme: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
struct AttachmentFinder: Sendable {
    /// How many attachments of attachments are followed.
    static let maximumDepth = 32

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
    /// - Throws: `ContentFailure` when the source cannot be asked, `MirrorPlanError.tooDeep` when attachments have
    ///   attachments without end; absence is no error.
    func find(for digests: [Digest], in repository: Repository, from source: any ImageSource) async throws -> [Found] {
        var found: [Found] = []
        var referrers = Set(digests)
        var seen = Set(digests)
        var level = digests
        var depth = 0
        while !level.isEmpty {
            depth += 1
            var next: [Digest] = []
            for digest in level {
                let here = try await attachments(of: digest, in: repository, from: source)
                // The same signature may hang on several tags, but a manifest has one subject.
                for item in here where item.type != .referrer || referrers.insert(item.resolved.root.digest).inserted {
                    found.append(item)
                    next += item.resolved.manifests.map(\.digest).filter { seen.insert($0).inserted }
                }
            }
            // What is cut off here would be lost without a word.
            guard next.isEmpty || depth <= Self.maximumDepth else {
                throw MirrorPlanError(
                    .tooDeep,
                    subject: repository,
                    message: "\(repository) has attachments of attachments more than \(Self.maximumDepth) deep"
                )
            }
            level = next
        }
        return found
    }

    /// What hangs on one digest, in the order of the types; all is asked for at once, since each answer takes its way.
    private func attachments(
        of digest: Digest,
        in repository: Repository,
        from source: any ImageSource
    ) async throws -> [Found] {
        let types = AttachmentType.allCases
        let found = try await mapConcurrently(types, width: types.count) { type in
            if let suffix = type.tagSuffix {
                try await cosignTag(type, suffix, of: digest, in: repository, from: source)
            } else {
                try await referrers(of: digest, in: repository, from: source)
            }
        }
        return found.flatMap { $0 }
    }

    private func cosignTag(
        _ type: AttachmentType,
        _ suffix: String,
        of digest: Digest,
        in repository: Repository,
        from source: any ImageSource
    ) async throws -> [Found] {
        // The tag of a longer hash would be no tag: cosign knows SHA-256 only.
        guard digest.algorithm == .sha256 else { return [] }
        let tag = try Tag("\(digest.algorithm.rawValue)-\(digest.hex)\(suffix)")
        guard try await source.manifestDigest(.tag(tag), in: repository.path) != nil else { return [] }
        let reference = ImageReference(repository: repository, tag: tag)
        let resolved = try await resolver.resolve(reference, platforms: [], from: source)
        return [Found(type: type, subject: digest, tag: tag, resolved: resolved)]
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
