package import OCIModel

/// A place that images are written to: a registry, a media set, an OCI layout, memory.
///
/// All functions may be called from many tasks at once. Each write is atomic: after an error or cancellation the store
/// holds either the whole blob or manifest, right to the bit, or none of it under that name.
package protocol ImageTarget: Sendable {
    /// Whether all repositories share one set of blobs, so that a blob written once is in every repository.
    var sharesBlobs: Bool { get }

    /// Whether the blob is in the repository already.
    ///
    /// - Throws: `ContentFailure`.
    func containsBlob(_ blob: Descriptor, in repository: RepositoryPath) async throws -> Bool

    /// Makes a blob of one repository appear in another without moving its bytes.
    ///
    /// - Returns: false when the store does not do it, for whatever reason; the blob is then to be written.
    /// - Throws: `ContentFailure` when the store cannot be reached.
    func mountBlob(_ blob: Descriptor, from origin: RepositoryPath, to repository: RepositoryPath) async throws -> Bool

    /// Writes a blob, reading its bytes from `source`, more than once if the store has to try again.
    ///
    /// Size and digest are checked on the way: a blob whose bytes are wrong is never in the store.
    ///
    /// - Throws: `ContentFailure`, of kind `.integrity` when the bytes are not those of the descriptor; what the source
    ///   throws.
    func writeBlob(_ blob: Descriptor, to repository: RepositoryPath, from source: BlobOpener) async throws

    /// Writes a manifest by digest, and under a tag if one is given; the bytes go as they are.
    ///
    /// - Throws: `ContentFailure`; of kind `.integrity` when the store answers with another digest, `.refused` when it
    ///   does not take the manifest (with the store's reason).
    func writeManifest(_ document: ManifestDocument, to repository: RepositoryPath, tag: Tag?) async throws

    /// Reads back what a tag or digest holds and returns the digest of those bytes; nil when it is not there.
    ///
    /// This is the proof that ends a transfer: the digest is computed from bytes that the store returned.
    ///
    /// - Throws: `ContentFailure`.
    func readBack(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest?
}

/// Opens a blob's bytes at any offset, as often as a store needs.
package struct BlobOpener: Sendable {
    /// Offsets inside the blob, ascending, at which the source may pause for as long as a person needs to change a medium.
    ///
    /// A target that would have to keep a connection open stores what comes before such an offset, and opens the bytes
    /// from there on anew.
    package let pauses: [Int64]

    private let open: @Sendable (Int64, @escaping @Sendable (BlobStream) async throws -> Void) async throws -> Void

    /// Makes an opener from a function that calls its second argument with the stream from the given offset.
    package init(
        pauses: [Int64] = [],
        _ open: @escaping @Sendable (Int64, @escaping @Sendable (BlobStream) async throws -> Void) async throws -> Void
    ) {
        self.pauses = pauses
        self.open = open
    }

    /// An opener for a blob of a store.
    package init(_ blob: Descriptor, in repository: RepositoryPath, of source: any ImageSource) {
        self.init(pauses: source.pauses(in: blob)) { offset, body in
            try await source.withBlob(blob, in: repository, from: offset) { stream in try await body(stream) }
        }
    }

    /// Calls `body` with the bytes from `offset` on; the stream is valid only inside.
    ///
    /// - Throws: what the source or `body` throws.
    package func withStream(
        from offset: Int64 = 0,
        _ body: @escaping @Sendable (BlobStream) async throws -> Void
    ) async throws {
        try await open(offset, body)
    }
}
