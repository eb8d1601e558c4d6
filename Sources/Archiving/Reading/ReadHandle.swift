internal import CArchive

/// Owns a libarchive handle that reads from a function.
final class ReadHandle {
    /// Gives libarchive its next bytes; kept alive by the handle, and reached from C by pointer.
    private final class Source {
        let nextBlock: () throws -> UnsafeRawBufferPointer
        var failure: (any Error)?

        init(_ nextBlock: @escaping () throws -> UnsafeRawBufferPointer) {
            self.nextBlock = nextBlock
        }
    }

    /// The handle.
    let archive: OpaquePointer
    private let source: Source

    /// Makes a handle that is not open yet.
    ///
    /// - Parameter nextBlock: the next bytes, valid until the next call; empty at the end.
    /// - Throws: `ArchivingError.library`.
    init(_ nextBlock: @escaping () throws -> UnsafeRawBufferPointer) throws {
        guard let archive = archive_read_new() else { throw ArchivingError(.library, reason: "needs more memory") }
        self.archive = archive
        source = Source(nextBlock)
    }

    deinit {
        // Its result tells nothing that matters: what was read is in use already.
        archive_read_free(archive)
    }

    /// Opens the handle, which reads the first bytes to find the filter and the format.
    ///
    /// - Throws: what the source threw; `ArchivingError.malformed`.
    func open() throws {
        let result = archive_read_open2(
            archive,
            Unmanaged.passUnretained(source).toOpaque(),
            nil,
            { _, context, block in
                guard let context, let block else { return Int(ARCHIVE_FATAL) }
                let source = Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
                guard source.failure == nil else { return Int(ARCHIVE_FATAL) }
                do {
                    let bytes = try source.nextBlock()
                    block.pointee = bytes.baseAddress
                    return bytes.count
                } catch {
                    source.failure = error
                    return Int(ARCHIVE_FATAL)
                }
            },
            nil,
            nil
        )
        try check(result)
    }

    /// Passes results that let reading go on; `ARCHIVE_WARN` does.
    ///
    /// - Throws: what the source threw; `ArchivingError.malformed`.
    func check(_ result: Int32, entry: String? = nil) throws {
        guard result < ARCHIVE_WARN else { return }
        throw error(entry: entry)
    }

    /// What is wrong after a call that failed: the failure of the source, else what libarchive says.
    func error(entry: String? = nil) -> any Error {
        if let failure = source.failure { return failure }
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "no details"
        return ArchivingError(.malformed, entry: entry, reason: "is damaged or no tar archive: \(text)")
    }
}
