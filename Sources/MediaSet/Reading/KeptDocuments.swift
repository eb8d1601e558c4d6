import ImageStorage
import OCIModel
import Synchronization

/// The small documents of a set whose volumes come one at a time: they are needed again when their volume is gone.
final class KeptDocuments: Sendable {
    private struct State {
        var manifests: [Digest: ManifestDocument] = [:]
        var resources: [String: [UInt8]] = [:]
        var bytes = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// Keeps nothing yet, and at most a number of bytes.
    init(limit: Int = 512 << 20) {
        self.limit = limit
    }

    /// A manifest, if it is kept.
    func manifest(_ digest: Digest) -> ManifestDocument? { state.withLock { $0.manifests[digest] } }

    /// A further member, if it is kept.
    func resource(_ path: String) -> [UInt8]? { state.withLock { $0.resources[path] } }

    /// Keeps a manifest; beyond the limit nothing more is kept.
    func keep(_ document: ManifestDocument) {
        state.withLock { state in
            guard state.bytes + document.bytes.count <= limit else { return }
            if state.manifests.updateValue(document, forKey: document.digest) == nil {
                state.bytes += document.bytes.count
            }
        }
    }

    /// Keeps a further member; beyond the limit nothing more is kept.
    func keep(_ bytes: [UInt8], as path: String) {
        state.withLock { state in
            guard state.bytes + bytes.count <= limit else { return }
            if state.resources.updateValue(bytes, forKey: path) == nil { state.bytes += bytes.count }
        }
    }
}
