import MirrorPlan
import OCIModel

/// Where the images of a plan land at a target.
struct PlanLayout: Sendable {
    let plan: MirrorPlan
    let index: PlanIndex
    /// The repository at the target of each image, by position.
    let repositories: [RepositoryPath]

    /// Lays a plan out.
    ///
    /// - Parameters:
    ///   - plan: the plan.
    ///   - index: its index.
    ///   - sharesBlobs: whether all repositories of the target are one.
    ///   - repository: the repository of a planned destination.
    /// - Throws: what `repository` throws.
    init(
        _ plan: MirrorPlan,
        index: PlanIndex,
        sharesBlobs: Bool,
        repository: (RepositoryPath) throws -> RepositoryPath
    ) throws {
        self.plan = plan
        self.index = index
        let shared = try RepositoryPath("all")
        repositories = try plan.images.map { sharesBlobs ? shared : try repository($0.destination) }
    }

    /// The manifest of an image in its repository.
    func place(of position: Int, target: Int = 0) -> ContentPlace {
        ContentPlace(repositories[position], plan.images[position].digest, target: target)
    }

    /// The blobs that the given images need, each place once, in the order of the plan.
    func blobPlaces(of positions: [Int]) -> [ContentPlace] {
        var seen: Set<ContentPlace> = []
        return positions.flatMap { position in
            index.closure(of: plan.images[position].digest).flatMap(\.blobs)
                .map { ContentPlace(repositories[position], $0) }
                .filter { seen.insert($0).inserted }
        }
    }

    /// Adds what the given images need, and the target lacks, to a graph.
    ///
    /// - Parameters:
    ///   - graph: gets the places.
    ///   - positions: the images.
    ///   - target: the number of the target in the graph.
    ///   - withTags: whether the target has tags.
    ///   - proven: references that need not be written.
    ///   - held: blobs that are in their place, with target 0.
    func add(
        to graph: inout TransferGraph,
        positions: [Int],
        target: Int,
        withTags: Bool,
        proven: Set<Proof>,
        held: Set<ContentPlace>
    ) {
        // What is wanted for its own sake must not fail with what it happens to be attached to.
        let wanted = Set(
            positions.filter { plan.images[$0].attachedTo == nil }.map { place(of: $0, target: target) }
        )
        let stored = Set(proven.map { ContentPlace($0.repository, $0.digest) })
        for position in positions {
            let image = plan.images[position]
            let repository = repositories[position]
            for manifest in index.closure(of: image.digest) {
                let blobs = manifest.blobs.filter { !held.contains(ContentPlace(repository, $0)) }
                for digest in blobs {
                    let place = ContentPlace(repository, digest, target: target)
                    graph.addBlob(place, size: index.blobs[digest]?.size ?? 0)
                }
                let place = ContentPlace(repository, manifest.digest, target: target)
                let isRoot = manifest.digest == image.digest
                let waits = isRoot && !wanted.contains(place)
                let tags = isRoot && withTags ? image.tags : []
                graph.addManifest(
                    place,
                    blobs: blobs,
                    children: manifest.children,
                    subjects: waits ? [image.attachedTo, manifest.subject].compactMap { $0 } : [],
                    tags: tags.filter {
                        !proven.contains(Proof(repository: repository, reference: .tag($0), digest: image.digest))
                    },
                    isStored: stored.contains(ContentPlace(repository, manifest.digest))
                )
            }
        }
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
