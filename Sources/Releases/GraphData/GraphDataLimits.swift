/// What an archive of graph data may be at most; the real one has a few MiB in some thousand files.
package struct GraphDataLimits: Sendable {
    /// The bytes of the archive as it comes, 256 MiB unless set.
    package var packedBytes: Int64 = 256 << 20
    /// The bytes after decompression, headers included, 1 GiB unless set.
    package var unpackedBytes: Int64 = 1 << 30
    /// The entries, 100,000 unless set.
    package var entries = 100_000
    /// The bytes of a path, 512 unless set.
    package var pathLength = 512

    /// The limits as documented.
    package init() {}
}
