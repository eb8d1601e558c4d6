import DispatchLanes
import ImageStorage
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import RegistryClient
import TerminalProgress
import TransferEngine

/// The targets of a run, looked at before anything is sent.
struct SurveyedTargets: Sendable {
    /// The targets that are delivered to.
    var targets: [MirrorTarget] = []
    /// What they hold, in the same order.
    var survey: TransferSurvey
    /// Repositories of each that hold what a media set leaves out.
    var held: [[Digest: RepositoryPath]] = []
    /// The targets that nothing is sent to, with the reason.
    var stopped: [(target: MirrorTarget, reason: any Error)] = []
}

extension MirrorRun {
    /// Asks all targets what they hold, and whether they hold what a media set leaves out.
    ///
    /// - Parameters:
    ///   - run: what is to be delivered.
    ///   - set: the media set that it comes from; nil when it comes from registries.
    ///   - targets: who is asked.
    ///   - directory: where uploads are written down: one place for each registry, whatever the targets of a run are.
    /// - Returns: what was found; a target that does not answer, or lacks something, is among the stopped.
    /// - Throws: `CancellationError`; `MirrorPlanError` when destinations collide.
    func surveyed(
        _ run: PlannedRun,
        of set: OpenedSet?,
        at targets: [MirrorTarget],
        in directory: WorkingDirectory
    ) async throws -> SurveyedTargets {
        var result = SurveyedTargets(survey: TransferSurvey(plan: run.plan, targets: []))
        let failures = try await mapConcurrently(targets, width: targets.count) { target -> (any Error)? in
            do {
                try await target.registry.ping()
                return nil
            } catch {
                try Task.checkCancellation()
                return error
            }
        }
        var open: [MirrorTarget] = []
        for (target, failure) in zip(targets, failures) {
            if let failure { result.stopped.append((target, failure)) } else { open.append(target) }
        }
        guard !open.isEmpty else { return result }
        // The source is not asked yet.
        let engine = engine(from: session.sources, library: run.library, order: .asAdded)
        var destinations: [TransferDestination] = []
        for target in open {
            var destination = target.destination
            destination.checksBlobs = try await asksForBlobs(run, of: set, at: target)
            destinations.append(destination)
        }
        let survey = try await engine.survey(run.plan, at: destinations)
        let memory = await HostsFile.open(at: directory.hosts, logger: session.logger)
        for (target, found) in zip(open, survey.targets) {
            do {
                result.held.append(try await lookForRequired(set, run.plan, at: target, found))
                await target.registry.keepUploads(in: directory, logger: session.logger)
                await target.registry.remember(in: memory)
                result.targets.append(target)
                result.survey.targets.append(found)
            } catch {
                try Task.checkCancellation()
                result.stopped.append((target, error))
            }
        }
        return result
    }

    /// Whether a target is asked for the blobs of images that it has: when the flag says so, and when a receipt will be
    /// written that there is not yet, which has to be true of every blob.
    private func asksForBlobs(_ run: PlannedRun, of set: OpenedSet?, at target: MirrorTarget) async throws -> Bool {
        if command.checkBlobs { return true }
        guard let set else { return false }
        return try await ImportReceipt(directory: target.directory, target: target.namespace, logger: session.logger)
            .isOwed(for: set, importing: run.fullPlan)
    }

    /// Makes sure that a target holds what the set leaves out; otherwise says what lacks.
    ///
    /// - Returns: the repositories of the target that hold it.
    private func lookForRequired(
        _ set: OpenedSet?,
        _ plan: MirrorPlan,
        at target: MirrorTarget,
        _ found: TransferSurvey.Target
    ) async throws -> [Digest: RepositoryPath] {
        let lacking = found.lacking
        // A list of an earlier try would ask for a repair that nobody needs any more.
        if set != nil { try await LocalFiles.remove(target.directory.missing) }
        guard let set, !lacking.isEmpty, !set.library.required.isEmpty else { return [:] }
        session.progress.report(.phaseStarted(title: "Looking for what earlier sets carried"))
        defer { session.progress.report(.phaseEnded) }
        let content = RequiredContent(
            target: target.registry,
            required: set.library.required,
            width: limits.small
        )
        let answer = try await content.look(plan, lacking: lacking, known: found.heldBlobs) {
            try target.namespace.repository(for: $0)
        }
        guard answer.missing.isEmpty else {
            let request = RepairRequest(
                set: "\(set.reader.set)",
                target: "\(target.namespace)",
                missing: answer.missing
            )
            let path = target.directory.missing
            try await LocalFiles.write(Array(try JSONOutput.text(request).utf8), to: path)
            let inventories = set.reader.manifest.inventories
            let bytes = ByteSize.text(request.missing.reduce(0) { $0 + $1.size })
            throw FerryError(
                "nothing was sent: \(request.missing.count) blobs (\(bytes)) are neither on the media nor at "
                    + "docker://\(target.namespace); \(request.promise(inventories)). "
                    + request.advice(inventories, writtenTo: path)
            )
        }
        return answer.places
    }
}
