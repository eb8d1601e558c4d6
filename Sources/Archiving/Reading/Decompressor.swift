internal import CArchive

/// Takes gzip or zstd compression off a stream, found by its first bytes, and counts what comes out.
///
/// It is a libarchive handle of its own, below the one that reads the tar format, so that *every* decompressed byte is
/// counted, those of headers too, and the limits hold before memory is spent.
final class Decompressor {
    private let handle: ReadHandle
    private let limits: TarLimits
    private let isEmpty: Bool
    private var total: Int64 = 0
    private var allowance: Int = 0

    /// Opens the stream, which reads its first bytes.
    ///
    /// - Throws: what `input` throws; `ArchivingError.malformed`, `.library`.
    init(_ input: ByteInput, limits: TarLimits) throws {
        let buffer = ReadBuffer(count: 256 << 10)
        handle = try ReadHandle {
            UnsafeRawBufferPointer(rebasing: buffer.bytes[..<(try input.pull(into: buffer.bytes))])
        }
        self.limits = limits
        let archive = handle.archive
        // Any result but OK means that libarchive was built without the library and would start a program instead.
        guard archive_read_support_filter_gzip(archive) == ARCHIVE_OK,
            archive_read_support_filter_zstd(archive) == ARCHIVE_OK,
            archive_read_support_format_raw(archive) == ARCHIVE_OK,
            archive_read_support_format_empty(archive) == ARCHIVE_OK
        else { throw ArchivingError(.library, reason: "needs a libarchive with zlib and libzstd to be read") }
        try handle.open()
        // The client itself counts as one filter; compression inside compression is no layer, but makes fine bombs.
        guard archive_filter_count(archive) <= 2 else {
            throw ArchivingError(.malformed, reason: "is compressed more than once")
        }
        var entry: OpaquePointer?
        let result = archive_read_next_header(archive, &entry)
        isEmpty = result == ARCHIVE_EOF
        try handle.check(result)
    }

    /// Allows as many further bytes as the headers of one entry may have.
    func allowHeader() { allowance = limits.headerBytes }

    /// Allows the bytes of a piece of content, and of what may stand before it in a sparse file.
    func allowContent(_ count: Int) {
        let (sum, overflow) = limits.headerBytes.addingReportingOverflow(count)
        allowance = overflow ? .max : sum
    }

    /// Allows any number of further bytes, up to the limit of the whole stream.
    func allowAll() { allowance = .max }

    /// The next decompressed bytes, valid until the next call; empty at the end.
    ///
    /// - Throws: what the input throws; `ArchivingError.malformed`, `.tooLarge`, `.headerTooLarge`.
    func nextBlock() throws -> UnsafeRawBufferPointer {
        guard !isEmpty else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        guard allowance > 0 else {
            throw ArchivingError(
                .headerTooLarge,
                reason: "has an entry with more than \(limits.headerBytes) bytes of headers"
            )
        }
        var block: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let result = archive_read_data_block(handle.archive, &block, &count, &offset)
        if result == ARCHIVE_EOF { return UnsafeRawBufferPointer(start: nil, count: 0) }
        try handle.check(result)
        total += Int64(count)
        guard total <= limits.decompressedBytes else {
            throw ArchivingError(
                .tooLarge,
                reason: "has more than the allowed \(limits.decompressedBytes) bytes when unpacked"
            )
        }
        if allowance != .max { allowance -= count }
        return UnsafeRawBufferPointer(start: block, count: count)
    }
}
