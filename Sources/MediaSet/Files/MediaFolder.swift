import Glibc

/// What is done with folders and names; every call may block.
enum MediaFolder {
    /// Makes a folder and those above it.
    ///
    /// - Throws: `MediaSetError.fileSystem`, `.noSpace`.
    static func create(_ path: String) throws(MediaSetError) {
        if mkdir(path, 0o777) == 0 || (errno == EEXIST && isFolder(path)) { return }
        let code = errno
        guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw .system("make the folder", path, code)
        }
        try create(String(path[..<slash]))
        guard mkdir(path, 0o777) == 0 || (errno == EEXIST && isFolder(path)) else {
            throw .system("make the folder", path, errno)
        }
    }

    /// Whether a folder is there; links to folders count.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a regular file is there; links to files count.
    static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The names in a folder, sorted, at most `limit` of them; empty when the folder is not there.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    static func names(in path: String, limit: Int = 1_000_000) throws(MediaSetError) -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .system("list", path, errno)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Gives a file another name in the same folder; a file of that name is replaced.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    static func rename(_ old: String, to new: String) throws(MediaSetError) {
        guard Glibc.rename(old, new) == 0 else { throw .system("rename to \(new)", old, errno) }
    }

    /// Removes a file; one that is not there is fine.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    static func remove(_ path: String) throws(MediaSetError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .system("remove", path, errno) }
    }

    /// Brings names that were made or changed in a folder to the disk.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    static func flush(_ path: String) throws(MediaSetError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path, errno) }
        defer { _ = close(descriptor) }
        // Some file systems (FAT, some network ones) refuse to flush folders; there is nothing else to be done there.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP else {
            throw .system("flush", path, errno)
        }
    }

    /// Writes a small file so that after a crash either all of it or nothing is there.
    ///
    /// - Throws: `MediaSetError.fileSystem`, `.noSpace`.
    static func write(_ bytes: [UInt8], to path: String) throws(MediaSetError) {
        // A name of its own: several processes may write the same file at a time, each all of it.
        let temporary = "\(path).\(getpid()).new"
        try remove(temporary)
        do throws(MediaSetError) {
            let file = try MediaFile(temporary, .write)
            try file.write(bytes, at: 0)
            try file.flush()
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
        if let slash = path.lastIndex(of: "/") { try flush(String(path[..<slash])) }
    }

    /// Reads a file of at most `limit` bytes; nil when it is not there.
    ///
    /// - Throws: `MediaSetError.fileSystem`; `.damagedDocument` when it is larger.
    static func read(_ path: String, limit: Int64) throws(MediaSetError) -> [UInt8]? {
        let file: MediaFile
        do throws(MediaSetError) {
            file = try MediaFile(path, .read)
        } catch {
            if error.systemCode == ENOENT { return nil }
            throw error
        }
        let size = try file.sizes().size
        guard size <= limit else {
            throw MediaSetError(
                .damagedDocument,
                subject: path,
                message: "\(path) has \(size) bytes, more than the \(limit) that are read"
            )
        }
        return try file.read(Int(size), at: 0)
    }
}
