package import OCIModel

/// What must be at the target and what depends on what: the input of the scheduler.
///
/// A manifest waits for its blobs and children, a referrer for its subject, a tag for its manifest.
package struct TransferGraph: Sendable {
    /// A blob in a repository.
    struct Blob: Sendable {
        let place: ContentPlace
        let size: Int64
    }

    /// A manifest in a repository, with the places that it waits for.
    struct Manifest: Sendable {
        let place: ContentPlace
        var blobs: Set<ContentPlace>
        /// The children, which are never in a loop.
        var children: Set<ContentPlace>
        /// What it is attached to.
        var subjects: Set<ContentPlace>
        /// The tags under which it is still to be stored.
        var tags: [Tag]
        /// Whether the target has it by its digest; otherwise it is put by digest when no tag brings it.
        var isStored: Bool
    }

    private(set) var blobs: [ContentPlace: Blob] = [:]
    /// The blobs in the order in which they were added.
    private(set) var blobOrder: [ContentPlace] = []
    private(set) var manifests: [ContentPlace: Manifest] = [:]

    /// Makes an empty graph.
    package init() {}

    /// Adds a blob; the same place twice counts once.
    ///
    /// - Parameters:
    ///   - place: where it must be.
    ///   - size: its size in bytes.
    package mutating func addBlob(_ place: ContentPlace, size: Int64) {
        guard blobs[place] == nil else { return }
        blobs[place] = Blob(place: place, size: size)
        blobOrder.append(place)
    }

    /// Adds a manifest; the same place twice counts once, with the tags and needs of both.
    ///
    /// - Parameters:
    ///   - place: where it must be.
    ///   - blobs: digests of blobs that must be in the same repository first; they must have been added.
    ///   - children: digests of manifests that must be there first; those that are never added are not waited for.
    ///   - subjects: digests of manifests that it is attached to; they are waited for likewise, except in a loop.
    ///   - tags: the tags that it still has to get.
    ///   - isStored: whether the target has it by digest already; it still waits for its blobs.
    package mutating func addManifest(
        _ place: ContentPlace,
        blobs: [Digest],
        children: [Digest] = [],
        subjects: [Digest] = [],
        tags: [Tag],
        isStored: Bool = false
    ) {
        let places = { (digests: [Digest]) in
            Set(digests.map { ContentPlace(place.repository, $0, target: place.target) })
        }
        var node =
            manifests[place]
            ?? Manifest(place: place, blobs: [], children: [], subjects: [], tags: [], isStored: false)
        node.isStored = node.isStored || isStored
        node.blobs.formUnion(places(blobs))
        node.children.formUnion(places(children.filter { $0 != place.digest }))
        node.subjects.formUnion(places(subjects.filter { $0 != place.digest }))
        node.tags = Set(node.tags + tags).sorted()
        manifests[place] = node
    }

    /// The manifests that each manifest waits for.
    ///
    /// Who may write to a repository can tag a list as its own child's signature; what is part of such a loop, or behind
    /// one, does not wait for what it is attached to.
    func waits() -> [ContentPlace: Set<ContentPlace>] {
        var waits = manifests.mapValues { node in
            node.children.union(node.subjects).filter { manifests[$0] != nil }
        }
        var dependents: [ContentPlace: [ContentPlace]] = [:]
        for (place, needed) in waits {
            for other in needed { dependents[other, default: []].append(place) }
        }
        var open = waits.mapValues(\.count)
        var ready = open.filter { $0.value == 0 }.map(\.key)
        while let place = ready.popLast() {
            open[place] = nil
            for dependent in dependents[place] ?? [] {
                let left = (open[dependent] ?? 0) - 1
                open[dependent] = left
                if left == 0 { ready.append(dependent) }
            }
        }
        for place in open.keys {
            waits[place] = manifests[place]?.children.filter { manifests[$0] != nil }
        }
        return waits
    }
}

extension TransferScheduler {
    /// From which size on blobs go before the others, largest first.
    static func firstSize(_ graph: TransferGraph, _ order: Order) -> Int64 {
        switch order {
        case .largestFirst: return 0
        case .asAdded: return .max
        case .largeBeforeAdded:
            // Sizes are foreign; a sum beyond all bounds only means that none is large.
            let total = graph.blobOrder.reduce(into: 0.0) { $0 += Double(graph.blobs[$1]?.size ?? 0) }
            return max(1, Int64(clamping: UInt64(min(total / 100, 1e18))))
        }
    }
}
