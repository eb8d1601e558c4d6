import MirrorPlan
import OCIModel
import RegistryClient

/// Which repositories of a target an inventory looks into, and what it calls them.
struct InventoryScope: Sendable {
    /// One repository of the target.
    struct Place: Sendable {
        /// Where it is at the registry.
        let repository: RepositoryPath
        /// The destinations that are stored there, relative to the target; several when paths are joined.
        var destinations: Set<RepositoryPath>
        /// Manifests that must be looked for besides those with tags.
        var digests: Set<Digest>
    }

    /// The repositories, sorted.
    let places: [Place]

    /// The repositories that lock files name.
    ///
    /// - Throws: `MirrorPlanError` when a destination cannot be stored below the target.
    init(_ plans: [MirrorPlan], at target: TargetNamespace) throws {
        var places: [RepositoryPath: Place] = [:]
        for plan in plans {
            let index = PlanIndex(plan)
            for image in plan.images {
                let repository = try target.repository(for: image.destination)
                var place = places[repository] ?? Place(repository: repository, destinations: [], digests: [])
                place.destinations.insert(image.destination)
                place.digests.formUnion(index.closure(of: image.digest).map(\.digest))
                places[repository] = place
            }
        }
        self.places = places.values.sorted { $0.repository < $1.repository }
    }

    /// The repositories that the target's catalog lists.
    ///
    /// - Throws: `FerryError` when the registry gives no catalog; `RegistryClientError`.
    init(catalogOf target: TargetNamespace, from registry: RegistryClient) async throws {
        guard let repositories = try await registry.repositories(below: target.prefix) else {
            throw FerryError(
                "\(target.registry) gives no list of its repositories (/v2/_catalog): say with --lock FILE which to look "
                    + "into; it may be given several times"
            )
        }
        places = try repositories.compactMap { repository in
            guard let prefix = target.prefix else {
                return Place(repository: repository, destinations: [repository], digests: [])
            }
            // Nothing is planned for the path itself.
            guard repository != prefix else { return nil }
            let inner = try RepositoryPath(repository.text.dropFirst(prefix.text.utf8.count + 1))
            return Place(repository: repository, destinations: [inner], digests: [])
        }
    }
}
