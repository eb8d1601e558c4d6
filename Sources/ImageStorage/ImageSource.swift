package import OCIModel

/// A place that images are read from: a registry, a media set, an OCI layout, memory.
///
/// Repositories are paths inside the store. "Not there" is nil, never an error. All functions may be called from many
/// tasks at once; a cancelled call stops reading and leaves nothing behind.
package protocol ImageSource: Sendable {
    /// Reads a manifest; nil when it is not there.
    ///
    /// The bytes hash to the digest that was asked for, or for a tag to the digest of the document returned.
    ///
    /// - Throws: `ContentFailure`; of kind `.integrity` when the bytes are not those of the digest. `OCIModelError`
    ///   when the bytes are no supported manifest.
    func manifest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> ManifestDocument?

    /// Looks up a manifest without reading it where the store can (a `HEAD` request); nil when it is not there.
    ///
    /// The digest is what the store says and proves nothing about the bytes.
    ///
    /// - Throws: `ContentFailure`.
    func manifestDigest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest?

    /// Calls `body` with the bytes of a blob, from `offset` (0 to its size) to its end.
    ///
    /// The store recovers from broken connections itself, by continuing at the byte reached; it ends the stream only
    /// after `blob.size - offset` bytes. The digest is *not* checked here: whoever stores the bytes checks it
    /// (``DigestCheck``).
    ///
    /// - Throws: `ContentFailure`, of kind `.notFound` when the blob is not there, from this call or from the stream;
    ///   what `body` throws.
    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result

    /// Offsets inside a blob at which reading it may pause for as long as a person needs to change a medium; ascending.
    func pauses(in blob: Descriptor) -> [Int64]

    /// What to do when a blob's bytes turn out to be wrong, as the end of a sentence; nil when trying again is all.
    func remedy(forDamaged blob: Descriptor) -> String?

    /// Whether a blob whose reading failed, or whose bytes were wrong, is worth reading again at once, because it would be
    /// read from another place than before.
    func hasOtherCopy(of blob: Descriptor, in repository: RepositoryPath) -> Bool

    /// All tags of a repository, sorted; empty when the repository is not there.
    ///
    /// - Throws: `ContentFailure`.
    func tags(in repository: RepositoryPath) async throws -> [Tag]

    /// The manifests whose `subject` is the given digest, by the referrers API or the fallback tag.
    ///
    /// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
    ///
    /// - Throws: `ContentFailure`.
    func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor]
}

extension ImageSource {
    /// None: the store has all its bytes at hand.
    package func pauses(in blob: Descriptor) -> [Int64] { [] }

    /// None is known.
    package func remedy(forDamaged blob: Descriptor) -> String? { nil }

    /// False: there is one place.
    package func hasOtherCopy(of blob: Descriptor, in repository: RepositoryPath) -> Bool { false }
}

/// Gives the store that holds a registry's content.
///
/// On the connected side that is a client of the registry; at import it is the media set, whatever the registry.
package protocol ImageSourceProvider: Sendable {
    /// The store to read a registry's repositories from.
    ///
    /// - Throws: `ContentFailure` when there is none.
    func source(for registry: RegistryName) throws -> any ImageSource
}
