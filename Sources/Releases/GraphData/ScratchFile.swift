import Foundation

/// A file that goes with its owner: it has no name, or loses its name when it is let go; all calls block.
///
/// One task at a time uses it.
package final class ScratchFile: @unchecked Sendable {
    /// The path; nil for a file without a name.
    package let path: String?
    /// How many bytes were written.
    package private(set) var size: Int64 = 0
    private let descriptor: Int32
    private var hasName: Bool

    /// Makes an empty file.
    ///
    /// - Parameters:
    ///   - folder: where; it must be there.
    ///   - isNamed: whether it keeps a name for as long as it is used. Without one not even a killed process leaves it.
    /// - Throws: `ReleasesError.graphDataStorage`.
    init(in folder: String, isNamed: Bool = false) throws(ReleasesError) {
        var template = Array("\(folder)/graph-data.XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? folder }
        guard descriptor >= 0 else { throw Self.failure("make a file in", folder) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        hasName = true
        self.path = isNamed ? path : nil
        if !isNamed {
            unlink(path)
            hasName = false
        }
    }

    deinit {
        if hasName, let path { unlink(path) }
        close(descriptor)
    }

    /// Adds bytes at the end.
    ///
    /// - Throws: `ReleasesError.graphDataStorage`.
    func append(_ bytes: UnsafeRawBufferPointer) throws(ReleasesError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(size))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", path ?? "a temporary file") }
            size += Int64(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Reads bytes from an offset into the front of a buffer.
    ///
    /// - Returns: how many; 0 at the end.
    /// - Throws: `ReleasesError.graphDataStorage`.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(ReleasesError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("read", path ?? "a temporary file") }
            return count
        }
    }

    /// Makes the file what a path names, durably; it stays when this is let go.
    ///
    /// - Parameter path: on the same file system; whatever is there is replaced.
    /// - Throws: `ReleasesError.graphDataStorage`, also for a file without a name.
    package func keep(as path: String) throws(ReleasesError) {
        guard hasName, let own = self.path else {
            throw ReleasesError(.graphDataStorage, reference: path, reason: "a file without a name cannot be kept")
        }
        guard fchmod(descriptor, 0o644) == 0, fsync(descriptor) == 0 else { throw Self.failure("write", own) }
        guard rename(own, path) == 0 else { throw Self.failure("rename a file to", path) }
        hasName = false
    }

    private static func failure(_ action: String, _ path: String) -> ReleasesError {
        ReleasesError(
            .graphDataStorage,
            reference: "graph data",
            reason: "cannot \(action) \(path): \(String(cString: strerror(errno)))"
        )
    }
}
