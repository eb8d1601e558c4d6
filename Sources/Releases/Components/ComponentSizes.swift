import OCIModel

/// How large the images of a release are, as registries hold them, shared blobs seen.
package struct ComponentSizes: Hashable, Sendable {
    /// The size of one image.
    package struct Size: Hashable, Sendable {
        /// How many layers it has.
        package let layers: Int
        /// Its config and its layers together, in bytes; a layer that stands there twice counts once.
        package let bytes: Int64
        /// What no other image of the release has, in bytes.
        package let ownBytes: Int64
    }

    /// The sizes by the names of the images.
    package let sizes: [String: Size]
    /// How many distinct blobs there are.
    package let blobs: Int
    /// The distinct blobs together, in bytes.
    package let totalBytes: Int64

    /// Counts blobs.
    ///
    /// - Parameter images: all images of the release.
    package init(_ images: [ComponentImage]) {
        var users: [Digest: Set<Digest>] = [:]
        var known: [Digest: Int64] = [:]
        for image in images {
            for blob in image.blobs {
                users[blob.digest, default: []].insert(image.digest)
                known[blob.digest] = blob.size
            }
        }
        sizes = Dictionary(
            images.map { image in
                var seen: Set<Digest> = []
                let blobs = image.blobs.filter { seen.insert($0.digest).inserted }
                // Two names for one image share everything; it is their own all the same.
                let own = blobs.filter { users[$0.digest]?.count == 1 }
                let size = Size(
                    layers: image.layers.count,
                    bytes: Self.sum(blobs.map(\.size)),
                    ownBytes: Self.sum(own.map(\.size))
                )
                return (image.component.name, size)
            }
        ) { first, _ in first }
        blobs = known.count
        totalBytes = Self.sum(known.values)
    }

    /// The blobs that some images have and others have not, in bytes, each once.
    package static func bytes(of images: [ComponentImage], without others: [ComponentImage]) -> Int64 {
        let held = Set(others.flatMap { $0.blobs.map(\.digest) })
        let blobs = images.flatMap(\.blobs).filter { !held.contains($0.digest) }
        return sum(Dictionary(blobs.map { ($0.digest, $0.size) }) { first, _ in first }.values)
    }

    /// Sizes are what manifests claim.
    private static func sum(_ sizes: some Sequence<Int64>) -> Int64 {
        sizes.reduce(0) { sum, size in
            let (result, overflow) = sum.addingReportingOverflow(size)
            return overflow ? .max : result
        }
    }
}
