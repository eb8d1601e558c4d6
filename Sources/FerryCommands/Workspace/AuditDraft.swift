import Foundation
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import Synchronization

/// Gathers what the audit log is to say about a piece of work while that goes on.
///
/// The code that does the work notes what it learns in ``current``, which belongs to the task. Work for several targets has
/// a draft for each, and ``about(_:_:)`` says which one a part of it is for.
final class AuditDraft: Sendable {
    /// The draft of what the current task is doing; nil when that is not recorded, or is for several targets.
    @TaskLocal static var current: AuditDraft?
    /// The drafts of the piece of work that the current task is part of.
    @TaskLocal static var all: [AuditDraft] = []

    /// The facts so far, and whether the end is one of them.
    private struct State {
        var record: AuditRecord
        var isEnded = false
    }

    private let target: TargetNamespace?
    private let state: Mutex<State>

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
        self.target = target
        state = Mutex(State(record: record))
    }

    /// Does a part of the work that is for one target, and notes how it ended.
    ///
    /// - Parameters:
    ///   - target: the registry.
    ///   - body: the work; what it notes in ``current`` is about that registry.
    /// - Returns: the exit code that the work gave.
    /// - Throws: what the work throws.
    static func about(_ target: TargetNamespace, _ body: () async throws -> Int32) async throws -> Int32 {
        guard let draft = all.first(where: { $0.target == target }) else { return try await body() }
        return try await $current.withValue(draft) {
            do {
                let code = try await body()
                draft.end(code)
                return code
            } catch {
                draft.end(error)
                throw error
            }
        }
    }

    /// Notes what is wanted.
    ///
    /// - Throws: `OpenSSLError`; `EncodingError`.
    func note(_ plan: MirrorPlan) throws {
        let lock = try ContentHasher.digest(of: try plan.lockFile())
        let digests = Set(plan.images.map(\.digest)).sorted()
        let images = try ContentHasher.digest(of: digests.map { "\($0)\n" }.joined().utf8)
        state.withLock { state in
            state.record.lockDigest = lock
            state.record.configDigest = plan.configDigest
            state.record.imagesDigest = images
        }
    }

    /// Notes the set that is made or read.
    func note(set digest: Digest, sequence: Int) {
        state.withLock { state in
            state.record.set = SetIdentifier(manifestDigest: digest)
            state.record.sequence = sequence
            state.record.setDigest = digest
        }
    }

    /// Notes what became of the images.
    func note(_ report: MirrorReport) {
        state.withLock { state in
            state.record.images = AuditRecord.Counts(
                wanted: report.wanted,
                verified: report.count(.verified),
                failed: report.count(.failed),
                skipped: report.count(.skipped)
            )
            state.record.bytesMoved = report.traffic.bytesMoved
        }
    }

    /// Notes that an earlier set carried everything.
    func noteNothingNew() {
        state.withLock { $0.record.result = .nothingNew }
    }

    /// Notes the end of the work, unless that is known already.
    func end(_ exitCode: Int32) {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.isEnded = true
            state.record.time = Self.now()
            state.record.exitCode = exitCode
            if exitCode != 0 { state.record.result = .failed }
        }
    }

    /// Notes the error that ended the work, unless its end is known already.
    func end(_ error: any Error) {
        let isInterruption = error is CancellationError
        state.withLock { state in
            guard !state.isEnded else { return }
            state.isEnded = true
            state.record.time = Self.now()
            state.record.fail(
                isInterruption ? "interrupted" : PrintableText.of("\(error)"),
                exitCode: FerryProgram.exitCode(for: error),
                result: isInterruption ? .interrupted : .failed
            )
        }
    }

    /// The line for the log.
    var record: AuditRecord { state.withLock { $0.record } }

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
