import Archiving
import OCIModel
import OpenSSLCrypto

/// A set put together from the volumes found: which file is which volume, and everything that is wrong with them.
///
/// Every call may block; nothing is written.
struct SetAssembly {
    /// The set manifest.
    let manifest: SetManifest
    /// Its digest.
    let manifestDigest: Digest
    /// How many volumes the set has.
    let count: Int
    /// The volumes found, by number.
    private(set) var volumes: [Int: ScannedVolume] = [:]
    private var isSound: [Int: Bool] = [:]
    /// What is wrong, fatal or not, by volume number.
    private(set) var problems: [MediaSetProblem] = []

    /// Puts a set together.
    ///
    /// - Throws: `MediaSetError.damagedVolumes` when no volume has a set manifest that can be read; `.damagedDocument`
    ///   when the manifest contradicts itself.
    init(_ scan: VolumeScan, manifestDigest: Digest) throws {
        let ours = scan.volumes.filter { scan.setDigest(of: $0) == manifestDigest }
        let intact = ours.first { $0.manifestDigest == manifestDigest }
        // Hashed once more: what is decoded is then what the digest, and with it a signature, stands for.
        guard let intact, let bytes = try intact.read(SetManifest.path, limit: ScannedVolume.maximumManifestSize),
            try ContentHasher.digest(of: bytes) == manifestDigest
        else {
            let problems = ours.map { volume in
                MediaSetProblem(
                    .damaged,
                    volume: volume.document.volume,
                    path: volume.path,
                    message: "volume \(volume.document.volume): \(volume.path) has a damaged \(SetManifest.path)"
                )
            }
            throw Self.failure(SetIdentifier(manifestDigest: manifestDigest), problems)
        }
        let manifest = try DocumentCoding.decode(
            SetManifest.self,
            from: bytes,
            name: "\(SetManifest.path) of \(intact.path)"
        )
        let count = try Self.countVolumes(manifest)
        self.init(scan, KnownSet(manifest: manifest, digest: manifestDigest, count: count))
    }

    /// Puts a set together whose manifest was read before, from whatever of it is there.
    init(_ scan: VolumeScan, _ set: KnownSet) {
        manifest = set.manifest
        manifestDigest = set.digest
        count = set.count
        let ours = scan.volumes.filter { scan.setDigest(of: $0) == set.digest }
        var problems: [MediaSetProblem] = []
        let ends = Self.ends(manifest)
        for volume in ours { take(volume, ends, &problems) }
        for number in 1...count where volumes[number] == nil {
            let isKnown = problems.contains { $0.volume == number && $0.isFatal }
            if !isKnown { problems.append(absent(number, scan)) }
        }
        self.problems = problems.sorted { ($0.volume ?? 0, $0.message) < ($1.volume ?? 0, $1.message) }
    }

    /// The set without its volumes.
    var set: KnownSet { KnownSet(manifest: manifest, digest: manifestDigest, count: count) }

    /// The volumes of the right size, with the right beginning and end, by number.
    var sound: [Int: ScannedVolume] { volumes.filter { isSound[$0.key] == true } }

    /// The error that lists problems.
    static func failure(_ set: SetIdentifier, _ problems: [MediaSetProblem]) -> MediaSetError {
        let numbers = Set(problems.compactMap(\.volume)).sorted().map(String.init).joined(separator: ", ")
        return MediaSetError(
            .damagedVolumes,
            subject: set,
            message:
                "the media set \(set) cannot be read: look at volume \(numbers); only these need to be brought again",
            problems: problems
        )
    }

    /// The error for folders in which only damaged or unfinished files tell of a set.
    static func failure(_ scan: VolumeScan) -> MediaSetError {
        var problems = scan.wrecks.map { wreck in
            MediaSetProblem(
                wreck.kind,
                volume: wreck.name.number,
                path: wreck.path,
                message: "volume \(wreck.name.number): \(wreck.path) is damaged: \(wreck.reason)"
            )
        }
        problems += scan.partials.map { unfinished($0.path, $0.name.number) }
        let set = (scan.wrecks.first?.name ?? scan.partials.first?.name)?.set.text ?? ""
        return MediaSetError(
            .damagedVolumes,
            subject: set,
            message: "the media set \(set) cannot be read",
            problems: problems
        )
    }

    /// Puts a volume in its place, and says what is unusual or wrong about it.
    private mutating func take(_ volume: ScannedVolume, _ ends: [Int: Int64], _ problems: inout [MediaSetProblem]) {
        let set = SetIdentifier(manifestDigest: manifestDigest)
        let number = volume.document.volume
        func report(_ kind: MediaSetProblem.Kind, volume number: Int, _ what: String) {
            problems.append(
                MediaSetProblem(
                    kind,
                    volume: number,
                    path: volume.path,
                    message: "volume \(number): \(volume.path) \(what)"
                )
            )
        }
        guard (1...count).contains(number), volume.document.volumes == count,
            volume.document.sequence == manifest.sequence, volume.document.destination == manifest.destination,
            volume.document.setManifest == manifestDigest, volume.document.set == set
        else {
            let named = VolumeScan.number(inNameOf: volume.path, set: set) ?? number
            report(.damaged, volume: named, "has a \(VolumeDocument.path) that does not fit the set")
            return
        }
        let faults = faults(number, volume, end: ends[number] ?? 0)
        if let first = volumes[number] {
            // A sound copy counts more than a damaged one, and the first more than the second.
            if isSound[number] == true || !faults.isEmpty {
                report(.duplicate, volume: number, "is there twice; \(first.path) is read")
                return
            }
            problems.removeAll { $0.volume == number && $0.isFatal && $0.path == first.path }
            report(.duplicate, volume: number, "is there twice and sound; \(first.path) is not read")
        }
        volumes[number] = volume
        isSound[number] = faults.isEmpty
        for fault in faults { report(fault.kind, volume: number, fault.what) }
        let name = VolumeName(sequence: manifest.sequence, set: set, number: number, count: count).fileName
        if volume.path.split(separator: "/").last.map(String.init) != name {
            report(.renamed, volume: number, "has another name than \(name)")
        }
    }

