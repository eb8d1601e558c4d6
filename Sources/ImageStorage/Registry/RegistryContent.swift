package import OCIModel

/// What a registry server reads to answer requests: the smallest view of content that can be served.
///
/// Repositories are paths inside the content. "Not there" is nil or empty, never an error. All functions may be called
/// from many tasks at once; a cancelled call stops reading and leaves nothing behind.
package protocol RegistryContent: Sendable {
    /// The side that takes content; nil when the content is read-only.
    var writer: (any RegistryWriter)? { get }

    /// Every repository that holds at least one manifest, sorted.
    ///
    /// - Throws: `ContentFailure`.
    func repositories() async throws -> [RepositoryPath]

    /// Whether the repository is known, even when it holds no tag.
    ///
    /// - Throws: `ContentFailure`.
    func hasRepository(_ repository: RepositoryPath) async throws -> Bool

    /// All tags of a repository, sorted; empty when the repository is not there.
    ///
    /// - Throws: `ContentFailure`.
    func tags(in repository: RepositoryPath) async throws -> [Tag]

    /// Reads a manifest; nil when the repository does not hold it.
    ///
    /// - Throws: `ContentFailure`; of kind `.integrity` when the stored bytes are not those of the digest.
    func manifest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> ManifestDocument?

    /// The size of a blob in bytes; nil when the repository does not hold it.
    ///
    /// - Throws: `ContentFailure`.
    func blobSize(_ digest: Digest, in repository: RepositoryPath) async throws -> Int64?

    /// Calls `body` with some bytes of a blob.
    ///
    /// The stream ends after exactly `range.count` bytes. The digest is not checked.
    ///
    /// - Parameters:
    ///   - digest: the blob.
    ///   - repository: a repository that holds it.
    ///   - range: the bytes wanted, inside 0 to the blob's size.
    ///   - body: reads the stream, which is valid only inside.
    /// - Returns: what `body` returns.
    /// - Throws: `ContentFailure`, of kind `.notFound` when the blob is not there, from this call or from the stream;
    ///   what `body` throws.
    func withBlob<Result: Sendable>(
        _ digest: Digest,
        in repository: RepositoryPath,
        range: Range<Int64>,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result

    /// The manifests whose `subject` is the given digest, ordered by digest.
    ///
    /// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
    ///
    /// - Throws: `ContentFailure`.
    func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor]

    /// Does what the store has to do from time to time while it is served; returns when the task is cancelled, or at
    /// once when there is nothing to do.
    func maintain() async

    /// Brings everything to rest. Called once, when no other call runs any more; nothing is called afterwards.
    ///
    /// - Throws: `ContentFailure` when something could not be saved.
    func close() async throws
}

extension RegistryContent {
    /// Content is read-only unless it says otherwise.
    package var writer: (any RegistryWriter)? { nil }

    /// Looks for the repository in the list.
    package func hasRepository(_ repository: RepositoryPath) async throws -> Bool {
        try await repositories().contains(repository)
    }

    /// Nothing to do.
    package func maintain() async {}

    /// Nothing to do.
    package func close() async throws {}
}
