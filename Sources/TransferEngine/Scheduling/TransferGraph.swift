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
        let blobs: [ContentPlace]
        let manifests: [ContentPlace]
        /// The tags under which it is stored; it is put by digest when there are none.
        var tags: [Tag]
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

    /// Adds a manifest; the same place twice counts once, with the tags of both.
    ///
    /// - Parameters:
    ///   - place: where it must be.
    ///   - blobs: digests of blobs that must be in the same repository first; they must have been added.
    ///   - children: digests of manifests that must be there first; those that are never added are not waited for.
    ///   - tags: the tags it gets.
    package mutating func addManifest(_ place: ContentPlace, blobs: [Digest], manifests children: [Digest], tags: [Tag])
    {
        if var known = manifests[place] {
            known.tags = Set(known.tags + tags).sorted()
            manifests[place] = known
            return
        }
        manifests[place] = Manifest(
            place: place,
            blobs: Set(blobs).map { ContentPlace(place.repository, $0) },
            manifests: Set(children).map { ContentPlace(place.repository, $0) },
            tags: tags
        )
    }
}
