package import OCIModel

/// What a sample release is to be like.
///
/// The same options give the same digests on every machine.
package struct SampleReleaseOptions: Sendable {
    /// How many component images, 1 to 10,000; 190 unless set.
    package var images = 190
    /// The size of the base layer and of the layers of single images together, in bytes, 0 to 2^45; 1.7 GB unless set.
    ///
    /// The six layers that groups of images share come on top, together 2.3 % of it.
    package var totalSize: Int64 = 1_700_000_000
    /// Tells samples of the same size apart.
    package var seed: UInt64 = 1
    /// The version, fit for a tag.
    package var version = "4.18.1"
    /// The architecture, unless ``isMultiArchitecture``.
    package var architecture = SampleArchitecture.amd64
    /// Whether the payload and all components are manifest lists of amd64 and arm64, sharing ``totalSize``.
    package var isMultiArchitecture = false
    /// Whether the payload and every fourth component get a `.sig` tag in the manner of cosign, with made-up content.
    package var hasSignatures = false
    /// The registry that the release's references name.
    package var registry: RegistryName
    /// The path in front of all repositories, if any.
    package var prefix: RepositoryPath?

    /// The options as documented.
    package init(registry: RegistryName, prefix: RepositoryPath? = nil) {
        self.registry = registry
        self.prefix = prefix
    }

    /// Checks the ranges.
    ///
    /// - Throws: `SamplePayloadError.invalidOption`.
    func validate() throws(SamplePayloadError) {
        guard (1...10_000).contains(images) else {
            throw SamplePayloadError(.invalidOption, reason: "a sample release has 1 to 10000 images, not \(images)")
        }
        guard (0...(1 << 45)).contains(totalSize) else {
            throw SamplePayloadError(
                .invalidOption,
                reason: "a sample release cannot have \(totalSize) bytes; at most 2^45"
            )
        }
    }

    /// The architectures that images are made for.
    var architectures: [SampleArchitecture] { isMultiArchitecture ? [.amd64, .arm64] : [architecture] }

    /// The end of the payload's tag.
    var architectureName: String { isMultiArchitecture ? "multi" : architecture.rawValue }
}
