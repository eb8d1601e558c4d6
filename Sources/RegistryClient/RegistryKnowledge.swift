import DispatchLanes
import HTTPTransport
import OCIModel
import Synchronization

/// What a client has learnt about its registry during a run.
final class RegistryKnowledge: Sendable {
    /// Two repositories between which mounting was tried.
    private struct Pair: Hashable {
        let origin: RepositoryPath
        let destination: RepositoryPath
    }

    /// A blob of a repository, or the subject of referrers.
    struct Item: Hashable, Sendable {
        let repository: RepositoryPath
        let digest: Digest
    }

    private struct State {
        var refusedMounts: Set<Pair> = []
        var sessions: [Item: HTTPURL] = [:]
        var withoutReferrers: Set<RepositoryPath> = []
        var turns: [Item: AsyncSemaphore] = [:]
        var uploadLimits = UploadLimits()
        var memory: (any RegistryMemory)?
        var refusesRanges = false
        var misstatesUploads = false
    }

    private let state = Mutex(State())

    /// Whether the referrers API is worth a try in a repository.
    ///
    /// Learnt per repository: the 404 of one that is not there looks like that of a registry without the API, and taken
    /// for it would hide the signatures of all others.
    func mayHaveReferrers(in repository: RepositoryPath) -> Bool {
        state.withLock { !$0.withoutReferrers.contains(repository) }
    }

    /// There is no referrers API in a repository.
    func lacksReferrers(in repository: RepositoryPath) {
        state.withLock { _ = $0.withoutReferrers.insert(repository) }
    }

    /// Whether mounting between two repositories is worth a try.
    func mayMount(from origin: RepositoryPath, to destination: RepositoryPath) -> Bool {
        state.withLock { !$0.refusedMounts.contains(Pair(origin: origin, destination: destination)) }
    }

    /// Mounting between two repositories was refused and is not tried again.
    func refusedMount(from origin: RepositoryPath, to destination: RepositoryPath) {
        state.withLock { _ = $0.refusedMounts.insert(Pair(origin: origin, destination: destination)) }
    }

    /// Keeps the upload session that came instead of a mount.
    func keep(session: HTTPURL, for item: Item) {
        state.withLock { $0.sessions[item] = session }
    }

    /// Takes the upload session that came instead of a mount, if there is one.
    func takeSession(for item: Item) -> HTTPURL? {
        state.withLock { $0.sessions.removeValue(forKey: item) }
    }

    /// The turn of those who change the list of referrers of a subject.
    func referrersTurn(_ item: Item) -> AsyncSemaphore {
        state.withLock { state in
            let turn = state.turns[item] ?? AsyncSemaphore(permits: 1)
            state.turns[item] = turn
            return turn
        }
    }

    /// What the registry was found to allow of uploads.
    var uploadLimits: UploadLimits { state.withLock { $0.uploadLimits } }

    /// Where that is kept for later runs.
    var memory: (any RegistryMemory)? { state.withLock { $0.memory } }

    /// Keeps what is learnt for later runs.
    func keep(memory: any RegistryMemory) { state.withLock { $0.memory = memory } }

    /// Changes what is known of uploads.
    ///
    /// - Returns: what is known now; nil when that is what was known before.
    func learn(_ change: (inout UploadLimits) -> Void) -> UploadLimits? {
        state.withLock { state in
            let before = state.uploadLimits
            change(&state.uploadLimits)
            return state.uploadLimits == before ? nil : state.uploadLimits
        }
    }

    /// Whether asking for parts of blobs is worth a try.
    var mayGiveRanges: Bool { state.withLock { !$0.refusesRanges } }

    /// A part of a blob was asked for, and something else came.
    func refusedRange() { state.withLock { $0.refusesRanges = true } }

    /// Whether an upload was complete although the registry had said that parts of it were not there.
    var misstatesUploads: Bool { state.withLock { $0.misstatesUploads } }

    /// What the registry said about an upload was shown to be wrong.
    func misstatedUpload() { state.withLock { $0.misstatesUploads = true } }
}
