/// What a ``TarReader`` accepts at most; a foreign archive can make it use no more time and memory than these allow.
package struct TarLimits: Sendable {
    /// How many entries, 2 million unless set.
    package var entries = 2_000_000
    /// How many bytes after decompression, headers and padding included, 64 GiB unless set.
    package var decompressedBytes: Int64 = 64 << 30
    /// How long a path or link target may be in bytes, 4096 unless set; longer ones are skipped.
    package var pathLength = 4096
    /// How large the headers of one entry may be in bytes, 2 MiB unless set, give or take one block of 256 KiB.
    package var headerBytes = 2 << 20

    /// The limits as documented.
    package init() {}
}
