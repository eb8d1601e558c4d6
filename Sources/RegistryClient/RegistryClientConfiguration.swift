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

    /// From which size on the upload of a blob is written down in the journal, in bytes.
    package var journaledBlobSize: Int64 = 4 << 20
    /// After how many bytes of an upload the state of its hash is written down.
    package var checkpointInterval: Int64 = 4 << 20

    /// How blobs are cut into requests when they are uploaded.
    package var chunking = ChunkingSettings()
    /// When and how a blob is read over several connections.
    package var ranges = RangeSettings()

    /// Makes the default limits.
    package init() {}
}
