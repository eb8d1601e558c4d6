import MirrorPlan
import OCIModel

extension TargetNeeds {
    /// Where the tiny image is pushed: the deepest path that the plan uses, else `ferry-doctor` below the target's path.
    ///
    /// - Throws: `MirrorPlanError.invalidDestination`; `OCIModelError`.
    func probeRepository() throws -> RepositoryPath {
        let deepest = try repositories().max { left, right in
            (left.components.count, left.text.utf8.count, right.text)
                < (right.components.count, right.text.utf8.count, left.text)
        }
        return try deepest ?? RepositoryPath("ferry-doctor").below(namespace.prefix)
    }

    /// The same under a smaller limit for nested paths.
    ///
    /// - Throws: `MirrorPlanError.invalidDestination`; `OCIModelError`.
    func probeRepository(maxNestedPaths limit: Int) throws -> RepositoryPath {
        var shortened = TargetNeeds(
            TargetNamespace(registry: namespace.registry, prefix: namespace.prefix, maxNestedPaths: limit)
        )
        shortened.destinations = destinations
        return try shortened.probeRepository()
    }

    /// Another repository of the target, to mount into; nil when the plan has only one.
    ///
    /// - Throws: `MirrorPlanError.invalidDestination`; `OCIModelError`.
    func mountRepository(besides repository: RepositoryPath) throws -> RepositoryPath? {
        guard destinations.isEmpty else { return try repositories().first { $0 != repository } }
        return try RepositoryPath("\(repository)-mount")
    }
}
