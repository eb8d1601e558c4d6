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
        try makeFolder(url.deletingLastPathComponent())
        // A name of its own: two runs that share a folder must not write into one another's file.
        let temporary = "\(path).\(getpid()).new"
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
        guard rename(temporary, path) == 0 else {
            let error = failure("rename to", path)
            unlink(temporary)
            throw error
        }
        syncFolder(of: url)
        return true
    }

    /// Makes a folder and those above it; Foundation's own way does not tell what is wrong.
    ///
    /// - Throws: `FerryError` that names the path.
    static func makeFolder(_ url: URL) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) {
            guard isFolder.boolValue else { throw FerryError("\(url.path) is a file, and a folder is needed there") }
            return
        }
        if url.pathComponents.count > 1 { try makeFolder(url.deletingLastPathComponent()) }
        guard mkdir(url.path, 0o755) == 0 || errno == EEXIST else { throw failure("make the folder", url.path) }
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
    static func syncFolder(of url: URL) {
        let folder = open(url.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func failure(_ action: String, _ path: String) -> FerryError {
        let code = errno
        let advice =
            switch code {
            case ENOSPC, EDQUOT: "; make room there"
            case EROFS, EACCES, EPERM: "; let this account write there, or name another folder"
            default: ""
            }
        return FerryError("cannot \(action) \(path): \(String(cString: strerror(code)))\(advice)")
    }
}
