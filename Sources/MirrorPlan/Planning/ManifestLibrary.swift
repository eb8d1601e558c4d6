package import ImageStorage
package import OCIModel
import Synchronization

/// The manifests read so far, by digest; the transfer takes them from here instead of reading them again.
package final class ManifestLibrary: Sendable {
    private let documents = Mutex<[Digest: ManifestDocument]>([:])

    /// Makes an empty library.
    package init() {}

    /// A document that was read already.
    package func document(_ digest: Digest) -> ManifestDocument? {
        documents.withLock { $0[digest] }
    }

    /// Keeps a document.
    package func keep(_ document: ManifestDocument) {
        documents.withLock { $0[document.digest] = document }
    }

    /// A document by digest, read from a source when it is not here yet; nil when it is not there either.
    ///
    /// - Throws: `ContentFailure`, `OCIModelError`.
    package func document(
        _ digest: Digest,
        in repository: RepositoryPath,
        of source: any ImageSource
    ) async throws -> ManifestDocument? {
        if let known = document(digest) { return known }
        guard let read = try await source.manifest(.digest(digest), in: repository) else { return nil }
        keep(read)
        return read
    }
}
