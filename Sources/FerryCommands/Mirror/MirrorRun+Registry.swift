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
    /// Registry to registry.
    ///
    /// - Returns: the exit code.
    func toRegistry(_ target: TargetNamespace) async throws -> Int32 {
        guard let workspace = command.workspace else { throw FerryError("--workspace is needed") }
        let directory = WorkingDirectory(below: try MirrorMode.path(workspace))
        var run = try await command.input.plan(session, in: directory)
        try await LocalFiles.write(try run.plan.lockFile(), to: directory.lock)
        if command.dryRun { return try await dryRun(run, to: .registry(target), in: directory) }
        let draft = AuditDraft(.mirror, target: target)
        try draft.note(run.plan)
        return try await audited([draft], in: directory) {
            try await push(
                &run,
                from: session.cachedSources(in: directory, keeps: false),
                to: target,
                order: .largestFirst,
                in: directory
            )
        }
    }

    /// Media to registry.
    ///
    /// - Returns: the exit code.
    func fromDisk(_ folders: [String], to target: TargetNamespace) async throws -> Int32 {
        let directory = try importDirectory(folders)
        let draft = AuditDraft(.import, target: target)
        var set = try await auditedOnFailure([draft], in: directory) {
            try await OpenedSet.open(folders, signedBy: verificationKeys, logger: session.logger)
        }
        // Without a configuration or lock file the set itself says what to import; with one, a part of it.
        var run =
            command.input.isGiven
            ? try await command.input.plan(session, reading: set)
            : PlannedRun(plan: command.input.withoutAttachmentsIfAsked(set.plan), configuration: nil)
        try await LocalFiles.write(try run.plan.lockFile(), to: directory.lock)
        if command.dryRun { return try await dryRun(run, to: .registry(target), in: directory) }
        draft.note(set: set.reader.manifestDigest, sequence: set.reader.manifest.sequence)
        try draft.note(run.plan)
        return try await audited([draft], in: directory) {
            let held = try await lookForRequired(&set, run.plan, at: target, in: directory)
            let code = try await push(&run, from: set, to: target, order: .asAdded, held: held, in: directory)
            guard code == 0 else { return code }
            try await ImportReceipt(directory: directory, target: target, logger: session.logger)
                .write(for: set, imported: run.plan)
            return code
        }
    }

    /// Where an import leaves its files: the workspace, a writable medium, or the current folder.
    private func importDirectory(_ folders: [String]) throws -> WorkingDirectory {
        if let workspace = command.workspace { return WorkingDirectory(below: try MirrorMode.path(workspace)) }
        if let writable = WorkingDirectory.writable(among: folders) { return writable }
        let directory = WorkingDirectory(below: FileManager.default.currentDirectoryPath)
        session.logger.notice("the medium is read-only: report and cluster resources go to \(directory.path)")
        return directory
    }

    /// Makes sure that the target holds what the set leaves out; otherwise says what lacks, and nothing is sent.
    ///
    /// - Returns: the repositories of the target that hold it.
    private func lookForRequired(
        _ set: inout OpenedSet,
        _ plan: MirrorPlan,
        at target: TargetNamespace,
        in directory: WorkingDirectory
    ) async throws -> [Digest: RepositoryPath] {
        let required = set.library.required
        guard !required.isEmpty else { return [:] }
        let registry = session.targets.client(for: target.registry)
        try await registry.ping()
        session.progress.report(.phaseStarted(title: "Looking for what earlier sets carried"))
        defer { session.progress.report(.phaseEnded) }
        let answer = try await RequiredContent(target: registry, required: required, width: limits.small)
            .look(plan) { try target.repository(for: $0) }
        guard answer.missing.isEmpty else {
            let request = RepairRequest(set: "\(set.reader.set)", target: "\(target)", missing: answer.missing)
            try await LocalFiles.write(Array(try JSONOutput.text(request).utf8), to: directory.missing)
            let inventories = set.reader.manifest.inventories
            let bytes = ByteSize.text(request.missing.reduce(0) { $0 + $1.size })
            throw FerryError(
                "nothing was sent: \(request.missing.count) blobs (\(bytes)) are neither on the media nor at "
                    + "docker://\(target); \(request.promise(inventories)). "
                    + request.advice(inventories, writtenTo: directory.missing)
            )
        }
        set.library.target = (store: registry, places: answer.places)
        return answer.places
    }

    private func push(
        _ run: inout PlannedRun,
        from sources: any ImageSourceProvider,
        to target: TargetNamespace,
        order: TransferScheduler.Order,
        held: [Digest: RepositoryPath] = [:],
        in directory: WorkingDirectory
    ) async throws -> Int32 {
        guard !run.plan.images.isEmpty || !run.failures.isEmpty else {
            throw FerryError("blockedImages takes out every image: there is nothing to mirror")
        }
        let registry = session.targets.client(for: target.registry)
        try await registry.ping()
        let engine = engine(from: sources, to: registry, library: run.library, order: order)
        let result = try await engine.run(run.plan, held: held) { try target.repository(for: $0) }
        var builder = ReportBuilder()
        builder.add(run.failures)
        builder.add(blocked: run.blocked)
        try builder.add(result.images) { image in
            let repository = "\(target.registry)/\(try target.repository(for: image.destination))"
            return repository + (image.tags.first.map { ":\($0)" } ?? "@\(image.digest)")
        }
        let report = builder.report(
            wanted: run.wantedImages,
            traffic: result.traffic,
            withoutAttachments: run.withoutAttachments
        )
        // The report first: what was done stays told, even when the resources cannot be written.
        let code = try await conclude(report, in: directory, done: "everything is at docker://\(target)")
        try await ClusterResourceStep(directory: directory, target: target, logger: session.logger)
            .write(result.images.filter { $0.failure == nil }.map(\.image))
        return code
    }
}
