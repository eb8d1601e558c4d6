package import ImageStorage
import NIOCore
package import OCIModel
import OpenSSLCrypto
import Synchronization

/// A store that gives sparse blobs, and takes blobs of any size whose bytes it hashes and drops.
///
/// What was uploaded can be looked for, and read when it is one of the sparse blobs. Manifests are taken as they come.
package final class SparseStore: RegistryContent, RegistryWriter, ImageSource, ImageTarget {
    private struct State {
        /// Sizes by repository and digest.
        var links: [RepositoryPath: [Digest: Int64]] = [:]
        var documents: [RepositoryPath: [ManifestReference: ManifestDocument]] = [:]
        var uploads: [UploadID: Upload] = [:]
    }

    /// An upload session; used by the one task that has marked it as busy.
    private final class Upload: @unchecked Sendable {
        var hasher: ContentHasher?
        var size: Int64 = 0
        var isBusy = false

        init() throws { hasher = try ContentHasher(.sha256) }

        func add(_ chunk: ByteBuffer) throws {
            try chunk.withUnsafeReadableBytes { try hasher?.update($0) }
        }
    }

    private let blobs: [Digest: SparseBlob]
    private let state = Mutex(State())

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - blobs: those whose bytes it can give.
    ///   - repository: where they are from the beginning; nil for nowhere.
    package init(_ blobs: [SparseBlob] = [], in repository: RepositoryPath? = nil) {
        self.blobs = Dictionary(blobs.map { ($0.descriptor.digest, $0) }) { first, _ in first }
        guard let repository else { return }
        for blob in blobs { link(blob.descriptor.digest, blob.descriptor.size, in: repository) }
    }

    package var writer: (any RegistryWriter)? { self }

    private func link(_ digest: Digest, _ size: Int64, in repository: RepositoryPath) {
        state.withLock { $0.links[repository, default: [:]][digest] = size }
    }

    package func repositories() async throws -> [RepositoryPath] {
        state.withLock { $0.links.keys.sorted { $0.text < $1.text } }
    }

    package func tags(in repository: RepositoryPath) async throws -> [Tag] { [] }

    package func manifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument? {
        state.withLock { $0.documents[repository]?[reference] }
    }

    package func blobSize(_ digest: Digest, in repository: RepositoryPath) async throws -> Int64? {
        state.withLock { $0.links[repository]?[digest] }
    }

    package func withBlob<Result: Sendable>(
        _ digest: Digest,
        in repository: RepositoryPath,
        range: Range<Int64>,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        guard let blob = blobs[digest] else {
            throw ImageStorageError(.blobNotFound, subject: digest, message: "the bytes of blob \(digest) were dropped")
        }
        return try await body(blob.stream(range))
    }

    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] { [] }

    package func beginUpload(in repository: RepositoryPath) async throws -> UploadID {
        let (id, upload) = (UploadID(), try Upload())
        state.withLock { $0.uploads[id] = upload }
        return id
    }

    package func uploadProgress(_ upload: UploadID, in repository: RepositoryPath) async throws -> UploadProgress {
        state.withLock { $0.uploads[upload].map { .at($0.size) } ?? .unknown }
    }

    package func appendUpload(
        _ bytes: BlobStream,
        to upload: UploadID,
        in repository: RepositoryPath,
        at offset: Int64?
    ) async throws -> UploadProgress {
        let (found, refusal) = state.withLock { state -> (Upload?, UploadProgress) in
            guard let found = state.uploads[upload] else { return (nil, .unknown) }
            guard !found.isBusy else { return (nil, .busy) }
            guard offset == nil || offset == found.size else { return (nil, .wrongOffset(found.size)) }
            found.isBusy = true
            return (found, .at(found.size))
        }
        guard let found else { return refusal }
        defer { state.withLock { _ in found.isBusy = false } }
        while let chunk = try await bytes.next() {
            try found.add(chunk)
            state.withLock { _ in found.size += Int64(chunk.readableBytes) }
        }
        return .at(found.size)
    }

    package func finishUpload(
        _ upload: UploadID,
        in repository: RepositoryPath,
        as digest: Digest
    ) async throws -> UploadProgress {
        guard let found = state.withLock({ $0.uploads.removeValue(forKey: upload) }) else { return .unknown }
        let actual = try found.hasher.take()?.finish()
        guard actual == digest else {
            throw ImageStorageError(.digestMismatch, subject: digest, message: "the bytes hash to another digest")
        }
        link(digest, found.size, in: repository)
        return .at(found.size)
    }

    package func cancelUpload(_ upload: UploadID, in repository: RepositoryPath) async throws -> Bool {
        state.withLock { $0.uploads.removeValue(forKey: upload) != nil }
    }

    package func mountBlob(
        _ digest: Digest,
        from origin: RepositoryPath,
        to repository: RepositoryPath
    ) async throws -> Bool {
        guard let size = try await blobSize(digest, in: origin) else { return false }
        link(digest, size, in: repository)
        return true
    }

    package func putManifest(_ document: ManifestDocument, tag: Tag?, in repository: RepositoryPath) async throws {
        state.withLock { state in
            state.documents[repository, default: [:]][.digest(document.digest)] = document
            if let tag { state.documents[repository, default: [:]][.tag(tag)] = document }
        }
    }

    package func deleteManifest(_ digest: Digest, in repository: RepositoryPath) async throws -> Bool {
        state.withLock { $0.documents[repository]?.removeValue(forKey: .digest(digest)) != nil }
    }

    package func deleteTag(_ tag: Tag, in repository: RepositoryPath) async throws -> Bool {
        state.withLock { $0.documents[repository]?.removeValue(forKey: .tag(tag)) != nil }
    }

    package func deleteBlob(_ digest: Digest, in repository: RepositoryPath) async throws -> Bool {
        state.withLock { $0.links[repository]?.removeValue(forKey: digest) != nil }
    }
}
