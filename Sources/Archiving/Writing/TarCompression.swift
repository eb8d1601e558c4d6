/// How a ``TarWriter`` compresses.
package enum TarCompression: Sendable, Hashable {
    /// A plain tar.
    case none
    /// The gzip format around uncompressed bytes: the same bytes on every machine, and fast.
    case storedGzip
    /// gzip at a level from 1 to 9, without a time in its header.
    ///
    /// The bytes are the same for the same zlib; another zlib may choose others for the same content.
    case gzip(level: Int)
}
