package import ImageStorage
package import OCIModel
import Synchronization

/// A media set as the content of a read-only registry: the repositories and tags that its images go to.
///
/// What the set leaves out is read from earlier sets that are at hand. Nothing is unpacked and nothing written.
package final class MediaSetRegistryContent: RegistryContent {
    /// What images need and no set at hand carries, sorted by digest: it is not there for clients.
    package let lacking: [MediaSetClosure.Need]

    private let reader: MediaSetReader
    private let earlier: [MediaSetReader]
    private let repositoryIndex: ServedRepositories
    private let graph: ManifestGraph
    private let allowance = ReadAllowance()
    /// Blobs that were found to be damaged.
    private let damaged = Mutex<Set<Digest>>([])

    /// Shows a set; reads each of its manifests once.
    ///
    /// - Parameters:
    ///   - reader: the set.
    ///   - earlier: sets that it builds on, as far as they are at hand.
    /// - Throws: `MediaSetError.digestMismatch` that names the volume of a damaged manifest; `.fileSystem`;
    ///   `OCIModelError`.
    package init(_ reader: MediaSetReader, earlier: [MediaSetReader] = []) async throws {
        self.reader = reader
        self.earlier = earlier
        graph = try await reader.manifestGraph()
        repositoryIndex = ServedRepositories(reader.manifest, graph)
        let closure = reader.closure(graph)
        lacking = (closure.missing + closure.required)
            .filter { need in !earlier.contains { $0.blob(need.digest) != nil } }
            .sorted { $0.digest < $1.digest }
    }

    /// All repositories, sorted.
    package func repositories() async throws -> [RepositoryPath] { repositoryIndex.names }

    /// Whether an image goes to the repository.
    package func hasRepository(_ repository: RepositoryPath) async throws -> Bool {
        repositoryIndex.contains(repository)
    }

    /// The tags of a repository, sorted; empty when there is no such repository.
    package func tags(in repository: RepositoryPath) async throws -> [Tag] {
        try await reader.tags(in: repository)
    }

    /// A manifest; nil when it is not there.
    ///
    /// - Throws: `MediaSetError`; `OCIModelError`.
    package func manifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument? {
        guard let digest = try await reader.manifestDigest(reference, in: repository), graph.nodes[digest] != nil,
            repositoryIndex.holds(digest, in: repository)
        else { return nil }
        return try await reader.manifest(.digest(digest), in: repository)
    }

    /// The size of a blob in bytes; nil when it is not there.
    ///
    /// - Throws: `MediaSetError.digestMismatch` when the blob was found to be damaged before; `.volumeMissing`,
    ///   `.fileSystem`, `.sizeMismatch` when its volumes cannot be read any more.
    package func blobSize(_ digest: Digest, in repository: RepositoryPath) async throws -> Int64? {
        guard let (blob, holder) = find(digest, in: repository) else { return nil }
        guard !damaged.withLock({ $0.contains(digest) }) else {
            throw MediaSetError(
                .digestMismatch,
                subject: digest,
                message: "blob \(digest) was found to be damaged and is not given any more; bring its volume again and "
                    + "start ferry serve anew"
            )
        }
        try await holder.checkPlaces(of: blob)
        return blob.descriptor.size
    }

    /// Calls `body` with a part of a blob; `range` must lie inside it.
    ///
    /// The whole of a blob is hashed on the way; when it is damaged, the stream fails instead of giving the last chunk.
    ///
    /// - Throws: `ImageStorageError.blobNotFound`; `MediaSetError`; what `body` throws.
    package func withBlob<Result: Sendable>(
        _ digest: Digest,
        in repository: RepositoryPath,
        range: Range<Int64>,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        guard let (blob, holder) = find(digest, in: repository) else {
            throw ImageStorageError(
                .blobNotFound,
                subject: digest,
                message: "blob \(digest) is not in \(repository) of the media set \(reader.set)"
            )
        }
        guard range.lowerBound >= 0, range.upperBound <= blob.descriptor.size else {
            throw MediaSetError(
                .sizeMismatch,
                subject: digest,
                message: "blob \(digest) has \(blob.descriptor.size) bytes; \(range) is outside of it"
            )
        }
        let served = try ServedBlob(blob, range, of: holder, allowance)
        return try await body(
            BlobStream { [self] in
                do {
                    return try await served.next()
                } catch let error as MediaSetError where error.code == .digestMismatch {
                    _ = damaged.withLock { $0.insert(digest) }
                    throw error
                }
            }
        )
    }

    /// The manifests that refer to a manifest, by digest.
    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        (graph.referrers[digest] ?? []).filter { repositoryIndex.holds($0.digest, in: repository) }
    }

    /// A blob that belongs to a repository, with the set that carries it.
    private func find(_ digest: Digest, in repository: RepositoryPath) -> (blob: SetBlob, holder: MediaSetReader)? {
        guard repositoryIndex.holds(digest, in: repository) else { return nil }
        for holder in [reader] + earlier {
            if let blob = holder.blob(digest) { return (blob, holder) }
        }
        return nil
    }
}
