import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto
import Synchronization

/// Writes blobs that are not there yet, and counts.
final class SampleUploads: Sendable {
    private struct Counts {
        var sizes: [Digest: Int64] = [:]
        var writtenBlobs = 0
        var writtenBytes: Int64 = 0
    }

    private let target: any ImageTarget
    private let progress: @Sendable (SampleProgress) -> Void
    private let counts = Mutex(Counts())

    init(to target: any ImageTarget, progress: @escaping @Sendable (SampleProgress) -> Void) {
        self.target = target
        self.progress = progress
    }

    /// Writes a blob unless the repository has it.
    ///
    /// - Parameters:
    ///   - blob: what it is.
    ///   - repository: where to.
    ///   - origin: a repository of the same store that has the blob, to be mounted from.
    ///   - opener: its bytes.
    /// - Throws: what the target throws.
    func put(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        mountedFrom origin: RepositoryPath? = nil,
        _ opener: BlobOpener
    ) async throws {
        counts.withLock { $0.sizes[blob.digest] = blob.size }
        var isThere = try await target.containsBlob(blob, in: repository)
        if !isThere, let origin { isThere = try await target.mountBlob(blob, from: origin, to: repository) }
        if !isThere { try await target.writeBlob(blob, to: repository, from: opener) }
        let isNew = !isThere
        let state = counts.withLock { counts in
            if isNew {
                counts.writtenBlobs += 1
                counts.writtenBytes += blob.size
            }
            return SampleProgress(blobs: counts.sizes.count, writtenBytes: counts.writtenBytes)
        }
        progress(state)
    }

    /// Writes a small blob unless the repository has it.
    ///
    /// - Returns: its descriptor.
    /// - Throws: what the target throws.
    func put(_ bytes: [UInt8], _ type: MediaType, in repository: RepositoryPath) async throws -> Descriptor {
        let blob = try Descriptor(
            mediaType: type,
            digest: try ContentHasher.digest(of: bytes),
            size: Int64(bytes.count)
        )
        let opener = BlobOpener { offset, body in
            let start = Int(min(max(0, offset), Int64(bytes.count)))
            try await body(BlobStream(ByteBuffer(bytes: bytes[start...])))
        }
        try await put(blob, in: repository, opener)
        return blob
    }

    /// Writes a manifest.
    ///
    /// - Returns: the document.
    /// - Throws: what the target throws.
    func put(
        _ manifest: some Encodable,
        in repository: RepositoryPath,
        tag: Tag? = nil
    ) async throws -> ManifestDocument {
        let document = try ManifestDocument(sample: manifest)
        try await target.writeManifest(document, to: repository, tag: tag)
        return document
    }

    /// How many distinct blobs were put.
    var blobs: Int { counts.withLock { $0.sizes.count } }
    /// Their size in bytes.
    var distinctBytes: Int64 { counts.withLock { $0.sizes.values.reduce(0, +) } }
    /// How many writes there were, and their bytes.
    var written: (blobs: Int, bytes: Int64) { counts.withLock { ($0.writtenBlobs, $0.writtenBytes) } }
}

/// How far the publishing of a sample is.
package struct SampleProgress: Hashable, Sendable {
    /// Distinct blobs in the store, found or written.
    package let blobs: Int
    /// Bytes written so far; grows by whole blobs.
    package let writtenBytes: Int64
}
