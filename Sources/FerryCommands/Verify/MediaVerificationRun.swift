import ImageStorage
import Logging
import MediaSet
import OpenSSLCrypto
import Synchronization
import TerminalProgress

/// Reads the media sets in some folders, one after the other, with progress.
struct MediaVerificationRun: Sendable {
    let folders: [String]
    /// One of them must have signed each set; empty when no signature is asked for.
    let keys: [VerificationKey]
    let session: Session

    /// Reads one set, or all that are there, in the order of their numbers.
    ///
    /// Signatures come first: a set that must not be used is not read for hours before that is said.
    ///
    /// - Returns: what was found, by set.
    /// - Throws: `MediaSetError`; `CancellationError`.
    func reports(of set: SetIdentifier?) async throws -> [MediaSetVerification] {
        session.progress.report(.phaseStarted(title: "Reading the media"))
        let items = try await SetListing.list(folders).items.filter { set == nil || $0.set == set }
        guard !items.isEmpty else {
            // It says which sets there are.
            _ = try await MediaSetReader.open(folders: folders, selection: set.map { .set($0) } ?? .newest)
            return []
        }
        if !keys.isEmpty {
            for item in items where item.wreck == nil { try await checkSignature(open(item.set)) }
        }
        var reports: [MediaSetVerification] = []
        for item in items {
            do {
                let report = if let wreck = item.wreck { wreck } else { try await report(open(item.set)) }
                reports.append(report)
            } catch let error as MediaSetError where error.kind == .integrity && items.count > 1 {
                // One set must not keep the others from being looked at.
                reports.append(Self.unreadable(item, error))
            }
        }
        session.progress.report(.phaseEnded)
        return reports
    }

    private func open(_ set: SetIdentifier) async throws -> MediaSetReader {
        try await MediaSetReader.open(folders: folders, selection: .set(set), allowingProblems: true)
    }

    private func checkSignature(_ reader: MediaSetReader) async throws {
        let path = try await reader.checkSignature(by: keys, folders: folders)
        session.logger.notice("the signature of media set \(reader.set) is right: \(path)")
    }

    private func report(_ reader: MediaSetReader) async throws -> MediaSetVerification {
        for notice in reader.notices { session.logger.notice("\(notice.message)") }
        session.progress.report(.phaseStarted(title: "Reading media set \(reader.set)"))
        // One transfer stands for the whole set; its size is known after the first report.
        let transfer = Mutex<TransferMeter?>(nil)
        let report = try await MediaSetVerifier.verify(reader) { done, total in
            let meter = transfer.withLock { meter in
                if meter == nil { session.progress.report(.totals(ProgressTotals(bytes: total))) }
                let started = meter ?? session.progress.startBlob(TransferDescription(name: "volumes", size: total))
                meter = started
                return started
            }
            meter.move(to: done)
        }
        transfer.withLock { $0?.finish() }
        return report
    }

    private static func unreadable(_ item: SetListing.Item, _ error: MediaSetError) -> MediaSetVerification {
        let problems = [MediaSetProblem(.damaged, volume: nil, path: nil, message: error.message)] + error.problems
        return MediaSetVerification(
            unreadable: item.set,
            sequence: item.sequence,
            volumes: error.problems.compactMap(\.volume).max() ?? 0,
            problems: problems
        )
    }
}
