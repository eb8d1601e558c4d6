import Foundation
import Glibc
import NIOCore
import OCIModel

/// The paths of a store's folder and the blocking operations on them.
///
/// Paths are made of validated digests and upload names only, never of repository or tag names.
///
/// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
struct LayoutFolder: Sendable {
    /// The largest `index.json` and manifest that are read, in bytes.
    static let maximumIndexSize: Int64 = 64 << 20

    /// The folder, without a slash at its end.
    let path: String
    /// Whether writes wait for the disk.
    let syncsToDisk: Bool

    var layoutFile: String { "\(path)/oci-layout" }
    var indexFile: String { "\(path)/index.json" }
    var journalFile: String { "\(path)/ferry-registry.jsonl" }
    var uploads: String { "\(path)/uploads" }
    var blobs: String { "\(path)/blobs" }

    /// Where a blob or manifest lies.
    func blob(_ digest: Digest) -> String { "\(blobs(digest.algorithm))/\(digest.hex)" }

    /// The folder of the blobs of one algorithm.
    func blobs(_ algorithm: Digest.Algorithm) -> String { "\(blobs)/\(algorithm.rawValue)" }

    /// Where the bytes of an upload session lie.
    func upload(_ upload: UploadID) -> String { "\(uploads)/\(upload.text)" }

    /// Whether there is a file or folder.
    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The size of a file in bytes; nil when it is not there or is a link, which could lead out of a foreign layout.
    func size(_ path: String) -> Int64? {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(information.st_size)
    }

    /// The names in a folder; empty when it is not there.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func names(in folder: String) throws -> [String] {
        guard exists(folder) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw ImageStorageError(
                .fileSystem,
                subject: folder,
                message: "cannot list \(folder): \(error.localizedDescription)"
            )
        }
    }

    /// Makes a folder and those above it where they are missing.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func makeFolder(_ folder: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw ImageStorageError(
                .fileSystem,
                subject: folder,
                message: "cannot make the folder \(folder): \(error.localizedDescription)"
            )
        }
    }

    /// Reads a whole file; nil when it is not there.
    ///
    /// - Throws: `ImageStorageError.fileSystem`; `.manifestTooLarge` when it has more than `limit` bytes.
    func read(_ path: String, limit: Int64) throws -> [UInt8]? {
        guard exists(path) else { return nil }
        let file = try OpenFile(path, O_RDONLY)
        let size = try file.size()
        guard size <= limit else {
            throw ImageStorageError(
                .manifestTooLarge,
                subject: path,
                message: "\(path) has \(size) bytes, at most \(limit) are read"
            )
        }
        let reader = FileReader(file, range: 0..<size, path: path)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size))
        while let chunk = try reader.next() { bytes.append(contentsOf: chunk.readableBytesView) }
        return bytes
    }

    /// Writes a file so that either the old or the new content is there, whatever happens.
    ///
    /// - Throws: `ImageStorageError.fileSystem`, `.noSpace`.
    func replace(_ path: String, with bytes: [UInt8]) throws {
        let staged = "\(path).new"
        let file = try OpenFile(staged, O_WRONLY | O_CREAT | O_TRUNC)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        if syncsToDisk { try file.sync() }
        try move(staged, to: path)
        try syncFolder(self.path)
    }

    /// Renames a file, replacing another.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func move(_ path: String, to target: String) throws {
        try checked("rename", target) { rename(path, target) }
    }

    /// Removes a file; it is no error when it is not there.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func remove(_ path: String) throws {
        guard exists(path) else { return }
        try checked("unlink", path) { unlink(path) }
    }

    /// Waits until the names in a folder are on the disk.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func syncFolder(_ folder: String) throws {
        guard syncsToDisk else { return }
        try OpenFile(folder, O_RDONLY | O_DIRECTORY).sync()
    }
}
