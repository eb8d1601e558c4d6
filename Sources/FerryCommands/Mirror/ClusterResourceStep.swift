import ClusterResources
import Logging
import MirrorPlan
import OCIModel

/// Makes the resources for the cluster from what was proven to be there.
struct ClusterResourceStep: Sendable {
    let directory: WorkingDirectory
    let target: TargetNamespace
    let logger: Logger

    /// The files for a set of images: mirror sets, signatures of releases, the update service.
    ///
    /// - Parameters:
    ///   - images: what is at the target; attachments, graph images and catalogs get no mirror rules.
    ///   - releases: what the plan knows of its releases.
    /// - Returns: the files; the log says why there is no update service although there are graph data.
    /// - Throws: `ClusterResourcesError`; `MirrorPlanError` when destinations cannot be formed.
    func files(_ images: [PlannedImage], _ releases: PlannedReleases?) throws -> [ResourceFile] {
        try mirrorSets(images) + signatures(images, releases).all + updateService(images)
    }

    private func mirrorSets(_ images: [PlannedImage]) throws -> [ResourceFile] {
        let mirrored = try images.filter { $0.attachedTo == nil }.compactMap { image -> MirroredImage? in
            guard let group = Self.group(of: image.kind) else { return nil }
            return MirroredImage(
                origin: image.origin,
                destination: try repository(of: image),
                tags: image.tags,
                group: group,
                digest: image.digest
            )
        }
        guard !mirrored.isEmpty else { return [] }
        return try MirrorSetFiles.make(for: mirrored, limitsNestedPaths: target.maxNestedPaths != nil, author: author)
    }

    /// The signatures of those releases whose payload is at the target.
    ///
    /// - Throws: `ClusterResourcesError`.
    func signatures(_ images: [PlannedImage], _ releases: PlannedReleases?) throws -> SignatureFiles {
        let payloads = Set(images.filter { $0.kind == .release }.map(\.digest))
        let entries = (releases?.releases ?? []).filter { payloads.contains($0.digest) }.map { release in
            ReleaseSignatureEntry(
                release: release.digest,
                signatures: release.signatures.map { .init(digest: $0.digest, bytes: $0.bytes) }
            )
        }
        return try SignatureConfigMaps.make(for: entries, author: author)
    }

    /// The update service, when there are graph data and releases for it.
    ///
    /// It has to name the repository of the releases. oc-mirror ends with an error when graph data come without any; here
    /// that is said, and everything else is made.
    private func updateService(_ images: [PlannedImage]) throws -> [ResourceFile] {
        guard let graph = images.first(where: { $0.kind == .graph && $0.attachedTo == nil }) else { return [] }
        guard let release = images.first(where: { $0.kind == .release && $0.attachedTo == nil }) else {
            logger.warning(
                """
                \(UpdateServiceFile.name) is not made: it names the repository of the releases, and there is a graph image \
                but no release; mirror a release with it (mirror.platform: channels or release)
                """
            )
            return []
        }
        let image = ImageReference(
            repository: try repository(of: graph),
            tag: graph.tags.first,
            digest: graph.tags.isEmpty ? graph.digest : nil
        )
        return [
            try UpdateServiceFile.make(graphDataImage: image, releases: try repository(of: release), author: author)
        ]
    }

    private func repository(of image: PlannedImage) throws -> Repository {
        Repository(registry: target.registry, path: try target.repository(for: image.destination))
    }

    private var author: ResourceAuthor { ResourceAuthor(version: FerryVersion.text) }

    /// Writes the files; those already there with the same content are left alone, others are never removed.
    ///
    /// - Throws: `ClusterResourcesError`; `MirrorPlanError`.
    func write(_ images: [PlannedImage], _ releases: PlannedReleases?) async throws {
        let files = try files(images, releases)
        guard !files.isEmpty else {
            logger.notice(
                images.isEmpty
                    ? "nothing was mirrored, so no cluster resources are made"
                    : "what was mirrored needs no cluster resources, so none are made"
            )
            return
        }
        let folder = ResourceFolder(path: directory.clusterResources)
        let comparisons = try await LocalFiles.run { try folder.write(files) }
        for (file, comparison) in zip(files, comparisons) {
            logger.notice("\(folder.path)/\(file.name): \(comparison.rawValue)")
        }
    }

    private static func group(of kind: ImageKind) -> ImageGroup? {
        switch kind {
        case .release: .releasePayload
        case .releaseContent: .releaseContent
        case .operatorBundle, .operatorRelatedImage: .operator
        case .additional, .helm: .generic
        case .graph, .operatorCatalog: nil
        }
    }
}
