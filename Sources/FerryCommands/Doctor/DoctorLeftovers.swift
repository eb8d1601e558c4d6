import ImageStorage
import OCIModel
import RegistryClient
import Synchronization

/// What doctor has written and not yet deleted.
final class DoctorLeftovers: Sendable {
    /// One thing at the registry.
    enum Item: Hashable, Sendable {
        case tag(Tag, RepositoryPath)
        case manifest(Digest, RepositoryPath)
        case blob(Digest, RepositoryPath)

        /// How people call it.
        var text: String {
            switch self {
            case .tag(let tag, let repository): "tag \(repository):\(tag)"
            case .manifest(let digest, let repository): "manifest \(repository)@\(digest.short)"
            case .blob(let digest, let repository): "blob \(digest.short) in \(repository)"
            }
        }
    }

    private struct State {
        var items: [Item] = []
        var sessions: [(session: ProbeSession, repository: RepositoryPath)] = []
        var refusal: String?
    }

    private let state = Mutex(State())
    private let client: RegistryClient

    /// Starts with nothing.
    init(_ client: RegistryClient) {
        self.client = client
    }

    /// Writes down what is about to be written: what a broken connection leaves behind is there, too.
    func add(_ item: Item) {
        state.withLock { if !$0.items.contains(item) { $0.items.append(item) } }
    }

    /// Writes down an upload that is to be given up.
    func add(_ session: ProbeSession, in repository: RepositoryPath) {
        state.withLock { $0.sessions.append((session, repository)) }
    }

    /// Something is not there any more, or never was.
    func remove(_ item: Item) {
        state.withLock { state in state.items.removeAll { $0 == item } }
    }

    /// What is there still.
    var items: [Item] { state.withLock { $0.items } }

    /// Why something could not be deleted; nil when nothing was refused.
    var refusal: String? { state.withLock { $0.refusal } }

    /// Deletes one thing.
    ///
    /// - Returns: the registry's answer.
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    @discardableResult
    func delete(_ item: Item) async throws -> ProbeAnswer {
        let answer =
            switch item {
            case .tag(let tag, let repository): try await client.probeDelete(.tag(tag), in: repository)
            case .manifest(let digest, let repository): try await client.probeDelete(.digest(digest), in: repository)
            case .blob(let digest, let repository): try await client.probeDelete(blob: digest, in: repository)
            }
        if answer.isSuccess || (answer.status == 404 && !answer.codes.contains("UNSUPPORTED")) {
            remove(item)
        } else {
            state.withLock { $0.refusal = $0.refusal ?? "\(answer.status)" }
        }
        return answer
    }

    /// Deletes all, in the order in which registries let things go.
    ///
    /// First tags, then what refers to others, what is referred to, and blobs; what is refused or fails stays in
    /// ``items``.
    func deleteAll() async {
        let sessions = state.withLock { state in
            defer { state.sessions = [] }
            return state.sessions
        }
        for (session, repository) in sessions {
            // Registries forget uploads by themselves; many know no way to be told.
            _ = try? await client.probeCancel(session, in: repository)
        }
        for item in items.reversed().sorted(by: { $0.rank < $1.rank }) {
            // Whatever stays is told at the end.
            _ = try? await delete(item)
        }
        // Many registries delete no tags, and drop them with their manifest.
        for case .tag(let tag, let repository) in items {
            let answer = try? await client.probeManifest(.tag(tag), in: repository)
            if answer?.status == 404 { remove(.tag(tag, repository)) }
        }
    }
}

extension DoctorLeftovers.Item {
    fileprivate var rank: Int {
        switch self {
        case .tag: 0
        case .manifest: 1
        case .blob: 2
        }
    }
}
