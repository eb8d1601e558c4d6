import OCIModel

/// Which blobs, manifests and tags each repository of a store holds; a value without I/O.
struct RepositoryCatalog: Sendable {
    /// One repository.
    struct Entry: Sendable {
        /// The blobs and their sizes in bytes.
        fileprivate(set) var blobs: [Digest: Int64] = [:]
        /// The manifests.
        fileprivate(set) var manifests: [Digest: CatalogManifest] = [:]
        /// What the tags name.
        fileprivate(set) var tags: [Tag: Digest] = [:]
        /// Manifests by the subject that they say something about.
        fileprivate(set) var referrers: [Digest: Set<Digest>] = [:]
    }

    /// The repositories by path.
    private(set) var entries: [RepositoryPath: Entry] = [:]

    /// Carries out one change; changes that are done already change nothing.
    mutating func apply(_ change: CatalogChange) {
        switch change {
        case .linkBlob(let digest, let size, let repository):
            entries[repository, default: Entry()].blobs[digest] = size
        case .unlinkBlob(let digest, let repository):
            entries[repository]?.blobs[digest] = nil
        case .linkManifest(let manifest, let repository):
            let digest = manifest.descriptor.digest
            entries[repository, default: Entry()].manifests[digest] = manifest
            if let subject = manifest.subject {
                entries[repository, default: Entry()].referrers[subject, default: []].insert(digest)
            }
        case .unlinkManifest(let digest, let repository):
            guard let manifest = entries[repository]?.manifests.removeValue(forKey: digest) else { return }
            let remaining = entries[repository]?.tags.filter { $0.value != digest } ?? [:]
            entries[repository]?.tags = remaining
            if let subject = manifest.subject {
                entries[repository]?.referrers[subject]?.remove(digest)
            }
        case .setTag(let tag, let digest, let repository):
            entries[repository, default: Entry()].tags[tag] = digest
        case .removeTag(let tag, let repository):
            entries[repository]?.tags[tag] = nil
        }
    }

    /// The repositories that hold a manifest, sorted.
    var repositories: [RepositoryPath] {
        entries.filter { !$0.value.manifests.isEmpty }.keys.sorted()
    }

    /// The tags of a repository, sorted.
    func tags(in repository: RepositoryPath) -> [Tag] {
        entries[repository]?.tags.keys.sorted() ?? []
    }

    /// The manifest that a reference names.
    func manifest(_ reference: ManifestReference, in repository: RepositoryPath) -> CatalogManifest? {
        guard let entry = entries[repository] else { return nil }
        switch reference {
        case .tag(let tag): return entry.tags[tag].flatMap { entry.manifests[$0] }
        case .digest(let digest): return entry.manifests[digest]
        }
    }

    /// The size of a blob; nil when the repository does not hold it.
    func blobSize(_ digest: Digest, in repository: RepositoryPath) -> Int64? {
        entries[repository]?.blobs[digest]
    }

    /// The descriptors of the manifests that refer to one, ordered by digest.
    func referrers(of digest: Digest, in repository: RepositoryPath) -> [Descriptor] {
        guard let entry = entries[repository], let digests = entry.referrers[digest] else { return [] }
        return digests.sorted().compactMap { entry.manifests[$0]?.descriptor }
    }

    /// The first thing that a manifest names and the repository lacks; nil when all is there.
    func missingContent(
        of manifest: Manifest,
        in repository: RepositoryPath,
        acceptingSparseIndexes: Bool
    ) -> Descriptor? {
        let entry = entries[repository]
        if let blob = manifest.blobs.first(where: { entry?.blobs[$0.digest] == nil }) { return blob }
        guard !acceptingSparseIndexes else { return nil }
        return manifest.children.first { entry?.manifests[$0.digest] == nil && entry?.blobs[$0.digest] == nil }
    }

    /// Whether any repository holds the digest as blob or manifest.
    func isLinked(_ digest: Digest) -> Bool {
        entries.values.contains { $0.blobs[digest] != nil || $0.manifests[digest] != nil }
    }

    /// The changes that make this catalog out of an empty one, in a fixed order.
    var changes: [CatalogChange] {
        entries.sorted { $0.key < $1.key }.flatMap { repository, entry -> [CatalogChange] in
            entry.blobs.sorted { $0.key < $1.key }.map { .linkBlob($0.key, size: $0.value, in: repository) }
                + entry.manifests.sorted { $0.key < $1.key }.map { .linkManifest($0.value, in: repository) }
                + entry.tags.sorted { $0.key < $1.key }.map { .setTag($0.key, to: $0.value, in: repository) }
        }
    }
}
