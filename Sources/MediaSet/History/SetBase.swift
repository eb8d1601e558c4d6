package import OCIModel

/// What a site is taken to hold, from the records of earlier sets and from inventories: an incremental set leaves it out.
///
/// A site may have several registries; what one set brings must do for all of them, so a blob is left out only when every
/// one is taken to hold it.
package struct SetBase: Sendable {
    /// What is known of one registry.
    package struct Registry: Sendable {
        /// The sets that are taken to be there, oldest first.
        package let records: [HistoryRecord]
        /// What was found there.
        package let inventory: InventoryStore.Kept?

        /// Joins the two.
        package init(records: [HistoryRecord], inventory: InventoryStore.Kept? = nil) {
            self.records = records
            self.inventory = inventory
        }
    }

    /// The latest of the sets that every registry is taken to have; nil when there is none.
    package let latest: SetIdentifier?
    /// The registries that inventories describe, by the ids of these.
    package let inventories: [SetIdentifier: String]
    private let holdings: [Holdings]

    /// Adds up what is known.
    ///
    /// - Parameters:
    ///   - registries: the registries of the site; none when nothing is known, then nothing is left out.
    ///   - carried: the first set that carried each blob, also of sets that no registry is known to have.
    /// - Throws: `OCIModelError` when a record names a repository that cannot be.
    package init(_ registries: [Registry], carried: [Digest: SetIdentifier] = [:]) throws {
        latest = Self.common(registries).last?.set
        let kept = registries.compactMap(\.inventory).map { ($0.identifier, $0.inventory.target) }
        inventories = Dictionary(kept) { first, _ in first }
        holdings = try registries.map { try Holdings($0, carried: carried) }
    }

    /// The sets that every one of some registries is taken to have, oldest first.
    package static func common(_ registries: [Registry]) -> [HistoryRecord] {
        guard let first = registries.first else { return [] }
        let others = registries.dropFirst().map { Set($0.records.map(\.set)) }
        return first.records.filter { record in others.allSatisfy { $0.contains(record.set) } }
    }

    /// What brought a blob to the site.
    ///
    /// - Parameters:
    ///   - digest: the blob.
    ///   - repositories: where it is needed now; one of them must hold it, so that an import can find it there.
    /// - Returns: the first set that carried it, else the inventory that found it; nil when the site is not taken to hold
    ///   it.
    package func carrier(of digest: Digest, neededIn repositories: [RepositoryPath]) -> SetIdentifier? {
        var carrier: SetIdentifier?
        for held in holdings {
            guard let found = held.carrier(of: digest, neededIn: repositories) else { return nil }
            // A set can be brought again, an inventory cannot.
            if carrier == nil || inventories[found] == nil { carrier = found }
        }
        return carrier
    }

    /// What one registry is taken to hold.
    private struct Holdings {
        private var carriers: [Digest: SetIdentifier] = [:]
        private var held: [RepositoryPath: Set<Digest>] = [:]

        init(_ registry: Registry, carried: [Digest: SetIdentifier]) throws {
            for record in registry.records {
                add(record.digests, from: record.set)
                for (repository, digests) in record.repositories ?? [:] {
                    held[try RepositoryPath(repository), default: []].formUnion(digests)
                    // An earlier set that is not among these brought it; that it is there was proven with this one.
                    for digest in digests where carriers[digest] == nil { carriers[digest] = carried[digest] }
                }
            }
            if let kept = registry.inventory {
                for repository in kept.inventory.repositories {
                    let digests = repository.manifests.map(\.digest) + repository.blobs.map(\.digest)
                    held[repository.path, default: []].formUnion(digests)
                    add(digests, from: kept.identifier)
                }
            }
            // What no set carried an inventory had found that is not kept any more.
            for record in registry.records {
                for digests in (record.repositories ?? [:]).values { add(digests, from: record.set) }
            }
        }

        private mutating func add(_ digests: [Digest], from set: SetIdentifier) {
            for digest in digests where carriers[digest] == nil { carriers[digest] = set }
        }

        func carrier(of digest: Digest, neededIn repositories: [RepositoryPath]) -> SetIdentifier? {
            guard let carrier = carriers[digest] else { return nil }
            return repositories.contains { held[$0]?.contains(digest) ?? false } ? carrier : nil
        }
    }
}
