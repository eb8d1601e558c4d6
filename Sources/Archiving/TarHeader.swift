internal import CArchive

/// The header of one regular file in a tar archive, made with libarchive and the same on every machine.
///
/// It is a ustar header where path and size fit, and a pax header followed by one where they do not (paths over 100
/// characters that ustar cannot split, sizes from 8 GiB). Owner and group are 0 and have no names, the mode is 0444.
///
/// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
package struct TarHeader: Sendable {
    /// The size of a tar block in bytes; headers and members are whole blocks.
    package static let blockSize = 512
    /// The two zero blocks that end an archive.
    package static let endOfArchive = [UInt8](repeating: 0, count: 2 * blockSize)

    /// The bytes that stand before the member's content, a whole number of blocks.
    package let bytes: [UInt8]

    /// Makes a header.
    ///
    /// - Parameters:
    ///   - path: the member's path, 1 to 4096 characters of printable ASCII, relative, without `.` and `..` components.
    ///   - size: the content's size in bytes, not negative.
    ///   - modificationTime: seconds since 1970, 0 to 2^33 - 1.
    /// - Throws: `TarHeaderError` when a value is outside its range or libarchive refuses it.
    package init(path: String, size: Int64, modificationTime: Int64 = 0) throws(TarHeaderError) {
        guard Self.isPlainPath(path) else {
            throw TarHeaderError(.invalidPath, subject: path, message: "\"\(path)\" cannot be the path of a tar member")
        }
        guard size >= 0, (0..<(1 << 33)).contains(modificationTime) else {
            throw TarHeaderError(
                .invalidNumber,
                subject: path,
                message: "the tar member \"\(path)\" cannot have size \(size) and modification time \(modificationTime)"
            )
        }
        bytes = try Self.encode(path: path, size: size, modificationTime: modificationTime)
    }

    /// The number of header bytes for a member, without making them where that can be told from the values.
    ///
    /// - Throws: `TarHeaderError` as the initialiser does.
    package static func byteCount(path: String, size: Int64) throws(TarHeaderError) -> Int64 {
        // These always fit one ustar block; the rest is left to libarchive to say.
        if path.utf8.count <= 100, (0..<(1 << 33)).contains(size), isPlainPath(path) {
            return Int64(blockSize)
        }
        return Int64(try TarHeader(path: path, size: size).bytes.count)
    }

    /// The number of zero bytes that follow content of `size` bytes up to the next block, 0 to 511.
    package static func padding(after size: Int64) -> Int64 {
        let rest = size % Int64(blockSize)
        return rest == 0 ? 0 : Int64(blockSize) - rest
    }

    /// Whether a path is relative printable ASCII without empty, `.` or `..` components, and of acceptable length.
    ///
    /// Other characters are refused because libarchive's headers for them depend on the locale of the process.
    static func isPlainPath(_ path: String) -> Bool {
        guard (1...4096).contains(path.utf8.count), path.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            return false
        }
        return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { component in
            !component.isEmpty && component != "." && component != ".."
        }
    }

    private static func encode(
        path: String,
        size: Int64,
        modificationTime: Int64
    ) throws(TarHeaderError) -> [UInt8] {
        guard let archive = archive_write_new(), let entry = archive_entry_new() else {
            throw TarHeaderError(.libarchive, subject: path, message: "libarchive has no memory for a tar header")
        }
        defer {
            archive_entry_free(entry)
            // Failing it first keeps libarchive from writing the `size` bytes of content that were announced.
            archive_write_fail(archive)
            archive_write_free(archive)
        }
        // A pax header holds the path at most twice, beside two blocks of headers.
        var buffer = [UInt8](repeating: 0, count: 8 * blockSize + 2 * path.utf8.count)
        var used = 0
        archive_entry_set_pathname(entry, path)
        archive_entry_set_size(entry, size)
        // The file type of a regular file; the constant is a macro with a cast, which Swift does not import.
        archive_entry_set_filetype(entry, 0o100000)
        archive_entry_set_perm(entry, 0o444)
        archive_entry_set_mtime(entry, time_t(modificationTime), 0)
        archive_entry_set_uid(entry, 0)
        archive_entry_set_gid(entry, 0)
        let succeeded = buffer.withUnsafeMutableBytes { memory in
            archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK
                && archive_write_add_filter_none(archive) == ARCHIVE_OK
                && archive_write_set_bytes_per_block(archive, 0) == ARCHIVE_OK
                && archive_write_open_memory(archive, memory.baseAddress, memory.count, &used) == ARCHIVE_OK
                && archive_write_header(archive, entry) == ARCHIVE_OK
        }
        guard succeeded, used > 0, used % blockSize == 0 else {
            let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
            throw TarHeaderError(
                .libarchive,
                subject: path,
                message: "libarchive makes no tar header for \"\(path)\" of \(size) bytes: \(reason)"
            )
        }
        return Array(buffer[..<used])
    }
}
