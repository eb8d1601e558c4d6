import Foundation
import ImageStorage
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import TerminalProgress
import TransferEngine

extension MirrorRun {
    /// Registry to media.
    ///
    /// - Returns: the exit code.
    func toDisk(_ folder: String) async throws -> Int32 {
        let directory = WorkingDirectory(below: folder)
        if !command.retryFailed { try command.input.check() }
        // Held until the run is over, whatever way that is.
        let lock = try await directory.lockFolder()
        defer { withExtendedLifetime(lock) {} }
        await session.reporting.log.keep(in: directory)
        let place = FailurePlace(mediaFor: command.destinationName, in: directory)
        guard var run = try await command.retryFailed ? retried([place], in: directory) : plan(in: directory) else {
            return 0
        }
        if run.failures.isEmpty || command.continueOnError || command.retryFailed {
            try await keepPlan(run.plan, in: directory)
        }
        if command.dryRun { return try await dryRun(run, to: folder, in: directory) }
        let draft = AuditDraft(command.repair == nil ? .build : .repair, destination: command.destinationName)
        return try await audited([draft], in: directory) {
            try draft.note(run.plan)
            try await beginFailures(run, at: [place], in: directory)
            guard run.failures.isEmpty || command.continueOnError, !run.plan.images.isEmpty else {
                return try await refuseHalfSet(run, images: [], failureList(run, at: place), in: directory)
            }
            if !command.retryFailed { try await remember(run, in: directory) }
            let planned = run.plan
            let code = try await writeSet(&run, folder: folder, holding: lock, in: directory)
            if code == 0 { await pruneGenerated(keeping: planned, in: directory) }
            return code
        }
    }

    /// Writes the set; images that fail on the way end it, or are left out of a second one.
    private func writeSet(
        _ run: inout PlannedRun,
        folder: String,
        holding lock: FolderLock,
        in directory: WorkingDirectory
    ) async throws -> Int32 {
        let wanted = run.wantedImages
        let failures = try failureList(run, at: FailurePlace(mediaFor: command.destinationName, in: directory))
        var failed: [TransferResult.Image] = []
        var traffic = MirrorReport.Traffic()
        var earlier: MediaSetWriter?
        var attempts = try await attempts(in: folder)
        var left: Int64 = 0
        let selection = try BaseSelection(kind: command.base, since: command.since)
        let repair = try command.repair.map { try RepairRequest(path: $0) }
        while true {
            session.progress.report(.phaseStarted(title: "Looking at what the folder holds"))
            let builder = try await MediaSetBuilder(
                run: run,
                folder: folder,
                destinationName: command.destinationName,
                volumeSize: volumeSize,
                selection: selection,
                repair: repair
            )
            let layout = try builder.layout()
            if repair == nil, let twin = builder.twin, earlier == nil, !Self.isAtHand(layout, twin: twin, in: folder) {
                await clean(attempts, after: twin.sequence, leaving: 0)
                return try await concludeNothingNew(run, since: twin, failures, in: directory)
            }
            AuditDraft.current?.note(set: layout.manifestDigest, sequence: layout.content.sequence)
            // The folder belongs to one writer at a time; what the earlier one has written can still be read from it.
            earlier?.close()
            if let earlier {
                try await note([earlier.layout.set, layout.set], in: &attempts)
                left += earlier.bytesWithoutPlace(in: layout)
            }
            let writer = try await MediaSetWriter.open(layout, folder: folder, lock: lock)
            defer { writer.close() }
            tellStrangers(of: writer, but: attempts)
            let sources = EarlierSet(writer: earlier, upstream: session.cachedSources(in: directory, keeps: false))
            let engine = engine(from: sources, library: run.library, order: .largeBeforeAdded)
            let result = try await engine.run(run.plan, to: TransferDestination(writer))
            traffic = traffic + result.traffic
            let lost = result.images.filter { $0.failure != nil }
            if lost.isEmpty {
                let finished = try await finish(writer, attempts, leaving: left, in: directory)
                let builder = reportBuilder(run, images: result.images + failed, set: "\(finished.set)")
                let count = finished.volumes.count
                let volumes =
                    "\(count) volume\(count == 1 ? "" : "s"), \(ByteSize.text(finished.totalSize)) in \(folder)"
                return try await conclude(
                    builder.report(wanted: wanted, traffic: traffic, of: run),
                    failures.ended(with: builder.failed),
                    in: directory,
                    done: writer.wasFinished
                        ? "nothing is new: media set \(finished.set) is there already, \(volumes)"
                        : "media set \(finished.set): \(volumes)"
                )
            }
            if let fatal = result.fatal {
                do {
                    try await reportUndelivered(run, images: result.images + failed, failures, in: directory)
                } catch {
                    // On a full disk the report has no room either, and the reason matters more.
                    session.logger.warning("\(error)")
                }
                throw FerryError("\(fatal.message); what is written stays, the same command continues")
            }
            guard command.continueOnError else {
                return try await refuseHalfSet(run, images: result.images, failures, in: directory)
            }
            let gone = Set(lost.map { $0.image })
            run.plan = run.plan.dropping { gone.contains($0) }
            // More goes than has failed: what is attached to a part of a failed list.
            let kept = Set(run.plan.images)
            failed += result.images.filter { !kept.contains($0.image) }
                .map { $0.failing("what it is attached to failed") }
            guard !run.plan.images.isEmpty else {
                return try await refuseHalfSet(run, images: failed, failures, in: directory)
            }
            session.logger.warning(
                "\(lost.count) image\(lost.count == 1 ? "" : "s") failed; the set is made without what failed"
            )
            earlier = writer
        }
    }

