import DispatchLanes
package import ImageStorage
package import OCIModel
import OpenSSLCrypto
import Synchronization

/// Reads a media set in place: nothing is unpacked and nothing is written, so the medium may be read-only.
///
/// As an ``ImageSource`` it gives manifests and blobs by digest whatever the repository, and tags by the repositories
/// that the images go to.
package final class MediaSetReader: Sendable {
    /// What the set holds and where.
    package let manifest: SetManifest
    /// The digest of the set manifest.
    package let manifestDigest: Digest
    /// How many volumes the set has.
    package let volumeCount: Int
    /// What is wrong with the volumes; empty unless ``open(folders:selection:allowingProblems:)`` was told to go on.
    package let problems: [MediaSetProblem]
    /// What is unusual about the volumes and needs nothing done.
    package let notices: [MediaSetProblem]

    /// The volumes that are there, and those to come.
    let exchange: VolumeExchange
    /// Where reads block.
    let lanes: DispatchLanes
    /// The digest behind each tag, by the repository that the image goes to.
    let tagged: [RepositoryPath: [Tag: Digest]]
    private let indices: [Digest: Int]
    private let graph = Mutex<ManifestGraph?>(nil)
    /// What is read again when its volume may be gone; stays empty unless volumes come one at a time.
    let kept = KeptDocuments()

    /// The set's short name.
    package var set: SetIdentifier { SetIdentifier(manifestDigest: manifestDigest) }

    /// The paths of the volumes that are there, by number.
    package var volumePaths: [Int: String] { volumes.mapValues(\.path) }

    /// Whether volumes that are not there are asked for when they are needed.
    package var isOneAtATime: Bool { exchange.isOneAtATime }

    /// What the volumes that are there say of themselves, by number.
    var volumes: [Int: ScannedVolume] { exchange.volumes }

    /// Finds a set in folders (or files) and checks its volumes: all there, of this set, of the right size, with the right
    /// beginning and end.
    ///
    /// File names do not count, content does.
    ///
    /// - Parameters:
    ///   - folders: where to look; the volumes may be spread over them.
    ///   - selection: which set, when there are several.
    ///   - allowingProblems: whether to go on without the volumes that are missing or wrong.
    /// - Returns: the set.
    /// - Throws: `MediaSetError.noSet`, `.ambiguousSet`; `.damagedVolumes` with every volume that is missing or wrong;
    ///   `.damagedDocument`; `.fileSystem`.
    package static func open(
        folders: [String],
        selection: SetSelection = .newest,
        allowingProblems: Bool = false
    ) async throws -> MediaSetReader {
        let lanes = DispatchLanes(label: "ferry.media.read", width: 4)
        let assembly = try await lanes.run {
            let scan = try VolumeScan(folders)
            guard let digest = try scan.choose(selection, folders: folders) else { throw SetAssembly.failure(scan) }
            return try SetAssembly(scan, manifestDigest: digest)
        }
        let problems = assembly.problems.filter(\.isFatal)
        guard problems.isEmpty || allowingProblems else {
            throw SetAssembly.failure(SetIdentifier(manifestDigest: assembly.manifestDigest), problems)
        }
        return MediaSetReader(assembly, lanes)
    }

    /// Finds a set of which the volumes come as they are asked for, unless all of them are there.
    ///
    /// A set of which no sound volume is there is asked for too. Volumes that are wrong are among ``problems`` and count
    /// as not there.
    ///
    /// - Parameters:
    ///   - folders: where to look, now and whenever a volume was asked for.
    ///   - selection: which set, when there are several.
    ///   - requester: who is asked.
    ///   - quiet: how long nothing must have been read before a volume is asked for.
    /// - Returns: the set.
    /// - Throws: `MediaSetError.noSet` when none of the folders is there; `.ambiguousSet`; `.damagedVolumes` when the set
    ///   was never finished; `.damagedDocument`; `.fileSystem`; what the requester throws.
    package static func open(
        folders: [String],
        selection: SetSelection = .newest,
        requester: any VolumeRequester,
        quiet: Duration = .seconds(1)
    ) async throws -> MediaSetReader {
        let lanes = DispatchLanes(label: "ferry.media.read", width: 4)
        while true {
            switch try await lanes.run({ try SetOpening(folders, selection) }) {
            case .set(let assembly):
                let problems = assembly.problems.filter(\.isFatal)
                if problems.isEmpty { return MediaSetReader(assembly, lanes) }
                guard !problems.contains(where: { $0.kind == .unfinished }) else {
                    throw SetAssembly.failure(SetIdentifier(manifestDigest: assembly.manifestDigest), problems)
                }
                return MediaSetReader(
                    assembly,
                    lanes,
                    from: VolumeExchange.Source(requester: requester, places: folders, quiet: quiet)
                )
            case .nothing(let found):
                let set: SetIdentifier? = if case .set(let wanted) = selection { wanted } else { nil }
                try await requester.request(
                    VolumeRequest(.volume(1), set: set, volumeCount: nil, places: folders, found: found)
                )
            }
        }
    }

    private init(_ assembly: SetAssembly, _ lanes: DispatchLanes, from source: VolumeExchange.Source? = nil) {
        self.lanes = lanes
        manifest = assembly.manifest
        manifestDigest = assembly.manifestDigest
        volumeCount = assembly.count
        problems = assembly.problems.filter(\.isFatal)
        notices = assembly.problems.filter { !$0.isFatal }
        // Whoever goes on in spite of problems reads what can be read of damaged volumes too.
        let volumes = source == nil ? assembly.volumes : assembly.sound
        exchange = VolumeExchange(assembly.set, volumes, from: source, lanes: lanes)
        indices = Dictionary(assembly.manifest.blobs.enumerated().map { ($0.element.descriptor.digest, $0.offset) }) {
            first,
            _ in first
        }
        var tagged: [RepositoryPath: [Tag: Digest]] = [:]
        for image in assembly.manifest.images {
            for tag in image.tags { tagged[image.destination, default: [:]][tag] = image.manifest.digest }
        }
        self.tagged = tagged
    }

    /// The blob or manifest of a digest; nil when the set does not carry it.
    package func blob(_ digest: Digest) -> SetBlob? {
        indices[digest].map { manifest.blobs[$0] }
    }

    /// A further member of volume 1, such as `ferry/lock.json`; nil when the set has none of that path.
    ///
    /// - Throws: `MediaSetError.volumeMissing` when volume 1 is not there; `.digestMismatch`; `.fileSystem`.
    package func resource(_ path: String) async throws -> [UInt8]? {
        guard manifest.resources.contains(path) else { return nil }
        if let bytes = kept.resource(path) { return bytes }
        guard isOneAtATime || volumes[1] != nil else {
            throw MediaSetError(.volumeMissing, subject: path, message: "\(path) is in volume 1, which is not there")
        }
        let visit = VolumeVisit(exchange)
        defer { visit.end() }
        let lane = lanes.lane()
        let bytes = try await visit.read(1, on: lane) { [exchange] in
            try exchange.open(1).volume.read(path, limit: ScannedVolume.maximumManifestSize)
        }
        if let bytes, let digest = manifest.resourceDigests[path], try ContentHasher.digest(of: bytes) != digest {
            throw MediaSetError(
                .digestMismatch,
                subject: path,
                message: "volume 1 is damaged or was changed, bring it again: \(path) is not what the set manifest says"
            )
        }
        if isOneAtATime, let bytes { kept.keep(bytes, as: path) }
        return bytes
    }

    /// What the manifests of the set say of each other; read once, when first asked for.
    ///
    /// - Throws: `MediaSetError.digestMismatch` that names the volume of a damaged manifest; `.volumeMissing`;
    ///   `OCIModelError`.
    func manifestGraph() async throws -> ManifestGraph {
        if let graph = graph.withLock({ $0 }) { return graph }
        // Two tasks may do it at once; the results are the same.
        let graph = try await ManifestGraph(reading: self)
        self.graph.withLock { $0 = graph }
        return graph
    }
}

extension MediaSetReader: ImageSourceProvider {
    /// The set stands for every registry that its images came from.
    package func source(for registry: RegistryName) -> any ImageSource { self }
}
