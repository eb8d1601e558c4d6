import Foundation

/// A small file system in memory, for as long as somebody keeps it; only root can make one.
package final class MemoryDisk: Sendable {
    /// Whether this process may mount: tried once, with a file system that is taken away at once.
    package static let isAllowed: Bool = {
        guard geteuid() == 0 else { return false }
        let folder = NSTemporaryDirectory() + "/ferry-mount-\(UUID().uuidString)"
        defer { rmdir(folder) }
        // What cannot be tried is not allowed.
        return (try? MemoryDisk(at: folder, size: "1m")) != nil
    }()

    /// The system did not mount.
    package struct Failure: Error {
        /// Its `errno`.
        let code: Int32
    }

    private let folder: String

    /// Mounts one at a folder, which is made.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - size: as `mount` takes it, such as `16m`.
    /// - Throws: ``Failure``; the system's error when the folder cannot be made.
    package init(at folder: String, size: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard mount("tmpfs", folder, "tmpfs", 0, "size=\(size)") == 0 else { throw Failure(code: errno) }
        self.folder = folder
    }

    deinit { umount2(folder, Int32(MNT_DETACH)) }

    /// Lets nobody write any more.
    ///
    /// - Throws: ``Failure``.
    package func makeReadOnly() throws {
        let flags = UInt(MS_REMOUNT | MS_RDONLY)
        guard mount("tmpfs", folder, "tmpfs", flags, nil) == 0 else { throw Failure(code: errno) }
    }
}

/// Runs `body` with a file system in memory at a folder, which is made.
///
/// - Throws: what `body` throws; ``MemoryDisk/Failure``.
package func withMemoryDisk<Result>(
    at folder: String,
    size: String,
    _ body: (MemoryDisk) async throws -> Result
) async throws -> Result {
    try await body(MemoryDisk(at: folder, size: size))
}
