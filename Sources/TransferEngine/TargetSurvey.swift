import DispatchLanes
import ImageStorage
import MirrorPlan
import OCIModel

/// Asks a target what of a plan it holds, by reading manifests back; each reference is read once.
struct TargetSurvey: Sendable {
    let target: any ImageTarget
    let width: Int

    /// What reading a reference back gave.
    enum Answer: Sendable, Equatable {
        case proven
        case missing
        case other(Digest)
        case failed(TransferFailure)
    }

    /// Reads back every proof.
    ///
    /// - Returns: an answer for each.
    /// - Throws: `CancellationError`; failures of single requests are answers.
    func answers(to proofs: Set<PlanLayout.Proof>) async throws -> [PlanLayout.Proof: Answer] {
        let ordered = Array(proofs)
        let answers = try await mapConcurrently(ordered, width: width) { proof in try await answer(to: proof) }
        return Dictionary(zip(ordered, answers)) { first, _ in first }
    }

    private func answer(to proof: PlanLayout.Proof) async throws -> Answer {
        do {
            guard let digest = try await target.readBack(proof.reference, in: proof.repository) else { return .missing }
            return digest == proof.digest ? .proven : .other(digest)
        } catch {
            try Task.checkCancellation()
            return .failed(TransferFailure(of: error))
        }
    }
}

extension TransferFailure {
    /// The failure that an error means for a run.
    init(of error: any Error) {
        if let failure = error as? TransferFailure {
            self = failure
            return
        }
        let kind = ContentFailureKind(of: error)
        self.init(
            message: String(describing: error),
            isIntegrity: kind == .integrity,
            isFatal: kind == .noSpace,
            isGone: kind == .notFound
        )
    }
}
