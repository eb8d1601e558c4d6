import FerryTestSupport
import Foundation

/// Mounts for tests; only root can make them.
enum Mounts {
    /// Whether this process may mount: tried once, with a small file system that is taken away at once.
    static let areAllowed: Bool = {
        guard geteuid() == 0 else { return false }
        let folder = NSTemporaryDirectory() + "/ferry-mount-\(UUID().uuidString)"
        // What cannot be tried is not allowed.
        guard (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil
        else {
            return false
        }
        defer { rmdir(folder) }
        guard mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0 else { return false }
        umount2(folder, Int32(MNT_DETACH))
        return true
    }()

    /// The mount or remount failed.
    struct Failure: Error {
        let code: Int32
    }

    /// Runs `body` with a file system in memory of a given size at a folder, which is made.
    static func withMemoryDisk<Result>(
        at folder: String,
        size: String,
        _ body: () async throws -> Result
    ) async throws -> Result {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard mount("tmpfs", folder, "tmpfs", 0, "size=\(size)") == 0 else { throw Failure(code: errno) }
        defer { umount2(folder, Int32(MNT_DETACH)) }
        return try await body()
    }

    /// Makes a mounted folder read-only.
    static func makeReadOnly(_ folder: String) throws {
        let flags = UInt(MS_REMOUNT | MS_RDONLY)
        guard mount("tmpfs", folder, "tmpfs", flags, nil) == 0 else { throw Failure(code: errno) }
    }
}
