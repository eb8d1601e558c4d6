import ImageStorage
import OCIModel

/// Reads an image's manifests down to the leaves.
struct ImageResolver: Sendable {
    /// How deep indexes may be nested.
    static let maximumDepth = 8

    let library: ManifestLibrary

    /// A resolved image: its root and every manifest below it.
    struct Resolved: Sendable {
        let root: ManifestDocument
        let manifests: [PlannedManifest]
        let blobs: [Descriptor]
    }

    /// Resolves a reference to its digest and reads all manifests below it.
    ///
    /// - Parameters:
    ///   - reference: with a tag or digest; the digest decides.
    ///   - platforms: the platforms to keep of an index; empty for all.
    ///   - source: where to read.
    /// - Returns: the image.
    /// - Throws: `MirrorPlanError.imageNotFound` when it or a child is missing, `.platformNotFound`, `.tooDeep`.
    func resolve(
        _ reference: ImageReference,
        platforms: [Platform],
        from source: any ImageSource
    ) async throws -> Resolved {
        guard let wanted = reference.manifestReference else {
            throw MirrorPlanError(
                .imageNotFound,
                subject: reference,
                message: "\(reference) names neither a tag nor a digest"
            )
        }
        let path = reference.repository.path
        let root: ManifestDocument? =
            switch wanted {
            case .digest(let digest): try await library.document(digest, in: path, of: source)
            case .tag: try await source.manifest(wanted, in: path)
            }
        guard let root else {
            throw MirrorPlanError(
                .imageNotFound,
                subject: reference,
                message:
                    "\(reference) is not at its source: \(reference.repository.registry) has no such manifest; "
                    + MirrorPlanError.correction
            )
        }
        library.keep(root)
        var walk = Walk(reference: reference, platforms: platforms)
        try await visit(root, platform: nil, depth: 0, path: path, source: source, walk: &walk)
        return Resolved(root: root, manifests: walk.manifests, blobs: walk.blobs)
    }

    private struct Walk {
        let reference: ImageReference
        let platforms: [Platform]
        var seen: Set<Digest> = []
        var manifests: [PlannedManifest] = []
        var blobs: [Descriptor] = []
    }

    private func visit(
        _ document: ManifestDocument,
        platform: Platform?,
        depth: Int,
        path: RepositoryPath,
        source: any ImageSource,
        walk: inout Walk
    ) async throws {
        guard depth < Self.maximumDepth else {
            throw MirrorPlanError(
                .tooDeep,
                subject: walk.reference,
                message: "\(walk.reference) has indexes nested more than \(Self.maximumDepth) deep"
            )
        }
        guard walk.seen.insert(document.digest).inserted else { return }
        let children = try Self.selectedChildren(of: document, walk: walk)
        walk.manifests.append(PlannedManifest(document, children: children.map(\.digest), platform: platform))
        walk.blobs.append(contentsOf: document.manifest.blobs)
        for child in children {
            guard let read = try await library.document(child.digest, in: path, of: source) else {
                throw MirrorPlanError(
                    .imageNotFound,
                    subject: walk.reference,
                    message: "\(walk.reference) lists manifest \(child.digest)"
                        + (child.platform.map { " for \($0)" } ?? "") + ", which is not at its source"
                )
            }
            try await visit(
                read,
                platform: child.platform,
                depth: depth + 1,
                path: path,
                source: source,
                walk: &walk
            )
        }
    }

    /// The children that a platform filter keeps; entries without a platform are always kept.
    private static func selectedChildren(of document: ManifestDocument, walk: Walk) throws -> [Descriptor] {
        let children = document.manifest.children
        guard !walk.platforms.isEmpty, children.contains(where: { $0.platform != nil }) else { return children }
        for filter in walk.platforms where !children.contains(where: { $0.platform?.isSelected(by: filter) ?? false }) {
            let offered = Set(children.compactMap(\.platform)).sorted().map(\.description).joined(separator: ", ")
            throw MirrorPlanError(
                .platformNotFound,
                subject: walk.reference,
                message: "\(walk.reference) has no image for \(filter); it has \(offered)"
            )
        }
        return children.filter { child in
            guard let platform = child.platform else { return true }
            return walk.platforms.contains { platform.isSelected(by: $0) }
        }
    }
}
