import Foundation

/// Reads a kubeconfig and the files that it names.
enum KubeconfigFile {
    /// The largest file that is read, in bytes.
    static let maximumBytes = 1 << 20

    /// Reads a whole file; blocks.
    ///
    /// - Returns: its bytes; nil when there is none.
    /// - Throws: `ClusterAccessError.unreadableFile`.
    static func read(_ path: String) throws(ClusterAccessError) -> [UInt8]? {
        guard !path.utf8.contains(0) else { throw failure(path, "its name is none that a file can have") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure(path, String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = part.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, String(cString: strerror(errno))) }
            guard count > 0 else { return bytes }
            bytes += part.prefix(count)
            guard bytes.count <= maximumBytes else { throw failure(path, "it has more than \(maximumBytes) bytes") }
        }
    }

    /// The path of a file that a kubeconfig names, relative to the folder of the kubeconfig.
    static func resolve(_ path: String, namedIn kubeconfig: String) -> String {
        guard !path.hasPrefix("/"), let slash = kubeconfig.lastIndex(of: "/") else { return path }
        return kubeconfig[...slash] + path
    }

    private static func failure(_ path: String, _ reason: String) -> ClusterAccessError {
        ClusterAccessError(.unreadableFile, "cannot read \(path): \(reason)")
    }
}

extension ClusterAccessError.Code {
    /// A kubeconfig, or a file that it names, that cannot be read.
    package static let unreadableFile = ClusterAccessError.Code("unreadableFile")
}
