package import OCIModel

/// A manifest of a plan, with what it needs: enough to move it without reading it again.
package struct PlannedManifest: Hashable, Sendable, Codable, Comparable {
    /// Its digest.
    package let digest: Digest
    /// Its size in bytes.
    package let size: Int64
    /// Its type.
    package let mediaType: MediaType
    /// The blobs it needs, config first; empty for an index.
    package let blobs: [Digest]
    /// The children of an index that are in the plan, in the order of the index, or of the requests when several ask for
    /// different platforms; empty for an image.
    package let children: [Digest]
    /// The children that a platform filter leaves out, in the order of the index.
    package let omitted: [Digest]
    /// The platform that the parent index states for it.
    package let platform: Platform?
    /// The digest that it refers to as its subject.
    package let subject: Digest?

    /// Takes the view of a document.
    ///
    /// - Parameters:
    ///   - document: the manifest.
    ///   - children: those children of it that are planned.
    ///   - platform: what the parent index states.
    package init(_ document: ManifestDocument, children: [Digest], platform: Platform?) {
        digest = document.digest
        size = document.size
        mediaType = document.mediaType
        blobs = document.manifest.blobs.map(\.digest)
        self.children = children
        let kept = Set(children)
        omitted = document.manifest.children.map(\.digest).filter { !kept.contains($0) }
        self.platform = platform
        subject = document.manifest.subject?.digest
    }

    private init(_ other: PlannedManifest, children: [Digest], platform: Platform?) {
        digest = other.digest
        size = other.size
        mediaType = other.mediaType
        blobs = other.blobs
        self.children = children
        let kept = Set(children)
        omitted = other.omitted.filter { !kept.contains($0) }
        self.platform = platform
        subject = other.subject
    }

    /// The same manifest with the children of both.
    func merged(with other: PlannedManifest) -> PlannedManifest {
        let added = other.children.filter { !children.contains($0) }
        guard !added.isEmpty || platform == nil else { return self }
        return PlannedManifest(self, children: children + added, platform: platform ?? other.platform)
    }

    /// What a transfer needs to know to fetch it like a blob.
    ///
    /// - Throws: `OCIModelError` when the size is out of range.
    package func descriptor() throws -> Descriptor {
        try Descriptor(mediaType: mediaType, digest: digest, size: size)
    }

    /// Orders by digest.
    package static func < (left: PlannedManifest, right: PlannedManifest) -> Bool { left.digest < right.digest }
}

/// A distinct blob of a plan.
package struct PlannedBlob: Hashable, Sendable, Codable, Comparable {
    /// Its digest.
    package let digest: Digest
    /// Its size in bytes.
    package let size: Int64
    /// Its type as the first manifest states it.
    package let mediaType: MediaType
    /// The repositories that it can be read from, sorted, at least one.
    package let sources: [Repository]

    /// Joins the parts.
    package init(digest: Digest, size: Int64, mediaType: MediaType, sources: [Repository]) {
        self.digest = digest
        self.size = size
        self.mediaType = mediaType
        self.sources = sources.sorted()
    }

    /// What a transfer needs to know.
    ///
    /// - Throws: `OCIModelError` when the size is out of range.
    package func descriptor() throws -> Descriptor {
        try Descriptor(mediaType: mediaType, digest: digest, size: size)
    }

    /// Orders by digest.
    package static func < (left: PlannedBlob, right: PlannedBlob) -> Bool { left.digest < right.digest }
}
