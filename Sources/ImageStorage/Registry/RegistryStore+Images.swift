import NIOCore
package import OCIModel

// A store that a server can read and write is also a source and a target of images; these are the parts of those two
// contracts that follow from the registry's operations.

extension ImageSource where Self: RegistryContent {
    package func manifestDigest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> Digest? {
        try await manifest(reference, in: repository)?.digest
    }

    package func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        guard let size = try await blobSize(blob.digest, in: repository) else {
            throw ImageStorageError.blobNotFound(blob.digest, in: repository)
        }
        guard size == blob.size, (0...size).contains(offset) else {
            throw ImageStorageError(
                .sizeMismatch,
                subject: blob.digest,
                message:
                    "blob \(blob.digest) in \(repository) has \(size) bytes; bytes \(offset) to \(blob.size) are wanted"
            )
        }
        return try await withBlob(blob.digest, in: repository, range: offset..<size, body)
    }
}

extension ImageTarget where Self: RegistryContent & RegistryWriter {
    /// Each repository holds what was written or mounted there, as in a registry.
    package var sharesBlobs: Bool { false }

    package func containsBlob(_ blob: Descriptor, in repository: RepositoryPath) async throws -> Bool {
        try await blobSize(blob.digest, in: repository) != nil
    }

    package func mountBlob(
        _ blob: Descriptor,
        from origin: RepositoryPath,
        to repository: RepositoryPath
    ) async throws -> Bool {
        try await mountBlob(blob.digest, from: origin, to: repository)
    }

    package func writeBlob(
        _ blob: Descriptor,
        to repository: RepositoryPath,
        from source: BlobOpener
    ) async throws {
        let upload = try await beginUpload(in: repository)
        do {
            let store = self
            try await source.withStream { stream in
                let counted = stream.limited(to: blob)
                let progress = try await store.appendUpload(counted, to: upload, in: repository, at: 0)
                guard progress == .at(blob.size) else { throw ImageStorageError.shortBlob(blob, progress) }
            }
            _ = try await finishUpload(upload, in: repository, as: blob.digest)
        } catch {
            // The failure that is thrown is the one that matters; a session that stays behind is evicted later.
            _ = try? await cancelUpload(upload, in: repository)
            throw error
        }
    }

    package func writeManifest(
        _ document: ManifestDocument,
        to repository: RepositoryPath,
        tag: Tag?
    ) async throws {
        try await putManifest(document, tag: tag, in: repository)
    }

    package func readBack(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        try await manifest(reference, in: repository)?.digest
    }
}

extension BlobStream {
    /// The same stream, which fails as soon as it is longer than the blob.
    fileprivate func limited(to blob: Descriptor) -> BlobStream {
        let received = SingleConsumer<Int64>(0)
        return BlobStream {
            guard let chunk = try await self.next() else { return nil }
            received.value += Int64(chunk.readableBytes)
            guard received.value <= blob.size else {
                throw ImageStorageError(
                    .sizeMismatch,
                    subject: blob.digest,
                    message: "blob \(blob.digest) has more than the \(blob.size) bytes that its manifest states"
                )
            }
            return chunk
        }
    }
}

extension ImageStorageError {
    fileprivate static func shortBlob(_ blob: Descriptor, _ progress: UploadProgress) -> ImageStorageError {
        guard case .at(let size) = progress else {
            return ImageStorageError(
                .fileSystem,
                subject: blob.digest,
                message: "the upload of blob \(blob.digest) was ended by the store; try again"
            )
        }
        return ImageStorageError(
            .sizeMismatch,
            subject: blob.digest,
            message: "blob \(blob.digest) has \(size) bytes, its manifest states \(blob.size)"
        )
    }

    static func blobNotFound(_ digest: Digest, in repository: RepositoryPath) -> ImageStorageError {
        ImageStorageError(.blobNotFound, subject: digest, message: "repository \(repository) holds no blob \(digest)")
    }

    static func missingContent(_ missing: Descriptor, of manifest: Digest, in repository: RepositoryPath) -> Self {
        ImageStorageError(
            .missingContent,
            subject: missing.digest,
            message:
                "manifest \(manifest) names \(missing.digest) (\(missing.mediaType)), which repository \(repository) "
                + "does not hold; write it there first"
        )
    }

    static func readOnly(_ subject: some CustomStringConvertible) -> ImageStorageError {
        ImageStorageError(.readOnly, subject: subject, message: "\(subject) is opened for reading only")
    }
}
