import ImageStorage
import MirrorPlan
import OCIModel
import Synchronization

/// Remembers whether the source failed, so that the target's failures are not blamed on it.
final class SourceState: Sendable {
    private let kind = Mutex<ContentFailureKind?>(nil)
    private let opened = Mutex<(repository: Repository, digest: Digest)?>(nil)

    /// Something failed; the source, unless it was a cancellation.
    func record(_ error: any Error) {
        // A target that breaks off cancels the reading; that is no fault of the source.
        guard !(error is CancellationError) else { return }
        kind.withLock { $0 = ContentFailureKind(of: error) }
    }

    /// Remembers where a blob is read from.
    func opened(_ repository: Repository, _ digest: Digest) {
        opened.withLock { $0 = (repository, digest) }
    }

    /// Where a blob was read from last, and which; nil when it came from a reading that several targets share.
    var place: (repository: Repository, digest: Digest)? { opened.withLock { $0 } }

    /// Another try begins.
    func clear() {
        kind.withLock { $0 = nil }
    }

    /// Whether the source was the last to fail.
    var hasFailed: Bool { kind.withLock { $0 != nil } }

    /// Whether every other place of the digest must fail too: the source lacks it, or gives other bytes.
    func isAtFault(for error: any Error) -> Bool {
        // The check of the bytes on their way says that; a target may take right bytes for wrong, which is its fault alone.
        if let wrong = error as? ImageStorageError, wrong.kind == .integrity { return true }
        return kind.withLock { $0 == .notFound || $0 == .integrity }
    }
}
