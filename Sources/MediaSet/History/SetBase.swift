package import OCIModel

/// What a site is taken to hold, from the records of earlier sets: an incremental set leaves it out.
package struct SetBase: Sendable {
    /// The latest of the sets; nil when there is none.
    package let latest: SetIdentifier?
    private let carriers: [Digest: SetIdentifier]
    private let held: [RepositoryPath: Set<Digest>]

    /// Adds the records up.
    ///
    /// - Throws: `OCIModelError` when a record names a repository that cannot be.
    package init(_ records: [HistoryRecord]) throws {
        var carriers: [Digest: SetIdentifier] = [:]
        var held: [RepositoryPath: Set<Digest>] = [:]
        for record in records {
            for digest in record.digests where carriers[digest] == nil { carriers[digest] = record.set }
            for (repository, digests) in record.repositories ?? [:] {
                held[try RepositoryPath(repository), default: []].formUnion(digests)
                // An earlier set that is not among these brought it; that it is there was proven with this one.
                for digest in digests where carriers[digest] == nil { carriers[digest] = record.set }
            }
        }
        latest = records.last?.set
        self.carriers = carriers
        self.held = held
    }

    /// The set that brought a blob to the site.
    ///
    /// - Parameters:
    ///   - digest: the blob.
    ///   - repositories: where it is needed now; one of them must hold it, so that an import can find it there.
    /// - Returns: the first set that carried it; nil when the site is not taken to hold it.
    package func carrier(of digest: Digest, neededIn repositories: [RepositoryPath]) -> SetIdentifier? {
        guard let carrier = carriers[digest] else { return nil }
        return repositories.contains { held[$0]?.contains(digest) ?? false } ? carrier : nil
    }
}
