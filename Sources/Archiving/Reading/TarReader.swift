internal import CArchive
internal import Glibc

/// Reads a tar archive (v7, ustar, pax, GNU), plain or compressed with gzip or zstd, entry by entry.
///
/// It pulls its input and therefore may block: it is made, used and let go on one lane. Nothing that the archive holds
/// can make it trap, or use more than its ``TarLimits``.
///
/// Format: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html,
/// https://github.com/opencontainers/image-spec/blob/main/layer.md
package final class TarReader {
    private let limits: TarLimits
    private let input: Decompressor
    private let tar: ReadHandle
    private var current: String?
    private var entryCount = 0
    private var deliveredBytes: Int64 = 0
    private let scratch = ReadBuffer(count: 64 << 10)

    /// The first 16 entries that were passed over because their names cannot be used.
    package private(set) var skipped: [SkippedTarEntry] = []
    /// How many entries were passed over.
    package private(set) var skippedCount = 0

    /// Opens an archive, which reads its first bytes.
    ///
    /// An input without any bytes is an archive without entries.
    ///
    /// - Throws: what `input` throws; `ArchivingError.malformed`, `.tooLarge`, `.headerTooLarge`, `.library`.
    package init(_ input: ByteInput, limits: TarLimits = TarLimits()) throws {
        self.limits = limits
        let decompressor = try Decompressor(input, limits: limits)
        self.input = decompressor
        tar = try ReadHandle { try decompressor.nextBlock() }
        guard archive_read_support_format_tar(tar.archive) == ARCHIVE_OK,
            archive_read_support_format_empty(tar.archive) == ARCHIVE_OK
        else { throw ArchivingError(.library, reason: "cannot be read by this libarchive") }
        decompressor.allowHeader()
        try tar.open()
    }

    /// The next entry, after skipping what is left of the one before; nil at the end of the archive.
    ///
    /// Entries whose name is too long, is not UTF-8 or leads out of the archive are passed over (``skipped``), and so
    /// are hard links with such a target.
    ///
    /// - Throws: what the input throws; `ArchivingError.malformed`, `.tooLarge`, `.tooManyEntries`, `.headerTooLarge`.
    package func next() throws -> TarEntry? {
        while true {
            if current != nil {
                input.allowAll()
                try tar.check(archive_read_data_skip(tar.archive), entry: current)
                current = nil
            }
            input.allowHeader()
            var header: OpaquePointer?
            let result = archive_read_next_header(tar.archive, &header)
            guard result != ARCHIVE_EOF else { return nil }
            try tar.check(result)
            guard let header else { throw tar.error() }
            entryCount += 1
            guard entryCount <= limits.entries else {
                throw ArchivingError(.tooManyEntries, reason: "has more than the allowed \(limits.entries) entries")
            }
            current = ""
            do throws(ArchivingError) {
                let entry = try Self.entry(header, pathLimit: limits.pathLength)
                current = entry.path
                return entry
            } catch {
                skippedCount += 1
                if skipped.count < 16 { skipped.append(SkippedTarEntry(name: error.entry ?? "", reason: error.reason)) }
            }
        }
    }

    /// Reads the next bytes of the entry's content into the front of a buffer.
    ///
    /// - Parameter buffer: at least one byte; 64 KiB and more are read at full speed.
    /// - Returns: how many bytes; 0 at the end of the content.
    /// - Throws: what the input throws; `ArchivingError.malformed` also for a truncated entry, `.tooLarge`.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard current != nil else { return 0 }
        // Content needs no more input than its length; the map of a sparse file, a kind of header, stands before it.
        input.allowContent(buffer.count)
        let count = archive_read_data(tar.archive, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw tar.error(entry: current) }
        // The holes of a sparse file cost no input, so what comes out is counted too.
        deliveredBytes += Int64(count)
        guard deliveredBytes <= limits.decompressedBytes else {
            throw ArchivingError(
                .tooLarge,
                reason: "has more than the allowed \(limits.decompressedBytes) bytes when unpacked"
            )
        }
        return count
    }

    /// Reads the entry's whole content.
    ///
    /// - Parameter limit: the most bytes that it may have.
    /// - Returns: the content.
    /// - Throws: `ArchivingError.entryTooLarge` when it has more; what ``read(into:)`` throws.
    package func readAll(upTo limit: Int) throws -> [UInt8] {
        // Memory grows with the bytes that arrive, not with the size that the header claims.
        var content: [UInt8] = []
        while true {
            let count = try read(into: scratch.bytes)
            if count == 0 { return content }
            guard count <= limit - content.count else {
                throw ArchivingError(.entryTooLarge, entry: current, reason: "has more than the allowed \(limit) bytes")
            }
            content.append(contentsOf: UnsafeRawBufferPointer(rebasing: scratch.bytes[..<count]))
        }
    }

    private static func entry(_ header: OpaquePointer, pathLimit: Int) throws(ArchivingError) -> TarEntry {
        // The archive's own bytes; where libarchive holds only UTF-8 (pax) and the locale cannot say it, that.
        let path = try normalized(archive_entry_pathname(header) ?? archive_entry_pathname_utf8(header), pathLimit)
        if let target = archive_entry_hardlink(header) ?? archive_entry_hardlink_utf8(header) {
            return TarEntry(path: path, kind: .hardLink(target: try normalized(target, pathLimit)), size: 0)
        }
        switch UInt32(archive_entry_filetype(header)) {
        case 0o100000:
            return TarEntry(path: path, kind: .file, size: max(0, archive_entry_size(header)))
        case 0o040000:
            return TarEntry(path: path, kind: .directory, size: 0)
        case 0o120000:
            let target = archive_entry_symlink(header) ?? archive_entry_symlink_utf8(header)
            let text = target.map { String(decoding: bytes($0, upTo: pathLimit), as: UTF8.self) }
            return TarEntry(path: path, kind: .symbolicLink(target: text ?? ""), size: 0)
        default:
            return TarEntry(path: path, kind: .other, size: 0)
        }
    }

    private static func normalized(_ name: UnsafePointer<CChar>?, _ limit: Int) throws(ArchivingError) -> String {
        guard let name else { throw ArchivingError(.invalidPath, reason: "its name cannot be decoded") }
        return try TarPath.normalized(bytes(name, upTo: limit + 1), limit: limit)
    }

    private static func bytes(_ text: UnsafePointer<CChar>, upTo limit: Int) -> [UInt8] {
        UnsafeBufferPointer(start: text, count: strnlen(text, limit)).map { UInt8(bitPattern: $0) }
    }
}
