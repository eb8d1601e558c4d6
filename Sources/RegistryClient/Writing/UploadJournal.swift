package import ImageStorage
package import OCIModel

/// Remembers uploads beyond the end of the process, so that the next run goes on with what a killed one left.
///
/// It is a help and no promise: what is lost or wrong costs a restart of that blob. One journal is about one registry.
/// All functions may be called from many tasks at once; failing to write is no failure of the upload.
package protocol UploadJournal: Sendable {
    /// What is known of an upload that did not end; nil when nothing is.
    func find(_ upload: UploadKey) async -> UploadRecord?

    /// An upload begins: what was known of an earlier one is void.
    ///
    /// - Parameters:
    ///   - upload: the upload.
    ///   - location: the session's address, which may hold a secret.
    func begin(_ upload: UploadKey, at location: String) async

    /// The session of an upload has another address from now on.
    func move(_ upload: UploadKey, to location: String) async

    /// The hash of an upload's bytes came to a checkpoint; they are about to be sent.
    func pass(_ checkpoint: HashCheckpoint, of upload: UploadKey) async

    /// An upload is complete.
    func forget(_ upload: UploadKey) async
}

/// What is uploaded, and where to.
package struct UploadKey: Hashable, Sendable {
    /// The repository of the registry.
    package let repository: RepositoryPath
    /// The blob's digest.
    package let digest: Digest
    /// The blob's size in bytes.
    package let size: Int64

    /// Joins the parts.
    package init(repository: RepositoryPath, digest: Digest, size: Int64) {
        self.repository = repository
        self.digest = digest
        self.size = size
    }
}

/// What a journal knows of an upload.
package struct UploadRecord: Hashable, Sendable {
    /// The last address of the session.
    package var location: String
    /// The last checkpoints of the hash, the latest last; the registry may have fewer bytes than were hashed.
    package var checkpoints: [HashCheckpoint]

    /// Joins the parts.
    package init(location: String, checkpoints: [HashCheckpoint] = []) {
        self.location = location
        self.checkpoints = checkpoints
    }
}
