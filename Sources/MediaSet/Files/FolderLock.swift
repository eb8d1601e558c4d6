import Glibc

/// Keeps two runs from working in one folder; it ends with the object, or with the process whatever kills it.
package final class FolderLock: Sendable {
    private let file: MediaFile

    /// Takes the folder above a working directory; may block.
    ///
    /// The file holds the owner's process id, for the message; what counts is the kernel's lock. Where the file system
    /// has no locks, the folder counts as taken while a process of that id runs.
    ///
    /// - Parameter workingDirectory: the `working-dir` of the folder; made when it is not there.
    /// - Throws: `MediaSetError.folderInUse` that names the process; `.fileSystem`.
    package init(workingDirectory: String) throws(MediaSetError) {
        let path = "\(workingDirectory)/.ferry-running"
        try MediaFolder.create(workingDirectory)
        // Not in `self` yet: a refused one must not end as the owner does, in `deinit`.
        let file = try MediaFile(path, .write)
        let taken = try file.tryLock()
        let owner = Int32(String(decoding: try file.read(16, at: 0).prefix { $0 != 0x0a }, as: UTF8.self))
        if taken == false || (taken == nil && Self.runs(owner)) {
            throw MediaSetError(
                .folderInUse,
                subject: workingDirectory,
                message: "another ferry" + (owner.map { " (process \($0))" } ?? "")
                    + " is at work in \(workingDirectory); wait for it to end, or use another folder or workspace"
            )
        }
        try file.truncate(to: 0)
        try file.write(Array("\(getpid())\n".utf8), at: 0)
        self.file = file
    }

    deinit {
        // The file stays: removing it could take the lock of one who has just opened it. Without the process id it
        // says that nobody runs; when that fails, the id of a dead process does no harm.
        try? file.truncate(to: 0)
    }

    private static func runs(_ process: Int32?) -> Bool {
        guard let process, process > 0, process != getpid() else { return false }
        return kill(process, 0) == 0 || errno == EPERM
    }
}
