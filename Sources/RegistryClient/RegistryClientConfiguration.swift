import OCIModel

/// The limits of a registry client.
package struct RegistryClientConfiguration: Sendable {
    /// The largest manifest or index that is read, in bytes.
    package var maximumManifestSize = Manifest.defaultMaximumSize
    /// The largest page of a list of tags or referrers, in bytes.
    package var maximumPageSize = 16 << 20
    /// The largest list, all pages together, in bytes.
    package var maximumListSize = 256 << 20
    /// How many pages of a list are read before it is taken to be endless.
    package var maximumPages = 10_000

    /// Makes the default limits.
    package init() {}
}
