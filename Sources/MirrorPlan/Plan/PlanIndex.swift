package import OCIModel

/// Finds the manifests and blobs of a plan by digest.
package struct PlanIndex: Sendable {
    /// The plan's manifests by digest.
    package let manifests: [Digest: PlannedManifest]
    /// The plan's blobs by digest.
    package let blobs: [Digest: PlannedBlob]
    private let images: [PlannedImage]

    /// How deep indexes of a lock file may be nested; the planner, which stops earlier, makes none deeper.
    private static let maximumDepth = 64

    /// Builds the index of a plan.
    package init(_ plan: MirrorPlan) {
        manifests = Dictionary(plan.manifests.map { ($0.digest, $0) }) { first, _ in first }
        blobs = Dictionary(plan.blobs.map { ($0.digest, $0) }) { first, _ in first }
        images = plan.images
    }

    /// A manifest and all below it, each once, parents before children.
    package func closure(of root: Digest) -> [PlannedManifest] {
        var seen: Set<Digest> = []
        var result: [PlannedManifest] = []
        var pending = [root]
        while let digest = pending.popLast() {
            guard seen.insert(digest).inserted, let manifest = manifests[digest] else { continue }
            result.append(manifest)
            pending.append(contentsOf: manifest.children.reversed())
        }
        return result
    }

    /// The bytes of an image with everything below it, each distinct piece once.
    package func size(of root: Digest) -> Int64 {
        let closure = closure(of: root)
        let needed = Set(closure.flatMap(\.blobs))
        return closure.reduce(0) { $0 + $1.size } + needed.reduce(0) { $0 + (blobs[$1]?.size ?? 0) }
    }

    /// Checks that all that is named is described.
    func checkWhole(name: String) throws {
        for image in images where manifests[image.digest] == nil {
            throw Self.missing("manifest \(image.digest) of image \(image.origin)", in: name)
        }
        for manifest in manifests.values.sorted() {
            guard (0...Descriptor.maximumSize).contains(manifest.size) else {
                throw Self.missing("a possible size of manifest \(manifest.digest)", in: name)
            }
            if let child = manifest.children.first(where: { manifests[$0] == nil }) {
                throw Self.missing("manifest \(child), a child of \(manifest.digest)", in: name)
            }
            if let blob = manifest.blobs.first(where: { blobs[$0] == nil }) {
                throw Self.missing("blob \(blob) of manifest \(manifest.digest)", in: name)
            }
        }
        for blob in blobs.values.sorted()
        where !(0...Descriptor.maximumSize).contains(blob.size) || blob.sources.isEmpty {
            throw Self.missing("a possible size and a source of blob \(blob.digest)", in: name)
        }
        try checkNesting(name: name)
    }

    /// Checks that indexes are nested in no loop and not without end: what walks them later relies on it.
    private func checkNesting(name: String) throws {
        var parents = manifests.values.reduce(into: [Digest: Int]()) { counts, manifest in
            for child in manifest.children { counts[child, default: 0] += 1 }
        }
        var level = manifests.keys.filter { parents[$0] == nil }
        var seen = 0
        var depth = 0
        while !level.isEmpty, depth < Self.maximumDepth {
            seen += level.count
            depth += 1
            var next: [Digest] = []
            for child in level.flatMap({ manifests[$0]?.children ?? [] }) {
                let left = (parents[child] ?? 0) - 1
                parents[child] = left
                if left == 0 { next.append(child) }
            }
            level = next
        }
        guard seen == manifests.count else {
            throw MirrorPlanError(
                .invalidLock,
                subject: name,
                message: "\(name) has indexes nested in a loop, or more than \(Self.maximumDepth) deep; plan again"
            )
        }
    }

    private static func missing(_ what: String, in name: String) -> MirrorPlanError {
        MirrorPlanError(.invalidLock, subject: name, message: "\(name) does not have \(what); plan again")
    }
}
