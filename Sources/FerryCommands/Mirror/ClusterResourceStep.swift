import ClusterResources
import Logging
import MirrorPlan
import OCIModel

/// Makes the resources for the cluster from what was proven to be there.
struct ClusterResourceStep: Sendable {
    let directory: WorkingDirectory
    let target: TargetNamespace
    let logger: Logger

    /// The files for a set of images; attachments, graph images and catalogs get none.
    ///
    /// - Throws: `ClusterResourcesError`; `MirrorPlanError` when destinations cannot be formed.
    func files(_ images: [PlannedImage]) throws -> [ResourceFile] {
        let mirrored = try images.filter { $0.attachedTo == nil }.compactMap { image -> MirroredImage? in
            guard let group = Self.group(of: image.kind) else { return nil }
            let path = try target.repository(for: image.destination)
            return MirroredImage(
                origin: image.origin,
                destination: Repository(registry: target.registry, path: path),
                tags: image.tags,
                group: group,
                digest: image.digest
            )
        }
        guard !mirrored.isEmpty else { return [] }
        return try MirrorSetFiles.make(
            for: mirrored,
            limitsNestedPaths: target.maxNestedPaths != nil,
            author: ResourceAuthor(version: FerryVersion.text)
        )
    }

    /// Writes the files; those already there with the same content are left alone, others are never removed.
    ///
    /// - Throws: `ClusterResourcesError`; `MirrorPlanError`.
    func write(_ images: [PlannedImage]) async throws {
        let files = try files(images)
        guard !files.isEmpty else {
            logger.notice("nothing was mirrored, so no cluster resources are made")
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
