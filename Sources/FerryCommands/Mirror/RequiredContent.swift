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

    /// Asks for every blob that the images of a plan need and no medium has.
    ///
    /// - Parameters:
    ///   - plan: what is imported.
    ///   - repository: the repository at the target of a planned destination.
    /// - Returns: where each is, and what lacks.
    /// - Throws: `ContentFailure` when the target cannot be asked; `MirrorPlanError`.
    func look(_ plan: MirrorPlan, repository: (RepositoryPath) throws -> RepositoryPath) async throws -> Answer {
        let index = PlanIndex(plan)
        var wanted: [Digest: (repositories: Set<RepositoryPath>, images: Set<String>)] = [:]
        for image in plan.images {
            let place = try repository(image.destination)
            for digest in index.closure(of: image.digest).flatMap(\.blobs) where required[digest] != nil {
                wanted[digest, default: ([], [])].repositories.insert(place)
                wanted[digest, default: ([], [])].images.insert(image.origin.description)
            }
        }
        let questions = wanted.map { (digest: $0.key, repositories: $0.value.repositories.sorted()) }
        let found = try await mapConcurrently(questions, width: width) { question -> RepositoryPath? in
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
                        images: (wanted[question.digest]?.images ?? []).sorted()
                    )
                )
            }
        }
        return Answer(places: places, missing: missing)
    }
}
