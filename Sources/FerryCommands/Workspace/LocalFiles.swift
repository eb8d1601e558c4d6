import DispatchLanes
import Foundation

/// The few small files that commands read and write, away from the cooperative pool.
package enum LocalFiles {
    private static let lanes = DispatchLanes(label: "ferry.files", width: 2)

    /// Writes a whole file, atomically and durably.
    ///
    /// - Throws: `FerryError` that names the path.
    package static func write(_ bytes: [UInt8], to path: String) async throws {
        try await lanes.run { _ = try AtomicFile.write(bytes, to: path) }
    }

    /// Removes a file, if it is there.
    ///
    /// - Throws: `FerryError` that names the path.
    static func remove(_ path: String) async throws {
        try await lanes.run {
            guard unlink(path) != 0, errno != ENOENT else { return }
            throw FerryError("cannot remove \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Runs blocking work on the lanes of small files.
    ///
    /// - Throws: what the work throws.
    static func run<Output: Sendable>(_ work: @escaping @Sendable () throws -> Output) async throws -> Output {
        try await lanes.run(work)
    }
}