    /// Closes the volumes of a set that has everything, and removes what it took the place of.
    ///
    /// - Throws: what finishing the set throws; `FerryError` when a file cannot be removed.
    private func finish(
        _ writer: MediaSetWriter,
        _ attempts: SetAttempts,
        leaving left: Int64,
        in directory: WorkingDirectory
    ) async throws -> FinishedSet {
        session.progress.report(.phaseStarted(title: "Closing the volumes"))
        let finished = try await writer.finish(destination: command.destinationName, signingWith: signingKey)
        await clean(attempts, after: writer.layout.content.sequence, leaving: left)
        try await UnfinishedRun.forget(in: directory)
        if let path = finished.signaturePath { session.logger.notice("the set is signed: \(path)") }
        await tellPermissions(writer.layout, in: writer.folder)
        return finished
    }

    /// Says when the umask has left volumes that only this user can read: they are carried to other people.
    private func tellPermissions(_ layout: SetLayout, in folder: String) async {
        let paths = layout.volumes.map { "\(folder)/\($0.name.fileName)" }
        let isClosed = try? await LocalFiles.run {
            paths.contains { path in
                // One that cannot be looked at is told of elsewhere.
                let attributes = try? FileManager.default.attributesOfItem(atPath: path)
                return attributes.flatMap { $0[.posixPermissions] as? Int }.map { $0 & 0o044 == 0 } ?? false
            }
        }
        guard isClosed == true else { return }
        session.logger.notice(
            """
            the volumes can be read by their owner alone, as the umask asks for: whoever imports them must be that user or \
            root, or chmod them first
            """
        )
    }

    /// Whether the set is the one that was made before, and still lies in the folder.
    private static func isAtHand(_ layout: SetLayout, twin: HistoryRecord, in folder: String) -> Bool {
        layout.set == twin.set
            && layout.volumes.allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/\($0.name.fileName)") }
    }

    /// Ends a run for which an earlier set carried everything.
    private func concludeNothingNew(
        _ run: PlannedRun,
        since twin: HistoryRecord,
        _ failures: FailureList,
        in directory: WorkingDirectory
    ) async throws -> Int32 {
        try await UnfinishedRun.forget(in: directory)
        var builder = ReportBuilder()
        builder.add(run.failures)
        builder.add(blocked: run.blocked)
        builder.add(carried: run.plan.images, by: "\(twin.set)")
        let report = builder.report(
            wanted: run.wantedImages,
            traffic: .init(),
            of: run
        )
        session.logger.notice(
            """
            nothing is new since media set \(twin.set), number \(twin.sequence): no volume is written (--base none makes \
            a complete set)
            """
        )
        AuditDraft.current?.noteNothingNew()
        return try await conclude(report, failures.ended(with: builder.failed), in: directory, done: "")
    }

