import Foundation
import HTTPTransport
import ImageStorage
import Logging
import MirrorPlan
import Synchronization
import TerminalProgress

/// Everything by which a run tells what it does: the screen, the events, the log file.
struct RunReporting: Sendable {
    /// How long a run takes that sums its hosts up at its end, whatever they did.
    private static let longRun = Duration.seconds(60)
    /// How much of a host's faults is worth a line on the screen.
    private static let notableRetries = 10
    private static let notableWait = Duration.seconds(5)

    /// Says things, on the screen and in the log file.
    let logger: Logger
    /// Shows what goes on.
    let progress: ProgressReporter
    /// The log file.
    let log: RunLog
    private let tally: HostTally
    private let outcome = OutcomeDraft()
    private let now: @Sendable () -> Duration

    /// What became of the images, gathered while the run goes on.
    private final class OutcomeDraft: Sendable {
        let value = Mutex<(images: RunOutcome.Images?, bytes: Int64)>((nil, 0))
    }

    /// Runs a body that reports, and tells its end, whatever it is.
    ///
    /// - Parameters:
    ///   - output: how much is said, and how.
    ///   - showsProgress: whether there is progress to show; else events are the beginning and the end alone.
    ///   - body: the work; it must not keep the reporting.
    /// - Returns: what the body returns; an `Int32` is the exit code.
    /// - Throws: `FerryError` for unknown words in the options, and for a file of events that cannot be written; what the
    ///   body throws.
    static func run<Output: Sendable>(
        _ output: OutputOptions,
        showsProgress: Bool = true,
        _ body: @Sendable (RunReporting) async throws -> Output
    ) async throws -> Output {
        let identity = RunIdentity.current
        let handler = try output.handler()
        let log = RunLog(identity, format: handler.format, level: min(.debug, handler.logLevel)) { message in
            TerminalTalk.shared.say("warning: \(message)")
        }
        var channels = [try output.screen(showsProgress: showsProgress), ProgressChannel { log.note($0, $1, $2) }]
        if let events = try await output.eventsChannel() { channels.append(events) }
        let start = ContinuousClock.now
        let now: @Sendable () -> Duration = { start.duration(to: .now) }
        let silence = showsProgress ? output.progressInterval.duration : .seconds(366 * 86_400)
        return try await withProgress(channels, silence: silence) { progress in
            TerminalTalk.shared.redirect { progress.write(line: $0) }
            defer { TerminalTalk.shared.redirect(nil) }
            let reporting = RunReporting(
                logger: Logger(label: "ferry") { _ in RunLogHandler(screen: handler, log: log) },
                progress: progress,
                log: log,
                tally: HostTally(now: now),
                now: now
            )
            progress.report(.runStarted(identity.description))
            return try await reporting.ending(identity.id, body)
        }
    }

    private func ending<Output: Sendable>(
        _ id: String,
        _ body: @Sendable (RunReporting) async throws -> Output
    ) async throws -> Output {
        do {
            let output = try await body(self)
            // Who was asked to stop says so, also when all was done by then.
            await end(id, Task.isCancelled ? 130 : output as? Int32 ?? 0, error: nil)
            return output
        } catch {
            let message = error is CancellationError ? "interrupted" : (error as? FerryError)?.message ?? "\(error)"
            await end(id, FerryProgram.exitCode(for: error), error: PrintableText.of(message))
            throw error
        }
    }

    private func end(_ id: String, _ code: Int32, error: String?) async {
        progress.report(.phaseEnded)
        let isLong = now() >= Self.longRun
        for summary in tally.summaries() {
            progress.report(.hostSummary(summary))
            let moved = summary.bytesReceived + summary.bytesSent
            let isNotable = summary.retryCount >= Self.notableRetries || summary.waited >= Self.notableWait
            if isNotable || isLong && moved > 0 { TerminalTalk.shared.say(summary.text) }
        }
        let (images, bytes) = outcome.value.withLock { $0 }
        progress.report(
            .runEnded(
                RunOutcome(
                    id: id,
                    exitCode: code,
                    images: images,
                    bytes: bytes,
                    retries: tally.retries,
                    error: error
                )
            )
        )
        var facts = [
            "bytes": "\(bytes)", "retries": "\(tally.retries)", "seconds": "\((now() / .seconds(1)).rounded())",
        ]
        if let images {
            facts["wanted"] = "\(images.wanted)"
            facts["verified"] = "\(images.verified)"
            facts["failed"] = "\(images.failed)"
            facts["skipped"] = "\(images.skipped)"
        }
        if let error { log.note(.error, error) }
        log.note(.notice, "run \(id) ends with exit code \(code)", facts)
        await log.close()
    }

    /// Takes the report of a part of the run (there is one for each target) into account.
    func note(_ report: MirrorReport) {
        outcome.value.withLock { draft in
            var images = draft.images ?? RunOutcome.Images()
            images.wanted += report.wanted
            images.verified += report.count(.verified)
            images.failed += report.count(.failed)
            images.skipped += report.count(.skipped)
            draft.images = images
            let (sum, overflow) = draft.bytes.addingReportingOverflow(report.traffic.bytesMoved)
            draft.bytes = overflow ? .max : sum
        }
    }

    /// Takes what a transport has done into account, at its end.
    func note(_ transport: HTTPTransport) { tally.add(transport.countersByHost) }

    /// Takes an event of a transport into account, and shows what is to be shown of it.
    func note(_ event: TransportEvent) {
        switch event {
        case .connected: break
        case .sent(let host):
            tally.touch(host)
            progress.report(.requestSent(host: host))
        case .unanswered(let host):
            tally.touch(host)
            progress.report(.requestEnded(host: host))
        case .answered(let method, let host, let path, let status):
            tally.touch(host)
            progress.report(.requestEnded(host: host))
            logger.trace("\(method.rawValue) \(host)\(path)", metadata: ["status": "\(status)"])
        case .allowance(let allowance, let host):
            logger.info(
                "\(host) limits the number of requests",
                metadata: [
                    "remaining": "\(allowance.remaining)",
                    "limit": "\(allowance.limit.map(String.init) ?? "unknown")",
                    "window": "\(allowance.window.map { "\($0)" } ?? "unknown")",
                ]
            )
        case .holding(let host, let delay, let hold): progress.report(.held(RetryNotice(hold, at: host, for: delay)))
        case .retrying(let error, let failures, let delay):
            let subject = WorkSubject.current
            let notice = RetryNotice(
                error,
                failures: failures,
                after: delay,
                image: subject.map { "\($0.image)" },
                blob: subject?.blob.map { "\($0)" }
            )
            tally.note(notice)
            progress.report(.retry(notice))
        }
    }
}
