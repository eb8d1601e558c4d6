import ClusterResources
import Foundation
import ImageStorage
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import RegistryClient
import TerminalProgress
import TransferEngine

extension MirrorRun {
    /// Registry to registries.
    ///
    /// - Returns: the exit code.
    func toRegistry(_ namespaces: [TargetNamespace]) async throws -> Int32 {
        guard let workspace = command.workspace else { throw FerryError("--workspace is needed") }
        let directory = WorkingDirectory(below: try MirrorMode.path(workspace))
        if !command.retryFailed { try command.input.check() }
        // Held until the run is over, whatever way that is.
        let lock = try await directory.lockFolder()
        defer { withExtendedLifetime(lock) {} }
        await session.reporting.log.keep(in: directory)
        let targets = try self.targets(namespaces, in: directory)
        let places = targets.map { FailurePlace($0, of: nil) }
        guard let run = try await command.retryFailed ? retried(places, in: directory) : plan(in: directory) else {
            return 0
        }
        try await keepPlan(run.fullPlan, in: directory)
        if command.dryRun { return try await dryRun(run, to: targets, in: directory) }
        let drafts = namespaces.map { AuditDraft(.mirror, target: $0) }
        return try await audited(drafts, in: directory) {
            for draft in drafts { try draft.note(run.plan) }
            try await beginFailures(run, at: places, in: directory)
            if !command.retryFailed { try await remember(run, in: directory) }
            // A run that came to its end is over, whatever failed: the next one is to see where tags are then.
            do {
                let code = try await push(run, of: nil, to: targets, in: directory)
                try await UnfinishedRun.forget(in: directory)
                if code == 0 { await pruneGenerated(keeping: run.fullPlan, in: directory) }
                return code
            } catch {
                // The first error is the one to tell.
                if !Task.isCancelled { try? await UnfinishedRun.forget(in: directory) }
                throw error
            }
        }
    }

    /// Media to registries.
    ///
    /// - Returns: the exit code.
    func fromDisk(_ folders: [String], to namespaces: [TargetNamespace]) async throws -> Int32 {
        guard TerminalInput.isInteractive else { return try await importSet(folders, to: namespaces, requester: nil) }
        let prompt = VolumePrompt(progress: session.progress)
        return try await prompt.untilDeclined { try await importSet(folders, to: namespaces, requester: prompt) }
    }

    private func importSet(
        _ folders: [String],
        to namespaces: [TargetNamespace],
        requester: (any VolumeRequester)?
    ) async throws -> Int32 {
        let drafts = namespaces.map { AuditDraft(.import, target: $0) }
        let set: OpenedSet
        do {
            set = try await session.progress.waiting(for: "the media") {
                try await OpenedSet.open(
                    folders,
                    selection: try command.setSelection(),
                    signedBy: verificationKeys,
                    requester: requester,
                    logger: session.logger
                )
            }
        } catch {
            // Where there is no set at all, nothing was refused.
            guard FerryProgram.exitCode(for: error) & 32 != 0 else { throw error }
            return try await auditedOnFailure(drafts, in: try importDirectory(folders)) { throw error }
        }
        let directory = try importDirectory(set.reader.isOneAtATime ? [] : folders)
        // Held until the run is over, whatever way that is.
        let lock = try await directory.lockFolder()
        defer { withExtendedLifetime(lock) {} }
        await session.reporting.log.keep(in: directory)
        // Without a configuration or lock file the set itself says what to import; with one, a part of it.
        let targets = try self.targets(namespaces, in: directory)
        let places = targets.map { FailurePlace($0, of: set) }
        let planned = try await command.retryFailed ? retried(places, in: directory, from: set) : importedPlan(of: set)
        guard let run = planned else { return 0 }
        try await keepPlan(run.fullPlan, in: directory)
        if command.dryRun { return try await dryRun(run, to: targets, in: directory) }
        return try await audited(drafts, in: directory) {
            for draft in drafts {
                draft.note(set: set.reader.manifestDigest, sequence: set.reader.manifest.sequence)
                try draft.note(run.plan)
            }
            try await beginFailures(run, at: places, in: directory)
            return try await push(run, of: set, to: targets, in: directory)
        }
    }

    /// What of a set is imported; the signatures of its releases are checked again, by what came with it.
    private func importedPlan(of set: OpenedSet) async throws -> PlannedRun {
        if command.input.isGiven { return try await command.input.plan(session, from: set) }
        let notices = try await ReleaseKnowledge.check(set.plan, command.input.trust, logger: session.logger)
        return PlannedRun(
            plan: command.input.withoutAttachmentsIfAsked(set.plan),
            notices: notices,
            configuration: nil
        )
    }

    /// Where an import leaves its files: the workspace, a writable medium of some, or the current folder.
    private func importDirectory(_ folders: [String]) throws -> WorkingDirectory {
        if let workspace = command.workspace { return WorkingDirectory(below: try MirrorMode.path(workspace)) }
        if let writable = WorkingDirectory.writable(among: folders) { return writable }
        let directory = WorkingDirectory(below: FileManager.default.currentDirectoryPath)
        let reason = folders.isEmpty ? "media are changed" : "the medium is read-only"
        session.logger.notice("\(reason): report and cluster resources go to \(directory.path)")
        return directory
    }

    /// The targets with their folders: a single one has the working directory to itself.
    private func targets(_ namespaces: [TargetNamespace], in directory: WorkingDirectory) throws -> [MirrorTarget] {
        try namespaces.map { namespace in
            MirrorTarget(
                namespace: namespace,
                directory: namespaces.count == 1 ? directory : try directory.folder(of: namespace),
                registry: session.targets.client(for: namespace.registry)
            )
        }
    }

