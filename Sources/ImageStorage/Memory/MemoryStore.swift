import NIOCore
package import OCIModel
import Synchronization

/// A store that keeps everything in memory, with the rules of a registry; for tests and rehearsals.
package final class MemoryStore: RegistryContent, ImageSource {
    /// Everything that the store holds.
    struct State {
        var catalog = RepositoryCatalog()
        var blobs: [Digest: ByteBuffer] = [:]
        var documents: [Digest: ManifestDocument] = [:]
        var uploads = UploadTable<MemoryUpload>()
    }

    /// Chunks of a stream, in bytes.
    private static let chunkSize = 512 << 10

    let acceptsSparseIndexes: Bool
    let state = Mutex(State())

    /// Makes an empty store.
    ///
    /// - Parameter acceptsSparseIndexes: whether an index may name manifests that its repository lacks.
    package init(acceptsSparseIndexes: Bool = false) {
        self.acceptsSparseIndexes = acceptsSparseIndexes
    }

    package var writer: (any RegistryWriter)? { self }

    package func repositories() async throws -> [RepositoryPath] {
        state.withLock { $0.catalog.repositories }
    }

    package func hasRepository(_ repository: RepositoryPath) async throws -> Bool {
        state.withLock { $0.catalog.entries[repository] != nil }
    }

    package func tags(in repository: RepositoryPath) async throws -> [Tag] {
        state.withLock { $0.catalog.tags(in: repository) }
    }

    package func manifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument? {
        state.withLock { state in
            state.catalog.manifest(reference, in: repository).flatMap { state.documents[$0.descriptor.digest] }
        }
    }

    package func blobSize(_ digest: Digest, in repository: RepositoryPath) async throws -> Int64? {
        state.withLock { $0.catalog.blobSize(digest, in: repository) }
    }

    package func withBlob<Result: Sendable>(
        _ digest: Digest,
        in repository: RepositoryPath,
        range: Range<Int64>,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        let bytes: ByteBuffer? = state.withLock { state in
            guard state.catalog.blobSize(digest, in: repository) != nil else { return nil }
            return state.blobs[digest]
        }
        guard let bytes else { throw ImageStorageError.blobNotFound(digest, in: repository) }
        let wanted = range.clamped(to: 0..<Int64(bytes.readableBytes))
        let start = bytes.readerIndex + Int(wanted.lowerBound)
        guard let slice = bytes.getSlice(at: start, length: wanted.count) else {
            throw ImageStorageError.blobNotFound(digest, in: repository)
        }
        let rest = SingleConsumer(slice)
        return try await body(
            BlobStream {
                rest.value.readSlice(length: min(Self.chunkSize, rest.value.readableBytes))
                    .flatMap { $0.readableBytes > 0 ? $0 : nil }
            }
        )
    }

    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        state.withLock { $0.catalog.referrers(of: digest, in: repository) }
    }
}
