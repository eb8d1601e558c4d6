import ImageStorage
import MirrorPlan
import OCIModel

/// What moving did at one target.
struct MoveOutcome: Sendable {
    /// The images that failed, by position.
    var failures: [Int: TransferFailure] = [:]
    /// Why the target was given up; nil when it was not.
    var lost: TransferFailure?
    /// What moved.
    var traffic = MirrorReport.Traffic()
}

extension TransferEngine {
    private typealias Ended = (task: TransferTask, outcome: TransferOutcome)

    /// Moves what the targets lack.
    ///
    /// - Returns: what became of it, for each target.
    /// - Throws: `CancellationError`.
    func move(_ survey: TransferSurvey, held: [[Digest: RepositoryPath]]) async throws -> [MoveOutcome] {
        let work = TransferWork(
            sources: sources,
            targets: survey.targets.map(\.destination.target),
            stores: survey.targets.map(\.destination.store),
            library: library,
            plan: survey.plan,
            patience: options.patience,
            observer: observer
        )
        var scheduler = scheduler(for: survey, held: held)
        var unfinished = unfinished(survey)
        try await withThrowingTaskGroup(of: Ended?.self) { group in
            while true {
                while true {
                    let tasks = scheduler.next()
                    if tasks.isEmpty { break }
                    Self.start(tasks, work, in: &group)
                }
                guard let ended = try await group.next() else { break }
                guard let (task, outcome) = ended else { continue }
                scheduler.finish(task, outcome)
                guard case .done = outcome, !task.isBulk, scheduler.failure(of: task.place) == nil else { continue }
                for origin in unfinished.removeValue(forKey: task.place) ?? [] {
                    observer.imageEnded(origin, failure: nil)
                }
            }
        }
        for (place, origins) in unfinished {
            for origin in origins { observer.imageEnded(origin, failure: scheduler.failure(of: place)) }
        }
        return survey.targets.enumerated().map { number, target in
            var outcome = MoveOutcome(lost: scheduler.lost(number), traffic: work.traffic[number])
            for position in target.lackingPositions {
                outcome.failures[position] = scheduler.failure(of: target.layout.place(of: position, target: number))
            }
            return outcome
        }
    }

    /// Starts steps; several share one reading, which is a task beside them.
    private static func start(
        _ tasks: [TransferTask],
        _ work: TransferWork,
        in group: inout ThrowingTaskGroup<Ended?, any Error>
    ) {
        guard tasks.count > 1, let digest = tasks.first?.place.digest else {
            for task in tasks { group.addTask { (task, try await work.perform(task)) } }
            return
        }
        let reading = work.sharedReading(of: digest, consumers: tasks.count)
        group.addTask {
            try await WorkSubject.$current.withValue(work.subject(of: digest)) {
                try await reading.fanOut.serve(from: reading.source)
            }
            return nil
        }
        for (number, task) in tasks.enumerated() {
            group.addTask {
                defer { reading.fanOut.leave(number) }
                return (task, try await work.perform(task, sharing: (reading.fanOut, number)))
            }
        }
    }

    private func scheduler(for survey: TransferSurvey, held: [[Digest: RepositoryPath]]) -> TransferScheduler {
        var graph = TransferGraph()
        var numbers: [String: Int] = [:]
        var stores: [Int] = []
        for (number, target) in survey.targets.enumerated() {
            stores.append(numbers[target.destination.store, default: numbers.count])
            numbers[target.destination.store] = stores[number]
            target.layout.add(
                to: &graph,
                positions: target.lackingPositions,
                target: number,
                withTags: target.withTags,
                proven: target.proven,
                held: target.blobs
            )
        }
        tellWork(graph, survey)
        let seen = survey.targets.map(\.heldBlobs)
        return TransferScheduler(
            graph,
            limits: options.limits,
            order: options.order,
            stores: stores,
            held: seen.indices.map { held.indices.contains($0) ? seen[$0].merging(held[$0]) { $1 } : seen[$0] },
            lost: Dictionary(
                uniqueKeysWithValues: survey.targets.enumerated().compactMap { number, target in
                    target.lost.map { (number, $0) }
                }
            )
        )
    }

    /// Each blob counts once for each target that may lack it.
    private func tellWork(_ graph: TransferGraph, _ survey: TransferSurvey) {
        var digests = Array(repeating: Set<Digest>(), count: survey.targets.count)
        var bytes: Int64 = 0
        for place in graph.blobOrder where digests[place.target].insert(place.digest).inserted {
            let (sum, overflow) = bytes.addingReportingOverflow(graph.blobs[place]?.size ?? 0)
            if !overflow { bytes = sum }
        }
        observer.phaseBegan("Moving")
        observer.workKnown(
            images: survey.targets.reduce(0) { $0 + $1.lackingPositions.count },
            blobs: digests.reduce(0) { $0 + $1.count },
            bytes: bytes
        )
    }

    private func unfinished(_ survey: TransferSurvey) -> [ContentPlace: [ImageReference]] {
        var unfinished: [ContentPlace: [ImageReference]] = [:]
        for (number, target) in survey.targets.enumerated() {
            for position in target.lackingPositions {
                unfinished[target.layout.place(of: position, target: number), default: []]
                    .append(survey.plan.images[position].origin)
            }
        }
        return unfinished
    }
}
