package import OCIModel

/// Where an image named in a configuration is.
package enum ImageOrigin: Hashable, Sendable {
    /// In a registry, with tag or digest or both.
    case registry(ImageReference)
    /// In an OCI layout folder, written as `oci://path`.
    case ociLayout(path: String, digest: Digest?)
}

/// An image that is mirrored because it is named.
package struct AdditionalImage: Hashable, Sendable {
    /// The reference as written.
    package let name: String
    /// Where the image is.
    package let source: ImageOrigin
    /// The repository path at the destination, if it is to differ.
    package let targetRepo: RepositoryPath?
    /// The tag at the destination, if it is to differ.
    package let targetTag: Tag?
    /// Which parts of a multi-architecture image to take; none for all.
    package let platforms: [Platform]
    /// Where the entry stands.
    package let place: ConfigurationPlace
}

/// A pattern of images to leave out.
package struct BlockedImage: Hashable, Sendable {
    /// The pattern.
    package let pattern: BlockPattern
    /// Where the entry stands.
    package let place: ConfigurationPlace
}
