import Archiving

/// A small member before the blobs of a volume.
struct PrefixMember: Sendable {
    /// The member that fills a prefix up to a multiple of ``granularity``.
    static let paddingPath = "ferry/padding"
    /// Prefixes are whole multiples of this, in bytes, so that blobs do not move when a manifest grows a little.
    static let granularity: Int64 = 64 << 10

    /// The member's path.
    let path: String
    /// Its content.
    let bytes: [UInt8]

    /// How many bytes a member takes: header, content and padding.
    ///
    /// - Throws: `TarHeaderError`.
    static func footprint(path: String, size: Int64) throws -> Int64 {
        try TarHeader.byteCount(path: path, size: size) + size + TarHeader.padding(after: size)
    }

    /// The member as it stands in the file.
    ///
    /// - Throws: `TarHeaderError`.
    func encoded(modificationTime: Int64) throws -> [UInt8] {
        let size = Int64(bytes.count)
        var whole = try TarHeader(path: path, size: size, modificationTime: modificationTime).bytes
        whole += bytes
        whole += [UInt8](repeating: 0, count: Int(TarHeader.padding(after: size)))
        return whole
    }
}
