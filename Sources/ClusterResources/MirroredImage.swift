package import OCIModel

/// What an image is to the cluster; decides the object that its mirror rule goes into.
package enum ImageGroup: String, Sendable, CaseIterable {
    /// The payload of a release, which clusters ask for by tag and by digest.
    case releasePayload
    /// A component image of a release.
    case releaseContent
    /// An operator's bundle or related image.
    case `operator`
    /// An additional image, or an image of a chart.
    case generic
}

/// One image that was proven to be at its destination.
///
/// Catalogs, graph images and attachments (signatures and other referrers) get no mirror rules and are not passed.
package struct MirroredImage: Hashable, Sendable {
    /// Where workloads look for the image: the reference as it is written where the image is wanted.
    ///
    /// Whether it has a tag, a digest or both decides which kinds of rule it gets.
    package let origin: ImageReference
    /// Where it is now: registry and whole path, after `targetRepo` and the limit on nested paths.
    package let destination: Repository
    /// The tags that it has there.
    package let tags: [Tag]
    /// What it is to the cluster.
    package let group: ImageGroup
    /// The digest of its manifest, when known; used only to find contradictions.
    package let digest: Digest?

    /// Joins the parts; `digest` defaults to the one in `origin`.
    package init(
        origin: ImageReference,
        destination: Repository,
        tags: [Tag] = [],
        group: ImageGroup,
        digest: Digest? = nil
    ) {
        self.origin = origin
        self.destination = destination
        self.tags = tags
        self.group = group
        self.digest = digest ?? origin.digest
    }
}
