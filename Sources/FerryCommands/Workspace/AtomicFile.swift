import Foundation

/// Writes whole files so that a crash leaves the old or the new content, never half of it.
enum AtomicFile {
    /// Writes a file next to its place, syncs it, and renames it; leaves a file of the same content alone.
    ///
    /// Blocks: call it on a lane, or for small files outside of transfers.
    ///
    /// - Parameters:
    ///   - bytes: the content.
    ///   - path: where; missing folders are made.
    /// - Returns: false when the file had this content already.
    /// - Throws: `FerryError` that names the path and the cause.
    @discardableResult
    static func write(_ bytes: [UInt8], to path: String) throws -> Bool {
        let url = URL(fileURLWithPath: path)
        if let known = FileManager.default.contents(atPath: path), known.elementsEqual(bytes) { return false }
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
        } catch {
            throw FerryError("cannot make the folder of \(path): \(error.localizedDescription)")
        }
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        do {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor, path: temporary)
            guard fsync(descriptor) == 0 else { throw failure("sync", temporary) }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else { throw failure("rename to", path) }
        syncFolder(of: url)
        return true
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Foundation.write(
                    descriptor,
                    buffer.baseAddress?.advanced(by: written),
                    buffer.count - written
                )
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure("write", path) }
                written += count
            }
        }
    }

    /// The rename is durable once the folder is; a file system that cannot sync folders loses at most the rename.
    private static func syncFolder(of url: URL) {
        let folder = open(url.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func failure(_ action: String, _ path: String) -> FerryError {
        FerryError("cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}
