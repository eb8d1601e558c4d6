import DispatchLanes
package import ImageStorage
package import MirrorPlan
package import OCIModel

/// Carries out a plan between any source and one or more targets.
///
/// First the targets are asked what they hold; what lacks is moved by a ``TransferScheduler``, each blob in one reading
/// for all targets; at the end everything that was written is read back. A failure of one image does not stop the others,
/// nor does one target.
package struct TransferEngine: Sendable {
    /// How to carry out a plan.
    package struct Options: Sendable {
        /// How many blobs and how many small requests run at the same time.
        package var limits: TransferScheduler.Limits
        /// Which blobs are moved first.
        package var order: TransferScheduler.Order
        /// How long targets that are ready for a blob wait for the others; who comes later reads it by itself.
        package var patience: Duration

        /// Sets all options.
        package init(
            limits: TransferScheduler.Limits = .init(bulk: 8, small: 12),
            order: TransferScheduler.Order = .largestFirst,
            patience: Duration = .seconds(10)
        ) {
            self.limits = limits
            self.order = order
            self.patience = patience
        }
    }

    let sources: any ImageSourceProvider
    let library: ManifestLibrary
    let options: Options
    let observer: any TransferObserver

    /// Makes an engine over a source.
    ///
    /// - Parameters:
    ///   - sources: where to read.
    ///   - library: manifests that were read when planning; others are read again by digest.
    ///   - options: how.
    ///   - observer: is told what happens.
    package init(
        sources: any ImageSourceProvider,
        library: ManifestLibrary,
        options: Options,
        observer: any TransferObserver
    ) {
        self.sources = sources
        self.library = library
        self.options = options
        self.observer = observer
    }

    /// Carries out a plan at one target: ``survey(_:at:)`` and ``carryOut(_:held:)``.
    ///
    /// - Returns: the fate of every image.
    /// - Throws: as those.
    package func run(_ plan: MirrorPlan, to destination: TransferDestination) async throws -> TransferResult {
        let results = try await carryOut(try await survey(plan, at: [destination]))
        return results[0]
    }

    /// Asks targets what they hold of a plan; nothing is written.
    ///
    /// An image counts as there when its manifests, and its tags, read back right. The blobs of such images are asked for
    /// too when the destination says so, or when a target that holds images lacks some: then something has been done to it.
    ///
    /// - Parameters:
    ///   - plan: what is to be delivered.
    ///   - destinations: the targets.
    /// - Returns: what each holds.
    /// - Throws: `CancellationError`; `MirrorPlanError` when destinations collide or cannot be formed.
    package func survey(_ plan: MirrorPlan, at destinations: [TransferDestination]) async throws -> TransferSurvey {
        let index = PlanIndex(plan)
        let targets = try destinations.map { destination in
            try CollisionCheck.check(plan.images, repository: destination.repository)
            let sharesBlobs = destination.target.sharesBlobs
            let layout = try PlanLayout(
                plan,
                index: index,
                sharesBlobs: sharesBlobs,
                repository: destination.repository
            )
            return TransferSurvey.Target(destination: destination, layout: layout, withTags: !sharesBlobs)
        }
        try refuseSharedRepositories(targets)
        // Without tags there is nothing to find an image by: such a target knows its blobs itself.
        if targets.contains(where: \.withTags) { observer.phaseBegan("Looking at what the target holds") }
        return TransferSurvey(
            plan: plan,
            targets: try await mapConcurrently(targets, width: targets.count) { target in
                target.withTags ? try await surveyed(target) : target
            }
        )
    }

    private func surveyed(_ target: TransferSurvey.Target) async throws -> TransferSurvey.Target {
        var target = target
        let layout = target.layout
        let positions = Array(layout.plan.images.indices)
        let survey = TargetSurvey(target: target.destination.target, width: options.limits.small)
        let answers = try await survey.answers(to: Set(positions.flatMap { layout.proofs(of: $0, withTags: true) }))
        target.proven = Set(answers.filter { $0.value == .proven }.keys)
        target.present = Set(
            positions.filter { layout.proofs(of: $0, withTags: true).allSatisfy(target.proven.contains) }
        )
        let isPartly = !target.present.isEmpty && target.present.count < positions.count
        if target.destination.checksBlobs || isPartly {
            target.sawBlobs = true
            let places = layout.blobPlaces(of: target.present.sorted())
            target.blobs = try await survey.present(of: places, layout.index)
            let lacking = Set(places).subtracting(target.blobs)
            if !lacking.isEmpty {
                target.present = target.present.filter { lacking.isDisjoint(with: layout.blobPlaces(of: [$0])) }
            }
        }
        target.lost = survey.lost
        return target
    }

    /// Two targets in one repository could put different images under one tag.
    private func refuseSharedRepositories(_ targets: [TransferSurvey.Target]) throws {
        var taken: Set<String> = []
        for target in targets {
            let repositories = Set(target.layout.repositories.map { "\(target.destination.store)/\($0)" })
            if let shared = repositories.intersection(taken).min() {
                throw MirrorPlanError(
                    .destinationCollision,
                    subject: shared,
                    message:
                        "two of the destinations would both store images in \(shared); name destinations that do not "
                        + "overlap"
                )
            }
            taken.formUnion(repositories)
        }
    }

    /// Delivers what targets lack, and reads it back.
    ///
    /// Cancellation stops all transfers; what was written stays and is found by the next run.
    ///
    /// - Parameters:
    ///   - survey: what the targets hold.
    ///   - held: for each target (or none) repositories that are known to hold a blob, besides what the survey has seen.
    /// - Returns: for each target the fate of every image.
    /// - Throws: `CancellationError`.
    package func carryOut(
        _ survey: TransferSurvey,
        held: [[Digest: RepositoryPath]] = []
    ) async throws -> [TransferResult] {
        let outcome = try await move(survey, held: held)
        observer.phaseBegan("Verifying")
        return try await mapConcurrently(Array(survey.targets.enumerated()), width: survey.targets.count) { item in
            try await verified(item.element, outcome[item.offset])
        }
    }

    private func verified(_ target: TransferSurvey.Target, _ moved: MoveOutcome) async throws -> TransferResult {
        let layout = target.layout
        let stored = target.lackingPositions.filter { moved.failures[$0] == nil }
        let survey = TargetSurvey(
            target: target.destination.target,
            width: options.limits.small,
            lost: moved.lost
        )
        let proofs = Set(stored.flatMap { layout.proofs(of: $0, withTags: target.withTags) })
        let answers = try await survey.answers(to: proofs)
        var failures = moved.failures
        for position in stored {
            failures[position] =
                layout.proofs(of: position, withTags: target.withTags)
                .compactMap { Self.failure(of: $0, answer: answers[$0], store: target.destination.store) }.first
        }
        var traffic = moved.traffic
        traffic.imagesPresent = target.present.count
        return TransferResult(
            images: layout.plan.images.indices.map {
                TransferResult.Image(image: layout.plan.images[$0], failure: failures[$0])
            },
            traffic: traffic,
            fatal: moved.lost.flatMap { $0.isFatal ? $0 : nil }
        )
    }

    /// What to do about wrong bytes: a registry keeps what it has under a digest, and takes no better ones.
    private static func advice(_ proof: PlanLayout.Proof) -> String {
        proof.reference == .digest(proof.digest)
            ? ": the registry holds wrong bytes under that digest; delete that manifest there, then run the same command again"
            : ""
    }

    private static func details(_ store: String, _ nextStep: String?) -> FailureDetails {
        FailureDetails(registry: store.isEmpty ? nil : store, nextStep: nextStep)
    }

    /// What an answer to a proof means; nil when it is proven.
    static func failure(
        of proof: PlanLayout.Proof,
        answer: TargetSurvey.Answer?,
        store: String = ""
    ) -> TransferFailure? {
        let name =
            (store.isEmpty ? "" : "\(store)/") + proof.repository.text
            + (proof.reference == .digest(proof.digest) ? "@" : ":") + "\(proof.reference)"
        switch answer {
        case .proven: return nil
        case .failed(let failure): return failure
        case .other(let digest):
            return TransferFailure(
                message: "\(name) reads back as \(digest) and must be \(proof.digest)" + advice(proof),
                isIntegrity: true,
                step: .verify,
                details: details(store, nil)
            )
        case .missing, nil:
            let step = "run the same command again, and see the registry's log if it stays so"
            return TransferFailure(
                message: "\(name) is not there: the registry does not give it back; \(step)",
                isIntegrity: true,
                step: .verify,
                details: details(store, step)
            )
        }
    }
}
