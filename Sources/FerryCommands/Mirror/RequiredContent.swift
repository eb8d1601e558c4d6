import DispatchLanes
import ImageStorage
import MediaSet
import MirrorPlan
import OCIModel
import TransferEngine

/// Looks at a target for what a media set leaves out, before anything is sent there.
struct RequiredContent: Sendable {
    /// What the look gave.
    struct Answer: Sendable {
        /// A repository of the target that holds the blob.
        let places: [Digest: RepositoryPath]
        /// What is nowhere.
        let missing: [RepairRequest.Missing]
    }

    let target: any ImageTarget
    let required: [Digest: SetIdentifier]
    let width: Int

    /// Asks for every blob that images need which the target lacks, and that no medium has.
    ///
    /// - Parameters:
    ///   - plan: what is imported.
    ///   - lacking: the images of it that the target lacks; the others prove that their blobs came there.
    ///   - known: repositories in which a blob was seen already.
    ///   - repository: the repository at the target of a planned destination.
    /// - Returns: where each is, and what lacks.
    /// - Throws: `ContentFailure` when the target cannot be asked; `MirrorPlanError`.
    func look(
        _ plan: MirrorPlan,
        lacking: [PlannedImage],
        known: [Digest: RepositoryPath],
        repository: (RepositoryPath) throws -> RepositoryPath
    ) async throws -> Answer {
        let index = PlanIndex(plan)
        var needed: [Digest: Set<String>] = [:]
        for image in lacking {
            for digest in index.closure(of: image.digest).flatMap(\.blobs) where required[digest] != nil {
                needed[digest, default: []].insert(image.origin.description)
            }
        }
        let lacks = Set(lacking)
        var repositories: [Digest: [RepositoryPath]] = [:]
        // First where an image is there: it is most likely to hold the blob.
        for image in plan.images.filter({ !lacks.contains($0) }) + lacking {
            let place = try repository(image.destination)
            for digest in index.closure(of: image.digest).flatMap(\.blobs) where needed[digest] != nil {
                if repositories[digest]?.contains(place) != true { repositories[digest, default: []].append(place) }
            }
        }
        let questions = needed.keys.sorted().map { (digest: $0, repositories: repositories[$0] ?? []) }
        let found = try await mapConcurrently(questions, width: width) { question -> RepositoryPath? in
            if let place = known[question.digest] { return place }
            guard let blob = try index.blobs[question.digest]?.descriptor() else { return nil }
            for place in question.repositories where try await target.containsBlob(blob, in: place) { return place }
            return nil
        }
        var places: [Digest: RepositoryPath] = [:]
        var missing: [RepairRequest.Missing] = []
        for (question, place) in zip(questions, found) {
            if let place {
                places[question.digest] = place
            } else {
                missing.append(
                    RepairRequest.Missing(
                        digest: question.digest,
                        size: index.blobs[question.digest]?.size ?? 0,
                        set: required[question.digest].map { "\($0)" } ?? "",
                        images: (needed[question.digest] ?? []).sorted()
                    )
                )
            }
        }
        return Answer(places: places, missing: missing)
    }
}
