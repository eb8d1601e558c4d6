internal import CArchive

/// Owns a libarchive handle that writes to a function.
final class WriteHandle {
    /// Takes libarchive's bytes; kept alive by the handle, and reached from C by pointer.
    private final class Sink {
        let write: (UnsafeRawBufferPointer) throws -> Void
        var failure: (any Error)?
        var isAbandoned = false

        init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) {
            self.write = write
        }
    }

    /// The handle.
    let archive: OpaquePointer
    private let sink: Sink

    /// Makes a handle that is not open yet.
    ///
    /// - Throws: `ArchivingError.library`.
    init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let archive = archive_write_new() else { throw ArchivingError(.library, reason: "needs more memory") }
        self.archive = archive
        sink = Sink(write)
    }

    deinit {
        // Freeing an unfinished archive would write its end; nobody waits for those bytes any more.
        sink.isAbandoned = true
        archive_write_free(archive)
    }

    /// Opens the handle for writing, without blocking factor: the archive ends where its last block ends.
    ///
    /// - Throws: `ArchivingError.library`.
    func open() throws {
        try check(archive_write_set_bytes_per_block(archive, 0))
        let result = archive_write_open2(
            archive,
            Unmanaged.passUnretained(sink).toOpaque(),
            nil,
            { _, context, bytes, count in
                guard let context else { return -1 }
                let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
                guard !sink.isAbandoned else { return count }
                guard sink.failure == nil else { return -1 }
                do {
                    try sink.write(UnsafeRawBufferPointer(start: bytes, count: count))
                    return count
                } catch {
                    sink.failure = error
                    return -1
                }
            },
            nil,
            nil
        )
        try check(result)
    }

    /// Passes only `ARCHIVE_OK`: a warning would mean that something else was written than asked for.
    ///
    /// - Throws: what the sink threw; `ArchivingError.library`.
    func check(_ result: Int32, entry: String? = nil) throws {
        guard result != ARCHIVE_OK else { return }
        if let failure = sink.failure { throw failure }
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "libarchive gives no details"
        throw ArchivingError(.library, entry: entry, reason: "cannot be written: \(text)")
    }
}
