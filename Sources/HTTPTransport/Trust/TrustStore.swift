import DispatchLanes
import Synchronization

/// What is trusted for which host; the folders of single hosts are read when the host is first asked.
final class TrustStore: Sendable {
    /// Whose files count.
    struct Key: Hashable, Sendable {
        /// The folder of a host; nil for what counts for all.
        let folder: String?
        /// Whether the folder's client certificate is shown, too: to its own host only.
        let withIdentity: Bool

        static let common = Key(folder: nil, withIdentity: false)
    }

    private static let lanes = DispatchLanes(label: "ferry.trust", width: 1)
    private let common: TrustSettings
    private let folders: CertificateFolders
    private let known = Mutex<[Key: TrustSettings]>([:])
    private let places = Mutex<[HTTPOrigin: Result<(folder: String, layout: CertificateFolderLayout)?, any Error>]>([:])

    private init(_ common: TrustSettings, _ folders: CertificateFolders) {
        self.common = common
        self.folders = folders
    }

    /// Reads what counts for all hosts.
    ///
    /// - Throws: `HTTPTransportError.invalidTrustFile`, `.invalidIdentity`; `CancellationError`.
    static func load(_ configuration: HTTPTransportConfiguration) async throws -> TrustStore {
        let common = try await lanes.run { try TrustSettings(configuration) }
        // Who is to be trusted alone leaves no room for others.
        let folders = configuration.exclusiveAuthorities == nil ? configuration.certificateFolders : .none
        return TrustStore(common, folders)
    }

    /// Finds what counts for a host, and reads it when that is the first time.
    ///
    /// - Parameters:
    ///   - origin: the host.
    ///   - sender: the host that sent us there; its authorities count for those that have no folder of their own.
    /// - Returns: the key for ``settings(_:)``.
    /// - Throws: `HTTPTransportError.invalidTrustFile`, `.invalidIdentity`; `CancellationError`.
    func key(for origin: HTTPOrigin, sentBy sender: HTTPOrigin?) async throws -> Key {
        guard !folders.roots.isEmpty, origin.scheme == .https else { return .common }
        var (found, isOwn) = (try await place(of: origin), true)
        if found == nil, let sender, sender != origin {
            (found, isOwn) = (try await place(of: sender), false)
        }
        guard let (folder, layout) = found else { return .common }
        let key = Key(folder: folder, withIdentity: isOwn)
        guard known.withLock({ $0[key] }) == nil else { return key }
        let common = common
        let settings = try await Self.lanes.run {
            try common.adding(folder, layout, for: origin.authority, withIdentity: key.withIdentity)
        }
        known.withLock { $0[key] = settings }
        return key
    }

    /// The configurations of a key that ``key(for:sentBy:)`` has returned.
    func settings(_ key: Key) -> TrustSettings { known.withLock { $0[key] } ?? common }

    private func place(
        of origin: HTTPOrigin
    ) async throws -> (folder: String, layout: CertificateFolderLayout)? {
        if let place = places.withLock({ $0[origin] }) { return try place.get() }
        let candidates = folders.candidates(for: origin)
        let place = try await Self.lanes.run {
            Result { try Self.firstFolder(candidates, for: origin) }
        }
        places.withLock { $0[origin] = place }
        return try place.get()
    }

    private static func firstFolder(
        _ candidates: [String],
        for origin: HTTPOrigin
    ) throws -> (folder: String, layout: CertificateFolderLayout)? {
        for folder in candidates {
            // A folder that one may not look into is none, as for the container tools.
            guard let names = try? TrustFile.names(in: folder) else { continue }
            do throws(CertificateFolderLayout.Problem) {
                return (folder, try CertificateFolderLayout(names: names))
            } catch {
                throw HTTPTransportError(
                    .invalidIdentity,
                    request: "file \(folder)/\(error.file) (for \(origin.authority))",
                    host: "",
                    reason: error.reason
                )
            }
        }
        return nil
    }
}
