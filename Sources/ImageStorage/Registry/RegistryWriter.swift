package import OCIModel

/// What a registry server writes to: upload sessions, mounts, manifests and deletions.
///
/// All functions may be called from many tasks at once. Each change is atomic: it is done as a whole when the call
/// returns, and not at all when it throws.
package protocol RegistryWriter: Sendable {
    /// Opens an upload session.
    ///
    /// - Throws: `ContentFailure`.
    func beginUpload(in repository: RepositoryPath) async throws -> UploadID

    /// How far a session is.
    ///
    /// - Throws: `ContentFailure`.
    func uploadProgress(_ upload: UploadID, in repository: RepositoryPath) async throws -> UploadProgress

    /// Adds bytes to a session.
    ///
    /// When the stream breaks or the call is cancelled, the bytes that came before stay in the session.
    ///
    /// - Parameters:
    ///   - bytes: what to add.
    ///   - upload: the session.
    ///   - repository: the repository that it was opened in.
    ///   - offset: where the bytes belong, in bytes; nil for the end. Anything but the end is refused.
    /// - Returns: how far the session is afterwards.
    /// - Throws: `ContentFailure`; what the stream throws.
    func appendUpload(
        _ bytes: BlobStream,
        to upload: UploadID,
        in repository: RepositoryPath,
        at offset: Int64?
    ) async throws -> UploadProgress

    /// Makes a blob of a session and ends the session.
    ///
    /// - Returns: `.at` with the blob's size when the blob is stored.
    /// - Throws: `ContentFailure`; of kind `.integrity` when the bytes are not those of the digest, and then the session
    ///   is gone and nothing is stored.
    func finishUpload(
        _ upload: UploadID,
        in repository: RepositoryPath,
        as digest: Digest
    ) async throws -> UploadProgress

    /// Ends a session without a blob; false when there is no such session.
    ///
    /// - Throws: `ContentFailure`.
    func cancelUpload(_ upload: UploadID, in repository: RepositoryPath) async throws -> Bool

    /// Makes a blob of one repository appear in another; false when the first does not hold it.
    ///
    /// - Throws: `ContentFailure`.
    func mountBlob(_ digest: Digest, from origin: RepositoryPath, to repository: RepositoryPath) async throws -> Bool

    /// Stores a manifest by digest, and under a tag if one is given.
    ///
    /// - Throws: `ContentFailure`; `ImageStorageError.missingContent`, whose subject is a digest, when the repository
    ///   lacks something that the manifest names.
    func putManifest(_ document: ManifestDocument, tag: Tag?, in repository: RepositoryPath) async throws

    /// Removes a manifest and the tags that name it; false when it is not there.
    ///
    /// - Throws: `ContentFailure`.
    func deleteManifest(_ digest: Digest, in repository: RepositoryPath) async throws -> Bool

    /// Removes a tag and leaves its manifest; false when it is not there.
    ///
    /// - Throws: `ContentFailure`.
    func deleteTag(_ tag: Tag, in repository: RepositoryPath) async throws -> Bool

    /// Removes a blob from one repository; false when it is not there.
    ///
    /// - Throws: `ContentFailure`.
    func deleteBlob(_ digest: Digest, in repository: RepositoryPath) async throws -> Bool
}

/// How far an upload session is.
package enum UploadProgress: Hashable, Sendable {
    /// It holds that many bytes.
    case at(Int64)
    /// There is no such session in that repository.
    case unknown
    /// Another request writes to it at the moment.
    case busy
    /// The bytes do not belong at its end, which is at that many bytes.
    case wrongOffset(Int64)
}

/// Content that a server can both read and write.
package typealias RegistryStore = RegistryContent & RegistryWriter
