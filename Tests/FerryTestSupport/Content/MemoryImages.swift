package import ImageStorage
import NIOCore
package import OCIModel
package import Synchronization

/// Images in memory, as source and target, which counts what is done to it.
package final class MemoryImages: ImageSource, ImageTarget {
    /// What was stored, and what was done.
    package struct Content {
        /// The blobs.
        package var blobs: [RepositoryPath: [Digest: [UInt8]]] = [:]
        /// The manifests.
        package var manifests: [RepositoryPath: [Digest: ManifestDocument]] = [:]
        /// The tags.
        package var tags: [RepositoryPath: [Tag: Digest]] = [:]
        /// The writes.
        package var writes = 0
        /// The blobs opened for reading, in order.
        package var reads: [Digest] = []
    }

    /// What was stored, and what was done.
    package let content = Mutex(Content())
    let mounts: Bool
    package let sharesBlobs = false
    let chunkBytes: Int

    /// Makes an empty store.
    package init(mounts: Bool = true, chunkBytes: Int = 64 << 10) {
        self.mounts = mounts
        self.chunkBytes = chunkBytes
    }

    package func manifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument? {
        content.withLock { content in
            let digest =
                switch reference {
                case .digest(let digest): Optional(digest)
                case .tag(let tag): content.tags[repository]?[tag]
                }
            return digest.flatMap { content.manifests[repository]?[$0] }
        }
    }

    package func manifestDigest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        try await manifest(reference, in: repository)?.digest
    }

    package func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        let bytes = content.withLock { content in
            content.reads.append(blob.digest)
            return content.blobs[repository]?[blob.digest]
        }
        guard let bytes else { throw ImageStorageError(.blobNotFound, subject: blob.digest, message: "no such blob") }
        let rest = SingleConsumer(bytes[Int(offset)...])
        let size = chunkBytes
        return try await body(
            BlobStream {
                let chunk = rest.value.prefix(size)
                rest.value = rest.value.dropFirst(size)
                return chunk.isEmpty ? nil : ByteBuffer(bytes: chunk)
            }
        )
    }

    package func tags(in repository: RepositoryPath) async throws -> [Tag] {
        content.withLock { $0.tags[repository].map { $0.keys.sorted() } ?? [] }
    }

    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] { [] }

    package func containsBlob(_ blob: Descriptor, in repository: RepositoryPath) async throws -> Bool {
        content.withLock { $0.blobs[repository]?[blob.digest] != nil }
    }

    package func mountBlob(
        _ blob: Descriptor,
        from origin: RepositoryPath,
        to repository: RepositoryPath
    ) async throws -> Bool {
        guard mounts else { return false }
        return content.withLock { content in
            guard let bytes = content.blobs[origin]?[blob.digest] else { return false }
            content.blobs[repository, default: [:]][blob.digest] = bytes
            return true
        }
    }

    package func writeBlob(_ blob: Descriptor, to repository: RepositoryPath, from source: BlobOpener) async throws {
        try await source.withStream { [self] stream in
            let checked = try DigestCheck(blob).checked(stream)
            var bytes: [UInt8] = []
            for try await chunk in checked { bytes.append(contentsOf: chunk.readableBytesView) }
            content.withLock {
                $0.blobs[repository, default: [:]][blob.digest] = bytes
                $0.writes += 1
            }
        }
    }

    package func writeManifest(_ document: ManifestDocument, to repository: RepositoryPath, tag: Tag?) async throws {
        try content.withLock { content in
            let blobs = content.blobs[repository] ?? [:]
            for blob in document.manifest.blobs where blobs[blob.digest] == nil {
                throw ImageStorageError(.missingContent, subject: blob.digest, message: "blob is missing")
            }
            content.manifests[repository, default: [:]][document.digest] = document
            if let tag { content.tags[repository, default: [:]][tag] = document.digest }
        }
    }

    package func readBack(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        try await manifest(reference, in: repository)?.digest
    }
}
