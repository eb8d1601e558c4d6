import Glibc
import NIOCore
import OCIModel
import OpenSSLCrypto

/// The staged file of an upload session and the hash of its bytes; all calls block.
///
/// Used by the one task that the ``UploadTable`` granted the session to, one call after the other.
final class FolderUpload: @unchecked Sendable {
    /// After how many bytes the system is asked to begin writing to the disk.
    private static let syncStep: Int64 = 8 << 20

    private let folder: LayoutFolder
    private let path: String
    private var hasher: ContentHasher?
    private var file: OpenFile?
    private var synced: Int64 = 0
    /// The bytes written and hashed.
    private(set) var size: Int64 = 0

    /// Makes a session; the file comes with the first bytes.
    ///
    /// - Throws: `OpenSSLError`.
    init(_ upload: UploadID, in folder: LayoutFolder) throws {
        self.folder = folder
        path = folder.upload(upload)
        hasher = try ContentHasher(.sha256)
    }

    /// Hashes and writes chunks at the end.
    ///
    /// - Throws: `ImageStorageError`; the session is then of no use any more.
    func append(_ chunks: [ByteBuffer]) throws {
        let file = try openFile()
        for chunk in chunks {
            try chunk.withUnsafeReadableBytes { bytes in
                try hasher?.update(bytes)
                try file.write(bytes, at: size)
                size += Int64(bytes.count)
            }
        }
        if folder.syncsToDisk, size - synced >= Self.syncStep {
            file.beginSync(from: synced, count: size - synced)
            synced = size
        }
    }

    /// Closes the file until the next bytes come, so that sessions at rest cost no descriptor.
    func rest() {
        file = nil
    }

    /// Compares the digest, waits for the disk and gives the file its final name.
    ///
    /// - Throws: `ImageStorageError.digestMismatch`; what writing throws.
    func publish(as digest: Digest) throws {
        let file = try openFile()
        let found = try finalDigest(digest.algorithm)
        guard found == digest else { throw ImageStorageError.digestMismatch(found, expected: digest) }
        if folder.syncsToDisk { try file.sync() }
        try folder.move(path, to: folder.blob(digest))
        self.file = nil
    }

    /// Removes the staged file, if it is still there.
    ///
    /// - Throws: `ImageStorageError.fileSystem`.
    func discard() throws {
        file = nil
        try folder.remove(path)
    }

    private func openFile() throws -> OpenFile {
        if let file { return file }
        let opened = try OpenFile(path, O_RDWR | O_CREAT)
        file = opened
        return opened
    }

    /// The digest of all bytes; they are read again when the client chose another algorithm than sha256.
    private func finalDigest(_ algorithm: Digest.Algorithm) throws -> Digest {
        if algorithm == .sha256, let hasher = hasher.take() { return try hasher.finish() }
        var hasher = try ContentHasher(algorithm)
        let reader = FileReader(try openFile(), range: 0..<size, path: path)
        while let chunk = try reader.next() {
            try chunk.withUnsafeReadableBytes { try hasher.update($0) }
        }
        return try hasher.finish()
    }
}
