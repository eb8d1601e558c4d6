import DispatchLanes
import ImageStorage
package import MirrorPlan
import OCIModel
import Synchronization

/// Asks a target what of a plan it holds: reads manifests back, each reference once, and asks for blobs.
///
/// A target that cannot be reached several times in a row is asked no more.
final class TargetSurvey: Sendable {
    private let target: any ImageTarget
    private let width: Int
    private let patience: Mutex<TargetPatience>

    /// Prepares to ask.
    ///
    /// - Parameters:
    ///   - target: who is asked.
    ///   - width: how many requests at the same time.
    ///   - lost: why it is not to be asked at all; nil when it is.
    init(target: any ImageTarget, width: Int, lost: TransferFailure? = nil) {
        self.target = target
        self.width = width
        patience = Mutex(TargetPatience(lost: lost))
    }

    /// Why the target was given up; nil when it was not.
    var lost: TransferFailure? { patience.withLock { $0.lost } }

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
        let answers = try await mapConcurrently(ordered, width: width) { [self] proof in
            try await asking { target in
                guard let digest = try await target.readBack(proof.reference, in: proof.repository) else {
                    return Answer.missing
                }
                return digest == proof.digest ? .proven : .other(digest)
            } failed: {
                .failed($0)
            }
        }
        return Dictionary(zip(ordered, answers)) { first, _ in first }
    }

    /// Asks for blobs.
    ///
    /// - Parameters:
    ///   - places: the blobs in their repositories.
    ///   - index: describes them.
    /// - Returns: those that are there; the others are not, or could not be asked for.
    /// - Throws: `CancellationError`.
    func present(of places: [ContentPlace], _ index: PlanIndex) async throws -> Set<ContentPlace> {
        let found = try await mapConcurrently(places, width: width) { [self] place in
            try await asking { target in
                guard let blob = try index.blobs[place.digest]?.descriptor() else { return false }
                return try await target.containsBlob(blob, in: place.repository)
            } failed: { _ in
                false
            }
        }
        return Set(zip(places, found).filter(\.1).map(\.0))
    }

    private func asking<Answer>(
        _ question: (any ImageTarget) async throws -> Answer,
        failed: (TransferFailure) -> Answer
    ) async throws -> Answer {
        if let lost { return failed(lost) }
        do {
            let answer = try await question(target)
            patience.withLock { $0.noteAnswer() }
            return answer
        } catch {
            try Task.checkCancellation()
            let failure = TransferFailure(of: error, isTargetToBlame: true, step: .verify)
            patience.withLock { $0.note(failure) }
            return failed(failure)
        }
    }
}

extension TransferFailure {
    /// The failure that an error means for a run.
    ///
    /// - Parameters:
    ///   - error: the error.
    ///   - isTargetToBlame: whether it was the target that failed.
    ///   - remedy: what to do about it, as the end of a sentence.
    ///   - step: at which step of the run it happened; an error that is a failure already knows that.
    package init(
        of error: any Error,
        isTargetToBlame: Bool = false,
        remedy: String? = nil,
        step: FailureStep = .write
    ) {
        if let failure = error as? TransferFailure {
            self = failure
            return
        }
        let kind = ContentFailureKind(of: error)
        var details = FailureDetails(of: error)
        if let remedy { details.nextStep = remedy }
        self.init(
            message: String(describing: error) + (remedy.map { "; \($0)" } ?? ""),
            isIntegrity: kind == .integrity,
            isFatal: kind == .noSpace,
            isGone: kind == .notFound,
            isTargetUnavailable: isTargetToBlame && kind == .unavailable,
            step: step,
            details: details
        )
    }
}
