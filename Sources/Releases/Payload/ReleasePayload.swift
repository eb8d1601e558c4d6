package import OCIModel

/// What a release payload says: the images that make up the release, and about itself.
package struct ReleasePayload: Hashable, Sendable {
    /// The image that was opened: the payload itself, or the child chosen from its list.
    package let image: Digest
    /// The version, such as `4.18.1`; it stands in tags.
    package let version: String
    /// The processor architecture of the opened image in Go's spelling, such as `amd64`.
    package let architecture: String
    /// The images of the release in the payload's order; names differ, digests may be the same.
    package let components: [ReleaseComponent]
    /// The payload's `release-metadata`; nil when it has none, which mirroring can do without.
    package let metadata: ReleaseMetadata?
    /// The KubeVirt images asked for that the release has.
    package let kubeVirtImages: [ReleaseComponent]
    /// The architecture keys asked for whose KubeVirt image the release does not name, though it names others.
    package let missingKubeVirtKeys: [String]
}

/// An image of a release.
package struct ReleaseComponent: Hashable, Sendable {
    /// The name inside the release, fit for the end of a tag.
    package let name: String
    /// Where it is; always with a digest.
    package let reference: ImageReference
    /// The digest of the reference.
    package let digest: Digest

    /// Joins the parts; the digest must be that of the reference.
    package init(name: String, reference: ImageReference, digest: Digest) {
        self.name = name
        self.reference = reference
        self.digest = digest
    }
}
