import Foundation

/// The folder `logs` of a working directory.
struct RunLogFolder: Sendable {
    /// How many files are kept, the newest.
    static let kept = 50

    /// The folder's path.
    let path: String

    /// The name of a run's file: `ferry_2026-11-21T081523Z_3fa9c1d2.log`, which every file system takes.
    static func fileName(start: Date, id: String) -> String {
        let time = start.formatted(.iso8601).replacing(":", with: "")
        return "ferry_\(time)_\(id).log"
    }

    /// Makes the file of a run, after removing the oldest ones so that no more than ``kept`` are left.
    ///
    /// Blocks. Permissions are what the umask leaves of 0644.
    ///
    /// - Parameter name: of the form that ``fileName(start:id:)`` gives.
    /// - Returns: a descriptor, open for writing.
    /// - Throws: `FerryError` when the file cannot be made.
    func makeFile(_ name: String) throws -> Int32 {
        try AtomicFile.makeFolder(URL(fileURLWithPath: path))
        prune()
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw FerryError("cannot create \(path)/\(name): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// Removes the oldest files; others' files stay.
    ///
    /// A file that cannot be removed stays, too: it does no harm.
    private func prune() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        // The names begin with the time, so their order is that of time.
        let own = names.filter(Self.isFileName).sorted()
        for name in own.prefix(max(0, own.count - Self.kept + 1)) { unlink("\(path)/\(name)") }
    }

    /// Whether a name is one that ``fileName(start:id:)`` gives.
    static func isFileName(_ name: String) -> Bool {
        name.wholeMatch(of: /ferry_[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z_[0-9a-f]{8}\.log/) != nil
    }
}
