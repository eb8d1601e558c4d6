import DispatchLanes
import ImageStorage
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import TerminalProgress

/// Walks the repositories of a target, several at a time.
struct RegistryInventory: Sendable {
    /// What the walk gave.
    struct Result: Sendable {
        /// What each destination holds; those that are not there or empty are left out.
        var repositories: [Inventory.Repository] = []
        /// The repositories that could not be read, with the reason.
        var failures: [(repository: RepositoryPath, reason: String)] = []
    }

    let walk: RepositoryWalk
    /// How many repositories are looked into at the same time.
    let width: Int
    let progress: ProgressReporter

    /// Looks into every repository.
    ///
    /// - Returns: what they hold; a repository that cannot be read does not stop the others.
    /// - Throws: `CancellationError`.
    func run(_ scope: InventoryScope) async throws -> Result {
        progress.report(.phaseStarted(title: "Looking into repositories (counted as images)"))
        defer { progress.report(.phaseEnded) }
        progress.report(.totals(ProgressTotals(images: scope.places.count)))
        let answers = try await mapConcurrently(scope.places, width: width) { place in try await look(into: place) }
        var result = Result()
        for (place, answer) in zip(scope.places, answers) {
            switch answer {
            case .success(let content): result.repositories += Self.repositories(place, content)
            case .failure(let failure): result.failures.append((place.repository, failure.message))
            }
        }
        return result
    }

    private func look(into place: InventoryScope.Place) async throws -> Swift.Result<RepositoryWalk.Content, FerryError>
    {
        do {
            let content = try await walk.content(of: place.repository, alsoLookingFor: place.digests)
            progress.report(.imageFinished(name: place.repository.text))
            return .success(content)
        } catch {
            try Task.checkCancellation()
            progress.report(.imageFailed(name: place.repository.text, reason: "\(error)"))
            return .failure(FerryError("\(error)"))
        }
    }

    private static func repositories(
        _ place: InventoryScope.Place,
        _ content: RepositoryWalk.Content
    ) -> [Inventory.Repository] {
        guard !content.manifests.isEmpty else { return [] }
        return place.destinations.sorted().map { destination in
            Inventory.Repository(path: destination, manifests: content.manifests.values, blobs: content.blobs.values)
        }
    }
}
