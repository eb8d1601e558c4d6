import DispatchLanes
import Glibc
import NIOCore
package import OCIModel
import Synchronization

extension FolderStore: RegistryWriter, ImageTarget {
    /// Bytes are hashed and written in batches of that many bytes.
    private static let batchSize = 512 << 10
    /// The most chunks in a batch, however small they are.
    private static let batchCount = 512

    package func beginUpload(in repository: RepositoryPath) async throws -> UploadID {
        try mustBeWritable()
        let upload = UploadID()
        let session = try FolderUpload(upload, in: folder)
        let evicted = state.withLock { $0.uploads.begin(upload, in: repository, resource: session) }
        if let evicted { try await writeLanes.run { try evicted.discard() } }
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
        let session: FolderUpload
        switch state.withLock({ $0.uploads.take(upload, in: repository, at: offset) }) {
        case .granted(let resource): session = resource
        case .refused(let progress): return progress
        }
        let lane = writeLanes.lane()
        var broken: (any Error)?
        do {
            var batch: [ByteBuffer] = []
            var size = 0
            do {
                while let chunk = try await bytes.next() {
                    batch.append(chunk)
                    size += chunk.readableBytes
                    guard size >= Self.batchSize || batch.count >= Self.batchCount else { continue }
                    let full = batch
                    batch = []
                    size = 0
                    let written = try await lane.run {
                        try session.append(full)
                        return session.size
                    }
                    state.withLock { $0.uploads.advance(upload, to: written) }
                }
            } catch let error where !(error is ImageStorageError) {
                // The connection broke: what came before it stays, so that the client can go on from there.
                broken = error
            }
            let rest = batch
            try await lane.run {
                if !rest.isEmpty { try session.append(rest) }
                session.rest()
            }
        } catch {
            state.withLock { $0.uploads.remove(upload) }
            // The file is garbage, and goes at the next opening if it cannot go now.
            try? await lane.run { try session.discard() }
            throw error
        }
        state.withLock { $0.uploads.giveBack(upload, size: session.size) }
        if let broken { throw broken }
        return .at(session.size)
    }

    package func finishUpload(
        _ upload: UploadID,
        in repository: RepositoryPath,
        as digest: Digest
    ) async throws -> UploadProgress {
        let session: FolderUpload
        switch state.withLock({ $0.uploads.take(upload, in: repository, at: nil) }) {
        case .granted(let resource): session = resource
        case .refused(let progress): return progress
        }
        defer { state.withLock { $0.uploads.remove(upload) } }
        try await writeLanes.run {
            do {
                try session.publish(as: digest)
            } catch {
                // The failure that is thrown is the one that matters; the file goes at the next opening.
                try? session.discard()
                throw error
            }
        }
        try await catalog.commit([.linkBlob(digest, size: session.size, in: repository)])
        return .at(session.size)
    }

    package func cancelUpload(_ upload: UploadID, in repository: RepositoryPath) async throws -> Bool {
        guard case .granted(let session) = state.withLock({ $0.uploads.take(upload, in: repository, at: nil) }) else {
            return false
        }
        state.withLock { $0.uploads.remove(upload) }
        try await writeLanes.run { try session.discard() }
        return true
    }

    package func mountBlob(
        _ digest: Digest,
        from origin: RepositoryPath,
        to repository: RepositoryPath
    ) async throws -> Bool {
        try mustBeWritable()
        let (size, isThere) = catalog.read {
            ($0.blobSize(digest, in: origin), $0.blobSize(digest, in: repository) != nil)
        }
        guard let size else { return false }
        if !isThere { try await catalog.commit([.linkBlob(digest, size: size, in: repository)]) }
        return true
    }

    package func putManifest(_ document: ManifestDocument, tag: Tag?, in repository: RepositoryPath) async throws {
        try mustBeWritable()
        let manifest = try CatalogManifest(document)
        let acceptsSparseIndexes = options.acceptsSparseIndexes
        let (missing, isThere) = catalog.read { catalog in
            (
                catalog.missingContent(
                    of: document.manifest,
                    in: repository,
                    acceptingSparseIndexes: acceptsSparseIndexes
                ),
                catalog.manifest(.digest(document.digest), in: repository) == manifest
            )
        }
        if let missing { throw ImageStorageError.missingContent(missing, of: document.digest, in: repository) }
        if !isThere { try await writeBytes(of: document) }
        var changes: [CatalogChange] = isThere ? [] : [.linkManifest(manifest, in: repository)]
        if let tag { changes.append(.setTag(tag, to: document.digest, in: repository)) }
        if !changes.isEmpty { try await catalog.commit(changes) }
    }

    package func deleteManifest(_ digest: Digest, in repository: RepositoryPath) async throws -> Bool {
        try mustBeWritable()
        guard catalog.read({ $0.manifest(.digest(digest), in: repository) }) != nil else { return false }
        try await catalog.commit([.unlinkManifest(digest, in: repository)])
        return true
    }

    package func deleteTag(_ tag: Tag, in repository: RepositoryPath) async throws -> Bool {
        try mustBeWritable()
        guard catalog.read({ $0.manifest(.tag(tag), in: repository) }) != nil else { return false }
        try await catalog.commit([.removeTag(tag, in: repository)])
        return true
    }

    package func deleteBlob(_ digest: Digest, in repository: RepositoryPath) async throws -> Bool {
        try mustBeWritable()
        guard catalog.read({ $0.blobSize(digest, in: repository) }) != nil else { return false }
        try await catalog.commit([.unlinkBlob(digest, in: repository)])
        return true
    }

    package func readBack(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        guard let manifest = catalog.read({ $0.manifest(reference, in: repository) }) else { return nil }
        // Not from the cache: this is the proof that the bytes are on the disk.
        return try await readDocument(manifest.descriptor).digest
    }

    private func writeBytes(of document: ManifestDocument) async throws {
        let folder = folder
        try await writeLanes.run {
            let session = try FolderUpload(UploadID(), in: folder)
            do {
                try session.append([ByteBuffer(bytes: document.bytes)])
                try session.publish(as: document.digest)
            } catch {
                // The failure that is thrown is the one that matters; the file goes at the next opening.
                try? session.discard()
                throw error
            }
        }
    }

    private func mustBeWritable() throws {
        guard !options.isReadOnly else { throw ImageStorageError.readOnly(folder.path) }
    }
}