    /// Compares a volume's size, manifest and end with what the set says.
    private func faults(
        _ number: Int,
        _ volume: ScannedVolume,
        end: Int64
    ) -> [(kind: MediaSetProblem.Kind, what: String)] {
        if volume.fileSize != volume.document.size {
            let kind: MediaSetProblem.Kind = volume.fileSize < volume.document.size ? .truncated : .oversized
            return [(kind, "has \(volume.fileSize) bytes instead of \(volume.document.size)")]
        }
        var faults: [(MediaSetProblem.Kind, String)] = []
        if volume.manifestDigest != manifestDigest { faults.append((.damaged, "has a damaged \(SetManifest.path)")) }
        let (start, overflow) = volume.blobsOffset.addingReportingOverflow(end)
        do {
            guard !overflow, start < volume.fileSize else { throw Self.misfit(volume) }
            let file = try MediaFile(volume.path, .read)
            let member = try TarHeader.parse { offset, count in try file.read(count, at: start + offset) }
            guard let member, member.path == VolumeSums.path, member.size < volume.fileSize,
                start + member.headerSize + member.size + TarHeader.padding(after: member.size)
                    + Int64(TarHeader.endOfArchive.count) == volume.fileSize
            else { throw Self.misfit(volume) }
        } catch {
            faults.append((.damaged, "does not end as it must: \(VolumeSums.path) is not where the set says"))
        }
        return faults
    }

    private static func misfit(_ volume: ScannedVolume) -> MediaSetError {
        MediaSetError(.damagedDocument, subject: volume.path, message: "\(volume.path) does not end as it must")
    }

    /// Why a volume is not there, as far as the files tell.
    private func absent(_ number: Int, _ scan: VolumeScan) -> MediaSetProblem {
        let set = SetIdentifier(manifestDigest: manifestDigest)
        if let wreck = scan.wrecks.first(where: { $0.name.set == set && $0.name.number == number }) {
            return MediaSetProblem(
                wreck.kind,
                volume: number,
                path: wreck.path,
                message: "volume \(number): \(wreck.path) is damaged: \(wreck.reason)"
            )
        }
        let stranger = scan.volumes.first { volume in
            scan.setDigest(of: volume) != manifestDigest && VolumeScan.number(inNameOf: volume.path, set: set) == number
        }
        if let stranger {
            return MediaSetProblem(
                .foreign,
                volume: number,
                path: stranger.path,
                message: "volume \(number): \(stranger.path) is volume \(stranger.document.volume) of another set, "
                    + "\(stranger.document.set)"
            )
        }
        if let partial = scan.partials.first(where: { $0.name.set == set && $0.name.number == number }) {
            return Self.unfinished(partial.path, number)
        }
        let name = VolumeName(sequence: manifest.sequence, set: set, number: number, count: count).fileName
        return MediaSetProblem(.missing, volume: number, path: nil, message: "volume \(number): \(name) is missing")
    }

    private static func unfinished(_ path: String, _ number: Int) -> MediaSetProblem {
        MediaSetProblem(
            .unfinished,
            volume: number,
            path: path,
            message: "volume \(number): \(path) was not finished; run the command that makes it again"
        )
    }

    /// The number of volumes; checks the extents on the way.
    private static func countVolumes(_ manifest: SetManifest) throws(MediaSetError) -> Int {
        var count = 1
        for blob in manifest.blobs {
            var total: Int64 = 0
            for extent in blob.extents {
                let (sum, overflow) = total.addingReportingOverflow(extent.length)
                guard extent.length >= 0, extent.offset >= Int64(TarHeader.blockSize), !overflow,
                    extent.offset <= Descriptor.maximumSize << 4, extent.length <= Descriptor.maximumSize,
                    (1...VolumePacking.maximumVolumes).contains(extent.volume)
                else { throw contradiction(blob) }
                total = sum
                count = max(count, extent.volume)
            }
            guard total == blob.descriptor.size, !blob.extents.isEmpty else { throw contradiction(blob) }
        }
        return count
    }

    private static func contradiction(_ blob: SetBlob) -> MediaSetError {
        MediaSetError(
            .damagedDocument,
            subject: blob.descriptor.digest,
            message: "the set manifest contradicts itself: the places of \(blob.descriptor.digest) are not those of "
                + "\(blob.descriptor.size) bytes"
        )
    }

    /// Where the blobs of each volume end, padding included, counted as the extents are.
    private static func ends(_ manifest: SetManifest) -> [Int: Int64] {
        var ends: [Int: Int64] = [:]
        for blob in manifest.blobs {
            for extent in blob.extents {
                let end = extent.offset + extent.length + TarHeader.padding(after: extent.length)
                ends[extent.volume] = max(ends[extent.volume] ?? 0, end)
            }
        }
        return ends
    }
}
