package import ImageStorage
package import MirrorPlan
package import OCIModel

/// Carries out a plan between any source and any target.
///
/// First the target is asked what it holds; what lacks is moved by a ``TransferScheduler``; at the end everything
/// that was written is read back. A failure of one image does not stop the others.
package struct TransferEngine: Sendable {
    /// How to carry out a plan.
    package struct Options: Sendable {
        /// How many blobs and how many small requests run at the same time.
        package var limits: TransferScheduler.Limits
        /// Which blobs are moved first.
        package var order: TransferScheduler.Order

        /// Sets all options.
        package init(
            limits: TransferScheduler.Limits = .init(bulk: 8, small: 12),
            order: TransferScheduler.Order = .largestFirst
        ) {
            self.limits = limits
            self.order = order
        }
    }

    private let sources: any ImageSourceProvider
    private let target: any ImageTarget
    private let library: ManifestLibrary
    private let options: Options
    private let observer: any TransferObserver

    /// Makes an engine between a source and a target.
    ///
    /// - Parameters:
    ///   - sources: where to read.
    ///   - target: where to write.
    ///   - library: manifests that were read when planning; others are read again by digest.
    ///   - options: how.
    ///   - observer: is told what happens.
    package init(
        sources: any ImageSourceProvider,
        target: any ImageTarget,
        library: ManifestLibrary,
        options: Options,
        observer: any TransferObserver
    ) {
        self.sources = sources
        self.target = target
        self.library = library
        self.options = options
        self.observer = observer
    }

    /// Carries out a plan.
    ///
    /// Cancellation stops all transfers; what was written stays and is found by the next run.
    ///
    /// - Parameters:
    ///   - plan: what to deliver.
    ///   - held: repositories of the target that are known to hold a blob.
    ///   - repository: the repository at the target of a planned destination.
    /// - Returns: the fate of every image.
    /// - Throws: `CancellationError`; `MirrorPlanError` when destinations collide or cannot be formed.
    package func run(
        _ plan: MirrorPlan,
        held: [Digest: RepositoryPath] = [:],
        repository: (RepositoryPath) throws -> RepositoryPath
    ) async throws -> TransferResult {
        try CollisionCheck.check(plan.images, repository: repository)
        let layout = try PlanLayout(plan, sharesBlobs: target.sharesBlobs, repository: repository)
        let withTags = !target.sharesBlobs
        let survey = TargetSurvey(target: target, width: options.limits.small)
        let positions = Array(plan.images.indices)

        var present: Set<Int> = []
        if withTags {
            observer.phaseBegan("Looking at what the target holds")
            let answers = try await survey.answers(to: Set(positions.flatMap { layout.proofs(of: $0, withTags: true) }))
            present = Set(
                positions.filter { layout.proofs(of: $0, withTags: true).allSatisfy { answers[$0] == .proven } }
            )
        }
        let missing = positions.filter { !present.contains($0) }

        let work = TransferWork(sources: sources, target: target, library: library, layout: layout, observer: observer)
        let outcome = try await move(missing, layout: layout, withTags: withTags, held: held, work: work)

        observer.phaseBegan("Verifying")
        let stored = missing.filter { outcome.failures[$0] == nil }
        let proofs = Set(stored.flatMap { layout.proofs(of: $0, withTags: withTags) })
        let answers = try await survey.answers(to: proofs)
        var failures = outcome.failures
        for position in stored {
            failures[position] =
                layout.proofs(of: position, withTags: withTags)
                .compactMap { Self.failure(of: $0, answer: answers[$0]) }.first
        }
        var traffic = work.traffic
        traffic.imagesPresent = present.count
        return TransferResult(
            images: positions.map { TransferResult.Image(image: plan.images[$0], failure: failures[$0]) },
            traffic: traffic,
            fatal: outcome.fatal
        )
    }

    private struct MoveOutcome {
        var failures: [Int: TransferFailure] = [:]
        var fatal: TransferFailure?
    }

    private func move(
        _ positions: [Int],
        layout: PlanLayout,
        withTags: Bool,
        held: [Digest: RepositoryPath],
        work: TransferWork
    ) async throws -> MoveOutcome {
        let graph = layout.graph(of: positions, withTags: withTags)
        let distinct = Set(graph.blobOrder.map(\.digest))
        observer.phaseBegan("Moving")
        observer.workKnown(
            images: positions.count,
            blobs: distinct.count,
            bytes: distinct.reduce(0) { $0 + (layout.index.blobs[$1]?.size ?? 0) }
        )
        var scheduler = TransferScheduler(graph, limits: options.limits, order: options.order, held: held)
        var fatal: TransferFailure?
        var unfinished = Dictionary(grouping: positions) {
            ContentPlace(layout.repositories[$0], layout.plan.images[$0].digest)
        }
        try await withThrowingTaskGroup(of: (TransferTask, TransferOutcome).self) { group in
            while true {
                while let task = scheduler.next() {
                    group.addTask { (task, try await work.perform(task)) }
                }
                guard let (task, outcome) = try await group.next() else { break }
                if case .failed(let failure, _) = outcome, failure.isFatal { fatal = fatal ?? failure }
                scheduler.finish(task, outcome)
                if case .done = outcome, !task.isBulk, scheduler.failure(of: task.place) == nil {
                    for position in unfinished.removeValue(forKey: task.place) ?? [] {
                        observer.imageEnded(layout.plan.images[position].origin, failure: nil)
                    }
                }
            }
        }
        var outcome = MoveOutcome(fatal: fatal)
        for position in positions {
            let place = ContentPlace(layout.repositories[position], layout.plan.images[position].digest)
            guard let failure = scheduler.failure(of: place) else { continue }
            outcome.failures[position] = failure
            observer.imageEnded(layout.plan.images[position].origin, failure: failure)
        }
        return outcome
    }

    /// What an answer to a proof means; nil when it is proven.
    static func failure(of proof: PlanLayout.Proof, answer: TargetSurvey.Answer?) -> TransferFailure? {
        let name = proof.repository.text + (proof.reference == .digest(proof.digest) ? "@" : ":") + "\(proof.reference)"
        switch answer {
        case .proven: return nil
        case .failed(let failure): return failure
        case .other(let digest):
            return TransferFailure(
                message: "\(name) reads back as \(digest) and must be \(proof.digest)",
                isIntegrity: true
            )
        case .missing, nil:
            return TransferFailure(message: "\(name) is not there", isIntegrity: true)
        }
    }
}
