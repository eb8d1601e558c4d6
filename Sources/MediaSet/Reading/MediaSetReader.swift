import DispatchLanes
package import ImageStorage
package import OCIModel
import Synchronization

/// Reads a media set in place: nothing is unpacked and nothing is written, so the medium may be read-only.
///
/// As an ``ImageSource`` it gives manifests and blobs by digest whatever the repository, and tags by the repositories
/// that the images go to.
package final class MediaSetReader: Sendable {
    /// A blob's part in an open volume.
    struct Place: Sendable {
        /// The volume's number.
        let volume: Int
        /// Its first byte in the file.
        let offset: Int64
        /// The number of bytes.
        let length: Int64
    }

    /// What the set holds and where.
    package let manifest: SetManifest
    /// The digest of the set manifest.
    package let manifestDigest: Digest
    /// How many volumes the set has.
    package let volumeCount: Int
    /// The paths of the volumes that are there, by number.
    package let volumePaths: [Int: String]
    /// What is wrong with the volumes; empty unless ``open(folders:selection:allowingProblems:)`` was told to go on.
    package let problems: [MediaSetProblem]
    /// What is unusual about the volumes and needs nothing done.
    package let notices: [MediaSetProblem]

    /// The open volumes.
    let files: VolumeFiles
    /// Where reads block.
    let lanes: DispatchLanes
    /// What the volumes say of themselves, by number.
    let volumes: [Int: ScannedVolume]
    /// The digest behind each tag, by the repository that the image goes to.
    let tagged: [RepositoryPath: [Tag: Digest]]
    private let indices: [Digest: Int]
    private let graph = Mutex<ManifestGraph?>(nil)

    /// The set's short name.
    package var set: SetIdentifier { SetIdentifier(manifestDigest: manifestDigest) }

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

    private init(_ assembly: SetAssembly, _ lanes: DispatchLanes) {
        self.lanes = lanes
        manifest = assembly.manifest
        manifestDigest = assembly.manifestDigest
        volumeCount = assembly.count
        volumes = assembly.volumes
        volumePaths = assembly.volumes.mapValues(\.path)
        problems = assembly.problems.filter(\.isFatal)
        notices = assembly.problems.filter { !$0.isFatal }
        files = VolumeFiles(assembly.volumes.mapValues(\.path), .read)
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
    /// - Throws: `MediaSetError.volumeMissing` when volume 1 is not there; `.fileSystem`.
    package func resource(_ path: String) async throws -> [UInt8]? {
        guard manifest.resources.contains(path) else { return nil }
        guard let first = volumes[1] else {
            throw MediaSetError(.volumeMissing, subject: path, message: "\(path) is in volume 1, which is not there")
        }
        return try await lanes.run { try first.read(path, limit: ScannedVolume.maximumManifestSize) }
    }

    /// Where the bytes of a blob lie in the open volumes.
    ///
    /// - Throws: `MediaSetError.volumeMissing`.
    func places(of blob: SetBlob) throws(MediaSetError) -> [Place] {
        var places: [Place] = []
        for extent in blob.extents {
            guard let volume = volumes[extent.volume] else {
                throw MediaSetError(
                    .volumeMissing,
                    subject: blob.descriptor.digest,
                    message: "\(blob.descriptor.digest) is in volume \(extent.volume), which is not there"
                )
            }
            // Both were bounded when the set was put together.
            places.append(
                Place(volume: extent.volume, offset: volume.blobsOffset + extent.offset, length: extent.length)
            )
        }
        return places
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
