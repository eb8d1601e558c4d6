import OCIModel
import Synchronization

/// What was learnt in a run about the places that are read.
final class MirrorKnowledge: Sendable {
    /// After how many failures in a row a registry that has answered before is asked no more.
    private static let patience = 3

    private struct Copy: Hashable {
        let digest: Digest
        let repository: Repository
    }

    private struct State {
        var answered: Set<RegistryName> = []
        var failures: [RegistryName: Int] = [:]
        var givenUp: [RegistryName: String] = [:]
        var spoilt: Set<Copy> = []
        var refused: Set<Repository> = []
    }

    private let state = Mutex(State())

    /// Why a registry is asked no more; nil when it is asked.
    func reasonGivenUp(_ registry: RegistryName) -> String? { state.withLock { $0.givenUp[registry] } }

    /// A registry has answered, whatever it said.
    func answered(_ registry: RegistryName) {
        state.withLock { state in
            state.answered.insert(registry)
            state.failures[registry] = nil
        }
    }

    /// A registry could not be reached, or kept failing.
    ///
    /// - Returns: whether it is given up by that: a registry that never answered is at once.
    func failed(_ registry: RegistryName, reason: String) -> Bool {
        state.withLock { state in
            let count = state.failures[registry, default: 0] + 1
            state.failures[registry] = count
            guard state.givenUp[registry] == nil, !state.answered.contains(registry) || count >= Self.patience else {
                return false
            }
            state.givenUp[registry] = reason
            return true
        }
    }

    /// A place could not give a blob whole.
    func spoil(_ digest: Digest, at place: PullPlace) {
        state.withLock { _ = $0.spoilt.insert(Copy(digest: digest, repository: place.repository)) }
    }

    /// Whether a place could not give a blob whole before.
    func isSpoilt(_ digest: Digest, at place: PullPlace) -> Bool {
        state.withLock { $0.spoilt.contains(Copy(digest: digest, repository: place.repository)) }
    }

    /// Whether it is the first time that a place refuses.
    func isFirstRefusal(of place: PullPlace) -> Bool {
        state.withLock { $0.refused.insert(place.repository).inserted }
    }
}
