package import OCIModel

/// A source that stands before another one and hands on whatever it does not answer itself.
package protocol ForwardingSource: ImageSource {
    /// The source behind it.
    var upstream: any ImageSource { get }
}

extension ForwardingSource {
    package func manifest(
        _ reference: ManifestReference,
        in repository: RepositoryPath
    ) async throws -> ManifestDocument? {
        try await upstream.manifest(reference, in: repository)
    }

    package func manifestDigest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        try await upstream.manifestDigest(reference, in: repository)
    }

    package func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        try await upstream.withBlob(blob, in: repository, from: offset, body)
    }

    package func pauses(in blob: Descriptor) -> [Int64] { upstream.pauses(in: blob) }

    package func remedy(forDamaged blob: Descriptor) -> String? { upstream.remedy(forDamaged: blob) }

    package func hasOtherCopy(of blob: Descriptor, in repository: RepositoryPath) -> Bool {
        upstream.hasOtherCopy(of: blob, in: repository)
    }

    package func tags(in repository: RepositoryPath) async throws -> [Tag] { try await upstream.tags(in: repository) }

    package func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        try await upstream.referrers(of: digest, in: repository)
    }
}
