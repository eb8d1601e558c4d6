import ImageStorage
import MirrorPlan
import OCIModel

/// A media set seen as the registries that it was read from: tags are those that its lock file has resolved.
///
/// It lets a configuration be planned offline, for an import of a part of the set.
struct LockedSource: ImageSource {
    /// What a lock file has resolved, made once for all registries of a set.
    struct Table: Sendable {
        fileprivate struct TagPlace: Hashable {
            let repository: Repository
            let tag: Tag
        }

        fileprivate let digests: [TagPlace: Digest]
        fileprivate let referrers: [Digest: [Descriptor]]

        /// Collects tags and referrers.
        ///
        /// - Parameter plan: the set's lock file.
        /// - Throws: `OCIModelError` for sizes out of range.
        init(_ plan: MirrorPlan) throws {
            let index = PlanIndex(plan)
            var digests: [TagPlace: Digest] = [:]
            var referrers: [Digest: [Descriptor]] = [:]
            for image in plan.images {
                if let tag = image.origin.tag {
                    // An image that Ferry made is asked for by its name: its source is the repository of its base, whose
                    // own tag of that name is another image.
                    let repository = image.isGenerated ? image.origin.repository : image.source
                    digests[TagPlace(repository: repository, tag: tag)] = image.digest
                }
                if image.attachment == .referrer, let subject = image.attachedTo,
                    let manifest = index.manifests[image.digest]
                {
                    let descriptor = try manifest.descriptor()
                    if referrers[subject]?.contains(descriptor) != true {
                        referrers[subject, default: []].append(descriptor)
                    }
                }
            }
            self.digests = digests
            self.referrers = referrers
        }
    }

    /// The registry that is stood for.
    let registry: RegistryName
    /// What the set's lock file has resolved.
    let table: Table
    /// The set's manifests and blobs, by digest.
    let content: any ImageSource

    private func digest(_ reference: ManifestReference, _ repository: RepositoryPath) -> Digest? {
        switch reference {
        case .digest(let digest): digest
        case .tag(let tag):
            table.digests[Table.TagPlace(repository: Repository(registry: registry, path: repository), tag: tag)]
        }
    }

    func manifest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> ManifestDocument? {
        guard let digest = digest(reference, repository) else { return nil }
        return try await content.manifest(.digest(digest), in: repository)
    }

    func manifestDigest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        guard let digest = digest(reference, repository) else { return nil }
        return try await content.manifestDigest(.digest(digest), in: repository)
    }

    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        try await content.withBlob(blob, in: repository, from: offset, body)
    }

    func pauses(in blob: Descriptor) -> [Int64] { content.pauses(in: blob) }

    func remedy(forDamaged blob: Descriptor) -> String? { content.remedy(forDamaged: blob) }

    func tags(in repository: RepositoryPath) async throws -> [Tag] {
        table.digests.keys.filter { $0.repository == Repository(registry: registry, path: repository) }.map(\.tag)
            .sorted()
    }

    func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        table.referrers[digest] ?? []
    }
}
