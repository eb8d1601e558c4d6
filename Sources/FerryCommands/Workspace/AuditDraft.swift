import Foundation
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import Synchronization

/// Gathers what the audit log is to say about a piece of work while that goes on.
///
/// The code that does the work notes what it learns in ``current``, which belongs to the task; so several imports may go on
/// at the same time, each with a draft of its own.
final class AuditDraft: Sendable {
    /// The draft of the piece of work that the current task is part of; nil when none is recorded.
    @TaskLocal static var current: AuditDraft?

    private let facts: Mutex<AuditRecord>

    /// Begins a draft.
    ///
    /// - Parameters:
    ///   - kind: what is done.
    ///   - destination: the name of the site that a set is made for.
    ///   - target: the registry that is written to.
    init(_ kind: AuditRecord.Kind, destination: String? = nil, target: TargetNamespace? = nil) {
        var record = AuditRecord(
            kind: kind,
            ferry: FerryVersion.text,
            time: Self.now(),
            user: Self.userName(),
            uid: getuid(),
            host: ProcessInfo.processInfo.hostName
        )
        record.destination = destination
        record.target = target.map { "\($0)" }
        facts = Mutex(record)
    }

    /// Notes what is wanted.
    ///
    /// - Throws: `OpenSSLError`; `EncodingError`.
    func note(_ plan: MirrorPlan) throws {
        let lock = try ContentHasher.digest(of: try plan.lockFile())
        let digests = Set(plan.images.map(\.digest)).sorted()
        let images = try ContentHasher.digest(of: digests.map { "\($0)\n" }.joined().utf8)
        facts.withLock { record in
            record.lockDigest = lock
            record.configDigest = plan.configDigest
            record.imagesDigest = images
        }
    }

    /// Notes the set that is made or read.
    func note(set digest: Digest, sequence: Int) {
        facts.withLock { record in
            record.set = SetIdentifier(manifestDigest: digest)
            record.sequence = sequence
            record.setDigest = digest
        }
    }

    /// Notes what became of the images.
    func note(_ report: MirrorReport) {
        facts.withLock { record in
            record.images = AuditRecord.Counts(
                wanted: report.wanted,
                verified: report.count(.verified),
                failed: report.count(.failed),
                skipped: report.count(.skipped)
            )
            record.bytesMoved = report.traffic.bytesMoved
        }
    }

    /// Notes that an earlier set carried everything.
    func noteNothingNew() {
        facts.withLock { $0.result = .nothingNew }
    }

    /// The record of work that ended with an exit code.
    func record(exitCode: Int32) -> AuditRecord {
        facts.withLock { record in
            var record = record
            record.time = Self.now()
            record.exitCode = exitCode
            if exitCode != 0 { record.result = .failed }
            return record
        }
    }

    /// The record of work that an error ended.
    func record(_ error: any Error) -> AuditRecord {
        facts.withLock { record in
            var record = record
            record.time = Self.now()
            let code = FerryProgram.exitCode(for: error)
            record.fail(
                error is CancellationError ? "interrupted" : PrintableText.of("\(error)"),
                exitCode: code,
                result: error is CancellationError ? .interrupted : .failed
            )
            return record
        }
    }

    private static func now() -> String { Date.now.formatted(.iso8601) }

    /// The user's name; nil in containers whose user has none.
    private static func userName() -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return nil }
        return String(cString: name)
    }
}
