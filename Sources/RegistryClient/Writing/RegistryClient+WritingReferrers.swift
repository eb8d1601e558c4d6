import DispatchLanes
import HTTPTransport
import OCIModel
import OpenSSLCrypto

extension RegistryClient {
    /// Puts a manifest on the list of its subject under the fallback tag.
    ///
    /// Changes of one list wait for each other within this client; the protocol has no means against other writers.
    ///
    /// - Throws: `RegistryClientError`; `CancellationError`.
    func addReferrer(_ document: ManifestDocument, to subject: Digest, in repository: RepositoryPath) async throws {
        let tag = try Tag(digest: subject)
        try await knowledge.referrersTurn(.init(repository: repository, digest: subject)).withPermit {
            var index = try await referrersIndex(tag, in: repository)
            guard index.add(document) else { return }
            let bytes = try index.encoded()
            _ = try await putBytes(
                bytes,
                as: .ociIndex,
                digest: ContentHasher.digest(of: bytes),
                at: .tag(tag),
                in: repository
            )
        }
    }

    private func referrersIndex(_ tag: Tag, in repository: RepositoryPath) async throws -> ReferrersIndex {
        guard let document = try await manifest(.tag(tag), in: repository) else { return ReferrersIndex() }
        do {
            return try ReferrersIndex(document.bytes)
        } catch {
            throw RegistryClientError(
                .refused,
                registry: registry,
                repository: repository,
                subject: tag.text,
                message: "\(registry)/\(repository):\(tag) is not the list of referrers that its name means; "
                    + "remove that tag",
                underlying: error
            )
        }
    }
}
