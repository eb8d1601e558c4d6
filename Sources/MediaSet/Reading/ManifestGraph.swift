import ImageStorage
import OCIModel

/// What the manifests in a set point to.
struct ManifestGraph: Sendable {
    /// What one manifest needs.
    struct Node: Sendable {
        /// The children of an index, in order.
        let children: [Descriptor]
        /// The config and layers of an image.
        let blobs: [Descriptor]
    }

    /// The manifests, by digest.
    private(set) var nodes: [Digest: Node] = [:]
    /// The manifests that say something about another one, by the digest of that one.
    private(set) var referrers: [Digest: [Descriptor]] = [:]

    /// Reads every manifest once, in the order in which they lie.
    ///
    /// - Throws: as `MediaSetReader.document(_:)` does.
    init(reading reader: MediaSetReader) async throws {
        for blob in reader.manifest.blobs {
            let type = blob.descriptor.mediaType
            guard type.isIndex || type.isImageManifest else { continue }
            try add(await reader.document(blob))
        }
        for digest in referrers.keys { referrers[digest]?.sort { $0.digest < $1.digest } }
    }

    /// A graph without manifests.
    init() {}

    /// Adds a manifest.
    ///
    /// - Throws: `OCIModelError`.
    mutating func add(_ document: ManifestDocument) throws {
        nodes[document.digest] = Node(children: document.manifest.children, blobs: document.manifest.blobs)
        guard let subject = document.manifest.subject else { return }
        let entry = try Descriptor(
            mediaType: document.mediaType,
            digest: document.digest,
            size: document.size,
            artifactType: document.manifest.artifactType,
            annotations: document.manifest.annotations
        )
        referrers[subject.digest, default: []].append(entry)
    }

    /// Calls `visit` with everything that an image is made of, its root first, each once; what was left out on purpose
    /// is not visited.
    func walk(_ image: SetImage, _ visit: (Descriptor) -> Void) {
        let omitted = Set(image.omitted)
        var seen: Set<Digest> = []
        var stack = [image.manifest]
        while let next = stack.popLast() {
            guard seen.insert(next.digest).inserted, !omitted.contains(next.digest) else { continue }
            visit(next)
            guard let node = nodes[next.digest] else { continue }
            stack += node.children
            stack += node.blobs
        }
    }
}
