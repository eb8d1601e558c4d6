package import ImageStorage
package import OCIModel

/// A media set as the content of a read-only registry: the repositories and tags that its images go to.
package struct MediaSetRegistryContent: RegistryContent {
    private let reader: MediaSetReader
    private let destinations: Set<RepositoryPath>

    /// Shows a set.
    package init(_ reader: MediaSetReader) {
        self.reader = reader
        destinations = Set(reader.manifest.images.map(\.destination))
    }

    /// All repositories, sorted.
    package func repositories() async throws -> [RepositoryPath] { destinations.sorted() }

    /// Whether an image goes to the repository.
    package func hasRepository(_ repository: RepositoryPath) async throws -> Bool { destinations.contains(repository) }

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
        guard destinations.contains(repository) else { return nil }
        return try await reader.manifest(reference, in: repository)
    }

    /// The size of a blob in bytes; nil when it is not there.
    package func blobSize(_ digest: Digest, in repository: RepositoryPath) async throws -> Int64? {
        guard destinations.contains(repository) else { return nil }
        return reader.blob(digest)?.descriptor.size
    }

    /// Calls `body` with a part of a blob; `range` must lie inside it.
    ///
    /// - Throws: `ImageStorageError.blobNotFound`; `MediaSetError`; what `body` throws.
    package func withBlob<Result: Sendable>(
        _ digest: Digest,
        in repository: RepositoryPath,
        range: Range<Int64>,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        guard destinations.contains(repository), let blob = reader.blob(digest) else {
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
        return try await body(reader.stream(blob, range))
    }

    /// The manifests that refer to a manifest, by digest.
    ///
    /// - Throws: `MediaSetError`; `OCIModelError`.
    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        guard destinations.contains(repository) else { return [] }
        return try await reader.referrers(of: digest, in: repository)
    }
}
