import Foundation

/// Reads the files of certificates and keys.
enum TrustFile {
    /// The largest file that is read, in bytes; the lists of all the world's authorities have a few hundred KiB.
    static let maximumBytes = 16 << 20

    /// Why a file cannot be read, in the words of the system.
    struct Failure: Error {
        let reason: String
    }

    /// Reads a whole file; blocks.
    ///
    /// - Throws: ``Failure``, also for what is no file, such as a pipe that nobody writes to.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        guard !path.utf8.contains(0) else { throw Failure(reason: "its name is none that a file can have") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw systemFailure() }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemFailure() }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(reason: "it is no file") }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = part.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw systemFailure() }
            guard count > 0 else { return bytes }
            bytes += part.prefix(count)
            guard bytes.count <= maximumBytes else { throw Failure(reason: "it has more than \(maximumBytes) bytes") }
        }
    }

    /// The names in a folder, sorted; nil when there is no such folder.
    ///
    /// - Throws: ``Failure``; blocks.
    static func names(in folder: String) throws(Failure) -> [String]? {
        guard let stream = opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw systemFailure()
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
            guard names.count <= 10_000 else { throw Failure(reason: "it holds more than 10000 files") }
        }
        return names.sorted()
    }

    private static func systemFailure() -> Failure { Failure(reason: String(cString: strerror(errno)).lowercased()) }
}
