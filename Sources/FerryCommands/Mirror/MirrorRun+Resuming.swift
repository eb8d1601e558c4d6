import ImageSetConfig
import Logging
import MirrorPlan
import OCIModel
import OpenSSLCrypto

extension MirrorRun {
    /// What is to be done: the lock file of a run that was not finished when this one asks for the same, else a new plan.
    ///
    /// - Parameter directory: where runs leave what they know.
    /// - Returns: the plan.
    /// - Throws: as `PlanInputOptions.plan`.
    func plan(in directory: WorkingDirectory) async throws -> PlannedRun {
        guard let path = command.input.config, command.input.lock == nil, !command.planAnew,
            let (unfinished, plan) = await UnfinishedRun.find(in: directory, logger: session.logger)
        else {
            let run = try await command.input.plan(session, in: directory)
            if command.input.lock != nil { try await GeneratedContent(in: directory).check(run.plan) }
            return run
        }
        let bytes = try ConfigurationFile.read(path, maximum: ImageSetConfiguration.maximumFileBytes)
        let isWanted = unfinished.conditions == conditions(try ContentHasher.digest(of: bytes))
        var change =
            isWanted
            ? "the graph image that the run before was to mirror is no longer in the working directory"
            : "the configuration or an option of planning changed since the run that was not finished"
        if isWanted, try await GeneratedContent(in: directory).holds(plan) {
            do {
                return try await continued(unfinished, plan, configuration: path)
            } catch let error as FerryError where error.exitCode & 32 != 0 {
                // Keys, stores or what is asked of signatures may be others now: only a new look at them can tell.
                change = "the lock file of the run that was not finished is refused (\(error.message))"
            }
        }
        let run = try await command.input.plan(session, in: directory)
        tellChange(from: plan, to: run.plan, because: change)
        return run
    }

    /// Takes up a run that was not finished.
    ///
    /// - Throws: `FerryError` with the bit of integrity when its releases are refused.
    private func continued(
        _ unfinished: UnfinishedRun,
        _ plan: MirrorPlan,
        configuration path: String
    ) async throws -> PlannedRun {
        let notices = try await ReleaseKnowledge.check(plan, command.input.trust, logger: session.logger)
        let configuration = try ConfigurationFile.load(path, logger: session.logger)
        session.logger.notice(
            """
            the run before was not finished: its lock file is carried out, tags are not resolved again (--plan-anew \
            does that)
            """
        )
        return PlannedRun(continuing: unfinished, plan: plan, notices: notices, configuration: configuration)
    }

    /// Remembers what is about to be done, so that a run that is broken off can be continued.
    ///
    /// Nothing is remembered when a lock file was given, which says the same, or when images could not be planned: they
    /// are not in the lock file, and would be forgotten.
    ///
    /// - Throws: `FerryError` when the file cannot be written.
    func remember(_ run: PlannedRun, in directory: WorkingDirectory) async throws {
        guard command.input.lock == nil, run.failures.isEmpty, run.configuration != nil else {
            return try await UnfinishedRun.forget(in: directory)
        }
        let conditions = conditions(run.plan.configDigest)
        try await UnfinishedRun(run, conditions: conditions).remember(in: directory)
    }

    private func conditions(_ configDigest: Digest?) -> UnfinishedRun.Conditions {
        UnfinishedRun.Conditions(
            configDigest: configDigest,
            removesSignatures: command.input.removeSignatures,
            includesConditional: command.input.includesConditional,
            checksReleases: !command.input.trust.ignoreReleaseSignature,
            graphData: command.input.graph.graphData,
            graphBaseImage: command.input.graph.graphBaseImage
        )
    }

    /// Says how a plan differs from that of the run that was not finished.
    private func tellChange(from old: MirrorPlan, to new: MirrorPlan, because change: String) {
        let difference = PlanDifference(from: old, to: new)
        let changes =
            difference.added.map { "new: \($0.origin)" + ($0.tag.map { ":\($0)" } ?? "") }
            + difference.changed.map { "changed: \($0.image.origin)" + ($0.image.tag.map { ":\($0)" } ?? "") }
            + difference.removed.map { "no longer wanted: \($0.origin)" + ($0.tag.map { ":\($0)" } ?? "") }
        let shown = changes.prefix(10).joined(separator: ", ")
        let more = changes.count > 10 ? " and \(changes.count - 10) more" : ""
        session.logger.notice(
            """
            \(PrintableText.of(change)), so all is planned anew; \
            \(changes.isEmpty ? "the images are the same" : PrintableText.of(shown + more))
            """
        )
    }
}
