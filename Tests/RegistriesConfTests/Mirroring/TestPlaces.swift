import FerryTestSupport
import ImageStorage
import NIOCore
import OCIModel
import RegistriesConf
import Synchronization

/// Registries by name; those that are not there do not answer.
final class TestPlaces: ImageSourceProvider {
    /// What is wrong with a registry.
    enum Fault: Hashable, Sendable {
        case silent
        case refusing
        /// The last byte of every blob is another one, and manifests are refused by their digest.
        case wrongBytes
        /// Blobs break off after so many bytes.
        case breaking(after: Int)
    }

    /// A failure of a kind.
    struct Failure: ContentFailure {
        let kind: ContentFailureKind
        var description: String { "a failure that means \(kind.rawValue)" }
    }

    let stores: [String: MemoryImages]
    private let faults: Mutex<[String: Fault]>
    private let asked = Mutex<[String]>([])
    private let told = Mutex<[String]>([])

    init(_ names: String..., faults: [String: Fault] = [:]) {
        stores = Dictionary(uniqueKeysWithValues: names.map { ($0, MemoryImages(chunkBytes: 1 << 20)) })
        self.faults = Mutex(faults)
    }

    /// Sets what is wrong with a registry; nil for nothing.
    func set(_ fault: Fault?, of name: String) { faults.withLock { $0[name] = fault } }

    /// The registries that were asked, in order; forgets them.
    func takeAsked() -> [String] {
        asked.withLock { asked in
            defer { asked = [] }
            return asked
        }
    }

    /// The notices so far.
    var notices: [String] { told.withLock { $0 } }

    /// The registries as a configuration has them.
    func mirrored(_ text: String) throws -> MirroredSources {
        MirroredSources(try conf(text), upstream: self) { notice in
            self.told.withLock { $0.append(notice.description) }
        }
    }

    func source(for registry: RegistryName) throws -> any ImageSource {
        Place(name: registry.text, upstream: stores[registry.text] ?? MemoryImages(), places: self)
    }

    fileprivate func fault(of name: String) -> Fault? {
        asked.withLock { $0.append(name) }
        return stores[name] == nil ? .silent : faults.withLock { $0[name] }
    }
}

/// One registry with its fault.
private struct Place: ForwardingSource {
    let name: String
    let upstream: any ImageSource
    let places: TestPlaces

    private func fault() throws -> TestPlaces.Fault? {
        let fault = places.fault(of: name)
        switch fault {
        case .silent: throw TestPlaces.Failure(kind: .unavailable)
        case .refusing: throw TestPlaces.Failure(kind: .refused)
        default: return fault
        }
    }

    func manifest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> ManifestDocument? {
        if try fault() == .wrongBytes { throw TestPlaces.Failure(kind: .integrity) }
        return try await upstream.manifest(reference, in: repository)
    }

    func manifestDigest(_ reference: ManifestReference, in repository: RepositoryPath) async throws -> Digest? {
        _ = try fault()
        return try await upstream.manifestDigest(reference, in: repository)
    }

    func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Descriptor] {
        _ = try fault()
        return try await upstream.referrers(of: digest, in: repository)
    }

    func tags(in repository: RepositoryPath) async throws -> [OCIModel.Tag] {
        _ = try fault()
        return try await upstream.tags(in: repository)
    }

    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        let fault = try fault()
        return try await upstream.withBlob(blob, in: repository, from: offset) { stream in
            let position = SingleConsumer(offset)
            return try await body(
                BlobStream {
                    if case .breaking(let limit) = fault, position.value >= Int64(limit) {
                        throw TestPlaces.Failure(kind: .unavailable)
                    }
                    guard var chunk = try await stream.next() else { return nil }
                    position.value += Int64(chunk.readableBytes)
                    if fault == .wrongBytes, position.value == blob.size {
                        let last = chunk.writerIndex - 1
                        chunk.setInteger((chunk.getInteger(at: last, as: UInt8.self) ?? 0) ^ 1, at: last)
                    }
                    return chunk
                }
            )
        }
    }
}
