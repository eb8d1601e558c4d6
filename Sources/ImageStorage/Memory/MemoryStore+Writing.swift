import NIOCore
package import OCIModel
import OpenSSLCrypto
import Synchronization

/// The bytes of an upload session so far.
///
/// Used by the one task that the ``UploadTable`` granted the session to, so that nothing can race.
final class MemoryUpload: @unchecked Sendable {
    fileprivate(set) var bytes = ByteBuffer()
}

extension MemoryStore: RegistryWriter, ImageTarget {
    package func beginUpload(in repository: RepositoryPath) async throws -> UploadID {
        let upload = UploadID()
        state.withLock { _ = $0.uploads.begin(upload, in: repository, resource: MemoryUpload()) }
        return upload
    }

    package func uploadProgress(_ upload: UploadID, in repository: RepositoryPath) async throws -> UploadProgress {
        state.withLock { $0.uploads.progress(upload, in: repository) }
    }

    package func appendUpload(
        _ bytes: BlobStream,
        to upload: UploadID,
        in repository: RepositoryPath,
        at offset: Int64?
    ) async throws -> UploadProgress {
        let session: MemoryUpload
        switch state.withLock({ $0.uploads.take(upload, in: repository, at: offset) }) {
        case .granted(let resource): session = resource
        case .refused(let progress): return progress
        }
        defer { state.withLock { $0.uploads.giveBack(upload, size: Int64(session.bytes.readableBytes)) } }
        while var chunk = try await bytes.next() {
            session.bytes.writeBuffer(&chunk)
            let size = Int64(session.bytes.readableBytes)
            state.withLock { $0.uploads.advance(upload, to: size) }
        }
        return .at(Int64(session.bytes.readableBytes))
    }

    package func finishUpload(
        _ upload: UploadID,
        in repository: RepositoryPath,
        as digest: Digest
    ) async throws -> UploadProgress {
        let session: MemoryUpload
        switch state.withLock({ $0.uploads.take(upload, in: repository, at: nil) }) {
        case .granted(let resource): session = resource
        case .refused(let progress): return progress
        }
        defer { state.withLock { $0.uploads.remove(upload) } }
        let bytes = session.bytes
        var hasher = try ContentHasher(digest.algorithm)
        try bytes.withUnsafeReadableBytes { try hasher.update($0) }
        let found = try hasher.finish()
        guard found == digest else { throw ImageStorageError.digestMismatch(found, expected: digest) }
        let size = Int64(bytes.readableBytes)
        state.withLock { state in
            state.blobs[digest] = bytes
            state.catalog.apply(.linkBlob(digest, size: size, in: repository))
        }
        return .at(size)
    }

    package func cancelUpload(_ upload: UploadID, in repository: RepositoryPath) async throws -> Bool {
        state.withLock { state in
            guard case .granted = state.uploads.take(upload, in: repository, at: nil) else { return false }
            state.uploads.remove(upload)
            return true
        }
    }

    package func mountBlob(
        _ digest: Digest,
        from origin: RepositoryPath,
        to repository: RepositoryPath
    ) async throws -> Bool {
        state.withLock { state in
            guard let size = state.catalog.blobSize(digest, in: origin) else { return false }
            state.catalog.apply(.linkBlob(digest, size: size, in: repository))
            return true
        }
    }

    package func putManifest(_ document: ManifestDocument, tag: Tag?, in repository: RepositoryPath) async throws {
        let manifest = try CatalogManifest(document)
        try state.withLock { state in
            if let missing = state.catalog.missingContent(
                of: document.manifest,
                in: repository,
                acceptingSparseIndexes: acceptsSparseIndexes
            ) {
                throw ImageStorageError.missingContent(missing, of: document.digest, in: repository)
            }
            state.documents[document.digest] = document
            state.catalog.apply(.linkManifest(manifest, in: repository))
            if let tag { state.catalog.apply(.setTag(tag, to: document.digest, in: repository)) }
        }
    }

    package func deleteManifest(_ digest: Digest, in repository: RepositoryPath) async throws -> Bool {
        state.withLock { state in
            guard state.catalog.manifest(.digest(digest), in: repository) != nil else { return false }
            state.catalog.apply(.unlinkManifest(digest, in: repository))
            if !state.catalog.isLinked(digest) { state.documents[digest] = nil }
            return true
        }
    }

    package func deleteTag(_ tag: Tag, in repository: RepositoryPath) async throws -> Bool {
        state.withLock { state in
            guard state.catalog.manifest(.tag(tag), in: repository) != nil else { return false }
            state.catalog.apply(.removeTag(tag, in: repository))
            return true
        }
    }

    package func deleteBlob(_ digest: Digest, in repository: RepositoryPath) async throws -> Bool {
        state.withLock { state in
            guard state.catalog.blobSize(digest, in: repository) != nil else { return false }
            state.catalog.apply(.unlinkBlob(digest, in: repository))
            if !state.catalog.isLinked(digest) { state.blobs[digest] = nil }
            return true
        }
    }
}

extension ImageStorageError {
    static func digestMismatch(_ found: Digest, expected: Digest) -> ImageStorageError {
        ImageStorageError(
            .digestMismatch,
            subject: expected,
            message: "the bytes written for blob \(expected) hash to \(found)"
        )
    }
}
