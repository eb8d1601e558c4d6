import HTTPTransport
import ImageStorage
import OCIModel

/// The journal as one upload sees it; does nothing for small blobs and without a journal.
struct UploadLog: Sendable {
    private let journal: (any UploadJournal)?
    private let key: UploadKey
    private let blob: Descriptor
    private let interval: Int64

    init(_ client: RegistryClient, _ blob: Descriptor, in repository: RepositoryPath) {
        journal = blob.size >= client.configuration.journaledBlobSize ? client.journal : nil
        key = UploadKey(repository: repository, digest: blob.digest, size: blob.size)
        self.blob = blob
        interval = client.configuration.checkpointInterval
    }

    /// A check of the blob that notes its checkpoints down.
    ///
    /// - Throws: `OpenSSLError`; `ImageStorageError.digestMismatch` when the checkpoint cannot be used.
    func check(from checkpoint: HashCheckpoint? = nil) throws -> DigestCheck {
        guard let journal else { return try DigestCheck(blob, from: checkpoint) }
        let recorder = CheckpointRecorder(every: interval) { [key] in await journal.pass($0, of: key) }
        return try DigestCheck(blob, from: checkpoint, recorder: recorder)
    }

    func find() async -> UploadRecord? { await journal?.find(key) }

    func begin(at url: HTTPURL) async { await journal?.begin(key, at: url.text) }

    func move(to url: HTTPURL) async { await journal?.move(key, to: url.text) }

    func pass(_ checkpoint: HashCheckpoint?) async {
        if let checkpoint { await journal?.pass(checkpoint, of: key) }
    }

    /// The blob is there.
    func end() async {
        if let journal, await journal.find(key) != nil { await journal.forget(key) }
    }
}
