internal import CArchive

/// Writes a tar archive that is the same for the same calls: no times, no owners, no names of people or machines.
///
/// The caller gives the entries in the order they shall have (sorted, as a rule). Headers are ustar, and pax where
/// ustar does not reach. Writing does not block unless the sink does. An archive that is let go before ``finish()``
/// has no end.
package final class TarWriter {
    private let handle: WriteHandle
    private let gzip: StoredGzipEncoder?
    private var path = ""
    private var remaining: Int64 = 0

    /// Starts an archive.
    ///
    /// - Parameters:
    ///   - compression: how to compress.
    ///   - sink: takes the bytes in order as they come up; they are valid only during the call.
    /// - Throws: `ArchivingError.library`; what `sink` throws.
    package init(
        compression: TarCompression = .none,
        sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        if compression == .storedGzip {
            let gzip = StoredGzipEncoder(sink: sink)
            self.gzip = gzip
            handle = try WriteHandle { try gzip.append($0) }
        } else {
            gzip = nil
            handle = try WriteHandle(sink)
        }
        try handle.check(archive_write_set_format_pax_restricted(handle.archive))
        if case .gzip(let level) = compression {
            try handle.check(archive_write_add_filter_gzip(handle.archive))
            try option("compression-level", "\(min(max(level, 1), 9))")
            try option("timestamp", nil)
        }
        try handle.open()
    }

    private func option(_ name: String, _ value: String?) throws {
        try handle.check(archive_write_set_filter_option(handle.archive, "gzip", name, value))
    }

    /// Adds a directory.
    ///
    /// - Parameters:
    ///   - path: relative, of printable ASCII characters, without `.` and `..` components.
    ///   - mode: the permission bits, of which the lowest twelve count.
    /// - Throws: `ArchivingError.invalidPath`, `.wrongSize` for the file before; what the sink throws.
    package func addDirectory(_ path: String, mode: UInt16 = 0o755) throws {
        try begin(path, type: 0o040000, mode: mode, size: 0)
    }

    /// Adds a file with its content.
    ///
    /// An empty file named `.wh.NAME` is a layer's mark that `NAME` is gone.
    ///
    /// - Parameters:
    ///   - path: as for ``addDirectory(_:mode:)``.
    ///   - mode: the permission bits.
    ///   - content: the bytes.
    /// - Throws: as ``addDirectory(_:mode:)``.
    package func addFile(_ path: String, mode: UInt16 = 0o644, content: [UInt8]) throws {
        try beginFile(path, mode: mode, size: Int64(content.count))
        try content.withUnsafeBytes { try write($0) }
    }

    /// Begins a file whose content comes by ``write(_:)``.
    ///
    /// - Parameters:
    ///   - path: as for ``addDirectory(_:mode:)``.
    ///   - mode: the permission bits.
    ///   - size: the number of bytes that will be written, not negative.
    /// - Throws: as ``addDirectory(_:mode:)``; `ArchivingError.wrongSize` for a negative size.
    package func beginFile(_ path: String, mode: UInt16 = 0o644, size: Int64) throws {
        guard size >= 0 else { throw ArchivingError(.wrongSize, entry: path, reason: "cannot have \(size) bytes") }
        try begin(path, type: 0o100000, mode: mode, size: size)
    }

    /// Writes the next bytes of the file begun.
    ///
    /// - Throws: `ArchivingError.wrongSize` when they are more than announced; what the sink throws.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard Int64(bytes.count) <= remaining else {
            throw ArchivingError(.wrongSize, entry: path, reason: "gets more bytes than announced")
        }
        var rest = bytes
        while !rest.isEmpty {
            let count = archive_write_data(handle.archive, rest.baseAddress, rest.count)
            guard count > 0, count <= rest.count else {
                try handle.check(ARCHIVE_FATAL, entry: path)
                return
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        remaining -= Int64(bytes.count)
    }

    /// Adds a symbolic link, whose target is written as given, or a hard link to an earlier path of the archive.
    ///
    /// - Parameters:
    ///   - path: as for ``addDirectory(_:mode:)``.
    ///   - target: printable ASCII; for a hard link a path as above.
    ///   - isHard: which of the two.
    /// - Throws: as ``addDirectory(_:mode:)``.
    package func addLink(_ path: String, to target: String, isHard: Bool = false) throws {
        guard !target.isEmpty, Self.isPlain(target) else {
            throw ArchivingError(.invalidPath, entry: path, reason: "has a link target that is not printable ASCII")
        }
        try begin(path, type: isHard ? 0o100000 : 0o120000, mode: 0o777, size: 0) { entry in
            if isHard {
                archive_entry_set_hardlink(entry, target)
            } else {
                archive_entry_set_symlink(entry, target)
            }
        }
    }

    /// Writes the end of the archive; the sink has then had every byte.
    ///
    /// - Throws: `ArchivingError.wrongSize` when the last file is not complete; what the sink throws.
    package func finish() throws {
        try endEntry()
        try handle.check(archive_write_close(handle.archive))
        try gzip?.finish()
    }

    private func endEntry() throws {
        guard remaining == 0 else {
            throw ArchivingError(.wrongSize, entry: path, reason: "lacks \(remaining) of the bytes announced")
        }
    }

    private func begin(
        _ path: String,
        type: UInt32,
        mode: UInt16,
        size: Int64,
        _ more: (OpaquePointer) -> Void = { _ in }
    ) throws {
        try endEntry()
        guard Self.isPlain(path), try TarPath.normalized(path.utf8, limit: 4096) == path, !path.isEmpty else {
            throw ArchivingError(.invalidPath, entry: path, reason: "is not a plain relative path in printable ASCII")
        }
        guard let entry = archive_entry_new() else { throw ArchivingError(.library, reason: "needs more memory") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, path)
        archive_entry_set_filetype(entry, type)
        archive_entry_set_perm(entry, UInt32(mode & 0o7777))
        archive_entry_set_size(entry, size)
        archive_entry_set_mtime(entry, 0, 0)
        archive_entry_set_uid(entry, 0)
        archive_entry_set_gid(entry, 0)
        more(entry)
        try handle.check(archive_write_header(handle.archive, entry), entry: path)
        self.path = path
        remaining = size
    }

    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7e).contains($0) } }
}

extension TarWriter {
    /// Makes a small archive in memory.
    ///
    /// - Parameters:
    ///   - compression: how to compress.
    ///   - fill: adds the entries; the end is written for it.
    /// - Returns: the whole archive.
    /// - Throws: what `fill` throws.
    package static func archive(
        compression: TarCompression = .none,
        _ fill: (TarWriter) throws -> Void
    ) throws -> [UInt8] {
        let collected = CollectedBytes()
        let writer = try TarWriter(compression: compression) { collected.bytes.append(contentsOf: $0) }
        try fill(writer)
        try writer.finish()
        return collected.bytes
    }
}

/// The bytes of an archive in memory.
private final class CollectedBytes {
    var bytes: [UInt8] = []
}