    /// Ends a run that must not make a set, with the reason for each image.
    private func refuseHalfSet(
        _ run: PlannedRun,
        images: [TransferResult.Image],
        _ failures: FailureList,
        in directory: WorkingDirectory
    ) async throws -> Int32 {
        try await reportUndelivered(run, images: images, failures, in: directory)
        // With the same lock file the same would be missing again.
        if images.contains(where: { $0.failure?.isGone ?? false }) { try await UnfinishedRun.forget(in: directory) }
        let failed =
            run.failures.map { FailedImage($0) }
            + images.compactMap { item in item.failure.map { FailedImage(item.image, $0, place: nil) } }
        for line in FailureLines(failed).text(see: directory.failures) { session.logger.error("\(line)") }
        let kinds =
            run.failures.map { $0.kind.exitBit } + images.filter { $0.failure != nil }.map { $0.image.kind.exitBit }
        let isIntegrity =
            images.contains { $0.failure?.isIntegrity ?? false }
            || run.failures.contains { ContentFailureKind(of: $0.cause) == .integrity }
        guard !kinds.isEmpty else {
            session.logger.error("no media set is made: blockedImages takes out every image, nothing is left to mirror")
            return 1
        }
        session.logger.error(
            command.continueOnError
                ? "no media set is made, because every image failed"
                : """
                no media set is made, because images failed; mend it and run the same command again (nothing is fetched \
                twice), or make the set without them with --continue-on-error
                """
        )
        return kinds.reduce(isIntegrity ? 32 : 0, |)
    }

    /// Writes the report of a run that makes no set: nothing of it is delivered.
    ///
    /// - Parameters:
    ///   - run: what was planned.
    ///   - images: what became of the images; empty when none was begun.
    ///   - failures: the list of what failed; the others are not in it, they only wait for them.
    ///   - directory: where the report goes.
    /// - Throws: `FerryError` when the report cannot be written.
    private func reportUndelivered(
        _ run: PlannedRun,
        images: [TransferResult.Image],
        _ failures: FailureList,
        in directory: WorkingDirectory
    ) async throws {
        let undelivered =
            images.isEmpty ? run.plan.images.map { TransferResult.Image(image: $0, failure: nil) } : images
        var builder = ReportBuilder()
        builder.add(run.failures)
        builder.add(blocked: run.blocked)
        // What is in unfinished volumes is not called verified.
        let message = "its media set was not made, because other images failed"
        builder.add(undelivered.map { $0.failing(message) }) { _ in nil }
        let wanted = run.failures.count + run.blocked.count + undelivered.count
        let report = builder.report(wanted: wanted, traffic: .init(), of: run)
        AuditDraft.current?.note(report)
        session.reporting.note(report)
        try await LocalFiles.write(try report.file(), to: directory.report)
        let own = builder.failed.filter { $0.step != .deliver }
        var list = failures.ended(with: own, isDelivered: false)
        // The lock file of a plan that lacks images is not kept: there was nothing to begin with.
        if !run.failures.isEmpty, !command.continueOnError, !command.retryFailed { list.lockDigest = nil }
        try await list.write(in: directory)
    }

    private func reportBuilder(_ run: PlannedRun, images: [TransferResult.Image], set: String) -> ReportBuilder {
        var builder = ReportBuilder()
        builder.add(run.failures)
        builder.add(blocked: run.blocked)
        builder.add(images) { image in
            "set \(set) \(image.destination)" + (image.tags.first.map { ":\($0)" } ?? "@\(image.digest)")
        }
        return builder
    }
}

extension TransferResult.Image {
    /// The image as failed, with its own failure if it has one.
    fileprivate func failing(_ message: String) -> TransferResult.Image {
        TransferResult.Image(image: image, failure: failure ?? TransferFailure(message: message, step: .deliver))
    }
}

extension MirrorReport.Traffic {
    /// The sums of two.
    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.blobsMoved += right.blobsMoved
        sum.bytesMoved += right.bytesMoved
        sum.blobsMounted += right.blobsMounted
        sum.blobsPresent += right.blobsPresent
        sum.imagesPresent += right.imagesPresent
        return sum
    }
}
