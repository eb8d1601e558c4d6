import MirrorPlan
import OCIModel

/// Where the images of a plan land at a target.
struct PlanLayout {
    let plan: MirrorPlan
    let index: PlanIndex
    /// The repository at the target of each image, by position.
    let repositories: [RepositoryPath]

    /// Lays a plan out.
    ///
    /// - Parameters:
    ///   - plan: the plan.
    ///   - sharesBlobs: whether all repositories of the target are one.
    ///   - repository: the repository of a planned destination.
    /// - Throws: what `repository` throws.
    init(
        _ plan: MirrorPlan,
        sharesBlobs: Bool,
        repository: (RepositoryPath) throws -> RepositoryPath
    ) throws {
        self.plan = plan
        index = PlanIndex(plan)
        let shared = try RepositoryPath("all")
        repositories = try plan.images.map { sharesBlobs ? shared : try repository($0.destination) }
    }

    /// The graph of everything that the given images need.
    func graph(of positions: [Int], withTags: Bool) -> TransferGraph {
        var graph = TransferGraph()
        // What is wanted for its own sake must not fail with what it happens to be attached to.
        let wanted = Set(
            positions.filter { plan.images[$0].attachedTo == nil }
                .map { ContentPlace(repositories[$0], plan.images[$0].digest) }
        )
        for position in positions {
            let image = plan.images[position]
            let repository = repositories[position]
            for manifest in index.closure(of: image.digest) {
                for digest in manifest.blobs {
                    graph.addBlob(ContentPlace(repository, digest), size: index.blobs[digest]?.size ?? 0)
                }
                let place = ContentPlace(repository, manifest.digest)
                let isRoot = manifest.digest == image.digest
                let waits = isRoot && !wanted.contains(place)
                graph.addManifest(
                    place,
                    blobs: manifest.blobs,
                    children: manifest.children,
                    subjects: waits ? [image.attachedTo, manifest.subject].compactMap { $0 } : [],
                    tags: isRoot && withTags ? image.tags : []
                )
            }
        }
        return graph
    }

    /// What must read back with which digest for an image to be there.
    func proofs(of position: Int, withTags: Bool) -> [Proof] {
        let image = plan.images[position]
        let repository = repositories[position]
        let tagged = withTags && !image.tags.isEmpty
        let tags =
            tagged ? image.tags.map { Proof(repository: repository, reference: .tag($0), digest: image.digest) } : []
        let digests = index.closure(of: image.digest).map(\.digest).filter { !tagged || $0 != image.digest }
        return tags + digests.map { Proof(repository: repository, reference: .digest($0), digest: $0) }
    }

    /// A reference that must hold a digest.
    struct Proof: Hashable, Sendable {
        let repository: RepositoryPath
        let reference: ManifestReference
        let digest: Digest
    }
}
