import HTTPTransport
import ImageStorage
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import TransferEngine

/// One run of `ferry mirror`, with what it works with.
struct MirrorRun: Sendable {
    let session: Session
    let command: MirrorCommand
    let volumeSize: VolumeSize?
    /// Signs the set that is written.
    let signingKey: SigningKey?
    /// The keys, one of which must have signed the set that is read; empty when no signature is asked for.
    let verificationKeys: [VerificationKey]
    /// Applies the signatures of releases to a cluster; nil when that is not asked for.
    let applying: ApplySignaturesStep?

    /// The engine for this run.
    func engine(
        from sources: any ImageSourceProvider,
        library: ManifestLibrary,
        order: TransferScheduler.Order
    ) -> TransferEngine {
        TransferEngine(
            sources: sources,
            library: library,
            options: .init(limits: limits, order: order),
            observer: ProgressObserver(progress: session.progress, readsRegistries: command.from.isEmpty)
        )
    }

    /// The parallelism that the flags allow.
    var limits: TransferScheduler.Limits {
        let transport = HTTPTransportConfiguration()
        // With several targets a blob that has its turn at one of them must not wait for its turn at another.
        // Otherwise the transport decides, and a few more blobs than it lets through are ready to go on.
        let most =
            command.destinations.count > 1 ? transport.startPerHost : transport.streamsPerHost + transport.startPerHost
        let wanted =
            command.parallelImages == nil && command.parallelLayers == nil
            ? most : (command.parallelImages ?? 8) * (command.parallelLayers ?? 5)
        return .init(bulk: min(most, wanted), small: transport.requestsPerHost)
    }

    /// Writes the lock file, and the signatures of releases as files of their own, named after tag and digest.
    ///
    /// - Throws: `FerryError` when a file cannot be written.
    func keepPlan(_ plan: MirrorPlan, in directory: WorkingDirectory) async throws {
        try await LocalFiles.write(try plan.lockFile(), to: directory.lock)
        session.logger.debug(
            "planned \(plan.images.count) images, \(plan.blobs.count) blobs, \(ByteSize.text(plan.distinctBytes))",
            metadata: ["configuration": "\(plan.configDigest.map { "\($0)" } ?? "none")"]
        )
        for release in plan.releases?.releases ?? [] {
            var counts: [Digest: Int] = [:]
            for signature in release.signatures {
                let number = counts[signature.digest, default: 0] + 1
                counts[signature.digest] = number
                // The first has the name that oc-mirror looks for.
                let name = "\(release.tag)-sha256-\(signature.digest.hex)" + (number == 1 ? "" : "-\(number)")
                try await LocalFiles.write(signature.bytes, to: "\(directory.signatures)/\(name)")
            }
        }
    }

    /// Ends a run: writes the report, says how it went, and gives the exit code.
    ///
    /// - Parameters:
    ///   - report: what became of every image.
    ///   - failures: the list of what failed, which goes beside the report.
    ///   - directory: where the report goes.
    ///   - target: the target that it is about, when there are several.
    ///   - done: what a run without failure has done, a sentence; unsaid when nothing was left to do.
    /// - Returns: the exit code.
    /// - Throws: `FerryError` when the report cannot be written.
    func conclude(
        _ report: MirrorReport,
        _ failures: FailureList,
        in directory: WorkingDirectory,
        at target: TargetNamespace? = nil,
        done: String
    ) async throws -> Int32 {
        let name = target.map { "docker://\($0): " } ?? ""
        AuditDraft.current?.note(report)
        var report = report
        let counters = session.sourceCounters() + session.targetCounters()
        report.requests = .init(sent: counters.requests, retries: counters.retries)
        session.reporting.note(report)
        try await LocalFiles.write(try report.file(), to: directory.report)
        try await failures.write(in: directory)
        let failed = report.count(.failed)
        for line in FailureLines(failures.failures).text(name: name, see: directory.failures) {
            session.logger.error("\(line)")
        }
        let skipped = report.count(.skipped)
        let counts =
            "\(report.count(.verified)) of \(report.wanted) images verified"
            + (failed == 0 ? "" : ", \(failed) failed") + (skipped == 0 ? "" : ", \(skipped) skipped")
        session.logger.notice("\(name)\(counts)")
        if failed == 0 {
            if report.count(.verified) > 0 { session.logger.notice("\(done)") }
        } else {
            session.logger.notice(
                """
                the report is \(directory.report), and what failed is in \(directory.failures): once that is mended, the same \
                command with --retry-failed tries again only what failed
                """
            )
        }
        if !report.checkBalance() {
            session.logger.error(
                "\(name)the report tells of \(report.entries.count) images and \(report.wanted) were wanted: a mistake in ferry"
            )
        }
        return report.exitCode
    }
}
