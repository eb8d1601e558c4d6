import OCIModel

/// What each repository of a served set holds: the images that go there, with everything they are made of and what the
/// set has to say about them.
struct ServedRepositories: Sendable {
    private let members: [RepositoryPath: Set<Digest>]

    /// Walks the images of a set.
    init(_ manifest: SetManifest, _ graph: ManifestGraph) {
        var members: [RepositoryPath: Set<Digest>] = [:]
        for image in manifest.images {
            var parts: [Digest] = []
            graph.walk(image) { parts.append($0.digest) }
            Self.add(parts, graph, to: &members[image.destination, default: []])
        }
        self.members = members
    }

    /// Adds manifests and blobs, and the referrers of the manifests with all they are made of.
    private static func add(_ digests: [Digest], _ graph: ManifestGraph, to members: inout Set<Digest>) {
        var stack = digests
        while let digest = stack.popLast() {
            guard members.insert(digest).inserted else { continue }
            for referrer in graph.referrers[digest] ?? [] {
                stack.append(referrer.digest)
                guard let node = graph.nodes[referrer.digest] else { continue }
                stack += (node.children + node.blobs).map(\.digest)
            }
        }
    }

    /// All repositories, sorted.
    var names: [RepositoryPath] { members.keys.sorted() }

    /// Whether an image goes there.
    func contains(_ repository: RepositoryPath) -> Bool { members[repository] != nil }

    /// Whether a manifest or blob belongs to an image that goes there.
    func holds(_ digest: Digest, in repository: RepositoryPath) -> Bool {
        members[repository]?.contains(digest) ?? false
    }
}
