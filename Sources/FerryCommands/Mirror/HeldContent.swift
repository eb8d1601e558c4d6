import ImageStorage
import OCIModel

/// What targets hold already, read back from the first of them that has it.
struct HeldContent: ForwardingSource {
    /// The targets, at least one, with the repositories in which each holds a blob.
    let holders: [(store: any ImageSource, places: [Digest: RepositoryPath])]

    /// A repository for each blob that any target holds; which one does not matter to ``withBlob(_:in:from:_:)``.
    var places: [Digest: RepositoryPath] {
        holders.reduce(into: [:]) { all, holder in all.merge(holder.places) { first, _ in first } }
    }

    var upstream: any ImageSource { holders[0].store }

    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        var failure: (any Error)?
        for (store, places) in holders {
            guard let place = places[blob.digest] else { continue }
            let began = SingleConsumer(false)
            do {
                return try await store.withBlob(blob, in: place, from: offset) { stream in
                    began.value = true
                    return try await body(stream)
                }
            } catch {
                try Task.checkCancellation()
                guard !began.value else { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return try await upstream.withBlob(blob, in: repository, from: offset, body)
    }
}