    /// Delivers a plan to all targets, each blob in one reading.
    ///
    /// - Parameters:
    ///   - run: what is delivered.
    ///   - set: the media set that it comes from; nil when it comes from registries.
    ///   - targets: where to; with a single one its failure to begin is thrown.
    ///   - directory: where planning has kept small blobs, and where uploads are written down.
    /// - Returns: the bits of the exit codes of all targets.
    /// - Throws: `CancellationError`; `MirrorPlanError` when destinations collide; with a single target why it could not begin.
    private func push(
        _ run: PlannedRun,
        of set: OpenedSet?,
        to targets: [MirrorTarget],
        in directory: WorkingDirectory
    ) async throws -> Int32 {
        guard !run.plan.images.isEmpty || !run.failures.isEmpty else {
            throw FerryError("blockedImages takes out every image: there is nothing to mirror")
        }
        let begun = try await surveyed(run, of: set, at: targets, in: directory)
        var source = set
        if !begun.held.allSatisfy(\.isEmpty) {
            let content = HeldContent(
                holders: zip(begun.targets, begun.held).map { (store: $0.registry, places: $1) }
            )
            source?.library.target = (store: content, places: content.places)
        }
        var results: [TransferResult] = []
        if !begun.targets.isEmpty {
            let sources: any ImageSourceProvider = source ?? session.cachedSources(in: directory, keeps: false)
            let engine = engine(from: sources, library: run.library, order: set == nil ? .largestFirst : .asAdded)
            results = try await engine.carryOut(begun.survey, held: begun.held)
        }
        var code: Int32 = 0
        for (index, (target, result)) in zip(begun.targets, results).enumerated() {
            let unseen = begun.survey.targets[index].unseenImages
            do {
                code |= try await AuditDraft.about(target.namespace) {
                    try await conclude(run, result, unseen: unseen, of: set, at: target, among: targets.count)
                }
            } catch {
                try Task.checkCancellation()
                guard targets.count > 1 else { throw error }
                session.logger.error("docker://\(target.namespace): \(error)")
                code |= FerryProgram.exitCode(for: error)
            }
        }
        for (target, error) in begun.stopped {
            guard targets.count > 1 else {
                await reportStopped(run, error, of: set, at: target)
                throw error
            }
            code |= try await AuditDraft.about(target.namespace) {
                AuditDraft.current?.end(error)
                session.logger.error("docker://\(target.namespace): \(error)")
                await reportStopped(run, error, of: set, at: target)
                return FerryProgram.exitCode(for: error)
            }
        }
        return code
    }

    /// Ends the delivery to one target: report, resources, receipt.
    private func conclude(
        _ run: PlannedRun,
        _ result: TransferResult,
        unseen: Int,
        of set: OpenedSet?,
        at target: MirrorTarget,
        among count: Int
    ) async throws -> Int32 {
        let earlier = run.earlierImages.map { TransferResult.Image(image: $0, failure: nil) }
        let builder = try reportBuilder(run, result.images + earlier, at: target)
        // The report first: what was done stays told, even when the resources cannot be written.
        let code = try await conclude(
            builder.report(wanted: run.wantedImages, traffic: result.traffic, of: run),
            failureList(run, at: FailurePlace(target, of: set)).ended(with: builder.failed),
            in: target.directory,
            at: count > 1 ? target.namespace : nil,
            done: "everything is at docker://\(target.namespace)"
                + (unseen == 0
                    ? ""
                    : " (of \(unseen) images that were there already the manifests were read, and their blobs not asked for; "
                        + "--check-blobs does that)")
        )
        let step = ClusterResourceStep(
            directory: target.directory,
            target: target.namespace,
            logger: session.logger
        )
        let images = (result.images + earlier).filter { $0.failure == nil }.map(\.image)
        try await step.write(images, run.fullPlan.releases)
        if let set, code == 0 {
            try await ImportReceipt(directory: target.directory, target: target.namespace, logger: session.logger)
                .write(for: set, imported: run.fullPlan)
        }
        try await applying?.apply(step.signatures(images, run.fullPlan.releases).perDigest)
        return code
    }

    /// Writes the report of the delivery to a target that could not begin; the error is told elsewhere.
    private func reportStopped(
        _ run: PlannedRun,
        _ error: any Error,
        of set: OpenedSet?,
        at target: MirrorTarget
    ) async {
        let failure = TransferFailure(of: error)
        let images =
            run.plan.images.map { TransferResult.Image(image: $0, failure: failure) }
            + run.earlierImages.map { TransferResult.Image(image: $0, failure: nil) }
        do {
            let builder = try reportBuilder(run, images, at: target)
            let report = builder.report(wanted: run.wantedImages, traffic: .init(), of: run)
            AuditDraft.current?.note(report)
            session.reporting.note(report)
            try await LocalFiles.write(try report.file(), to: target.directory.report)
            let list = try failureList(run, at: FailurePlace(target, of: set)).ended(with: builder.failed)
            try await list.write(in: target.directory)
        } catch {
            session.logger.error("\(error)")
        }
    }

    private func reportBuilder(
        _ run: PlannedRun,
        _ images: [TransferResult.Image],
        at target: MirrorTarget
    ) throws -> ReportBuilder {
        var builder = ReportBuilder()
        builder.add(run.failures)
        builder.add(blocked: run.blocked)
        try builder.add(images) { try target.place(of: $0) }
        return builder
    }
}
