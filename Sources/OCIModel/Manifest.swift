/// A view over the bytes of a manifest or index; the bytes stay primary and are never made again from it.
///
/// https://github.com/opencontainers/image-spec/blob/main/manifest.md,
/// https://github.com/opencontainers/image-spec/blob/main/image-index.md,
/// https://distribution.github.io/distribution/spec/manifest-v2-2/
package struct Manifest: Hashable, Sendable {
    /// What the two kinds of manifest hold.
    package enum Content: Hashable, Sendable {
        /// One image or artifact: its config and its layers, in order.
        case image(config: Descriptor, layers: [Descriptor])
        /// A list of manifests, one per platform as a rule.
        case index(manifests: [Descriptor])
    }

    /// The type of the manifest itself.
    package let mediaType: MediaType
    /// Config and layers, or children.
    package let content: Content
    /// The manifest that this one says something about.
    package let subject: Descriptor?
    /// The artifact type, written or taken from an artifact's config.
    package let artifactType: String?
    /// Annotations as they stand.
    package let annotations: [String: String]

    /// Every blob that the manifest needs in its repository: config first, then layers; empty for an index.
    ///
    /// Non-distributable layers are left out: registries do not hold them.
    package var blobs: [Descriptor] {
        switch content {
        case .image(let config, let layers): [config] + layers.filter { !$0.mediaType.isNonDistributable }
        case .index: []
        }
    }

    /// The children of an index, in order; empty for an image.
    package var children: [Descriptor] {
        switch content {
        case .image: []
        case .index(let manifests): manifests
        }
    }
}
