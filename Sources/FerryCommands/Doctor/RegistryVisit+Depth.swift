import MirrorPlan
import OCIModel
import RegistryClient

extension RegistryVisit {
    /// Finds a path that is less deep and takes a push.
    ///
    /// - Returns: the place, and the limit for nested paths that leads there; nil when the refusal is not about depth.
    func shallowerPlace(
        _ needs: TargetNeeds,
        _ deepest: RepositoryPath,
        _ refusal: ProbeAnswer
    ) async throws -> (repository: RepositoryPath, limit: Int)? {
        // A repository that has to be made first is missing at every depth.
        guard (400..<500).contains(refusal.status), refusal.status != 413, traits.creation != .everyRepository else {
            return nil
        }
        let least = (needs.namespace.prefix?.components.count ?? 0) + 1
        for limit in stride(from: deepest.components.count - 1, through: least, by: -1) {
            let repository = try needs.probeRepository(maxNestedPaths: limit)
            if repository != deepest, try await mayBegin(in: repository) { return (repository, limit) }
        }
        return nil
    }

    /// Says that the plan goes deeper than the registry.
    func noteDepth(_ deepest: RepositoryPath, _ limit: Int, _ refusal: ProbeAnswer) {
        log.note(
            .pathDepth,
            .fail(
                "\(deepest) has \(deepest.components.count) components and was answered \(refusal.status); with \(limit) a "
                    + "push is taken",
                "mirror with --max-nested-paths \(limit)"
            )
        )
    }

    /// Says how deep the plan goes; without a plan, whether paths may be as deep as those of releases.
    func checkDepth(_ needs: TargetNeeds, _ deepest: RepositoryPath) async throws {
        try await log.run(.pathDepth) {
            guard needs.destinations.isEmpty else {
                return .ok("the deepest path has \(Self.components(deepest)): a push is taken")
            }
            let deeper = try RepositoryPath("\(deepest)/depth")
            guard try await !mayBegin(in: deeper) else {
                return .ok("paths of \(Self.components(deeper)) are taken, as releases need below \(needs.namespace)")
            }
            let limit = deepest.components.count
            return .warn(
                "a path of \(Self.components(deeper)) is refused, as releases need below \(needs.namespace)",
                "mirror with --max-nested-paths \(limit)"
            )
        }
    }

    private static func components(_ repository: RepositoryPath) -> String {
        let count = repository.components.count
        return "\(count) component\(count == 1 ? "" : "s")"
    }
}
