import DispatchLanes
import ImageStorage
import OCIModel

/// Proves a media set by reading it: every byte once, from front to back of each volume.
package struct MediaSetVerifier {
    private let reader: MediaSetReader
    private let lanes: [DispatchLane]
    private var problems: [MediaSetProblem]
    private var damaged: [Int: Set<Int>] = [:]
    private var wholes: [Int: WholeCheck] = [:]
    /// The pieces whose bytes are not those of the sums, by blob.
    private var suspects: [Int: [(volume: Int, path: String)]] = [:]
    private var manifests: [Int: [UInt8]] = [:]
    private var graph = ManifestGraph()
    private var bytes: Int64 = 0

    /// Reads a set and reports everything that is wrong with it.
    ///
    /// - Parameters:
    ///   - folders: where its volumes are.
    ///   - selection: which set, when there are several.
    ///   - width: how many members are hashed at the same time.
    ///   - progress: called now and then with the bytes read so far and the bytes there are.
    /// - Returns: what was found.
    /// - Throws: `MediaSetError.noSet`, `.ambiguousSet`; `.damagedVolumes` when no set manifest can be read at all;
    ///   `.damagedDocument` when it contradicts itself; `CancellationError`.
    package static func verify(
        folders: [String],
        selection: SetSelection = .newest,
        width: Int = 4,
        progress: (_ done: Int64, _ total: Int64) -> Void = { _, _ in }
    ) async throws -> MediaSetVerification {
        let reader = try await MediaSetReader.open(folders: folders, selection: selection, allowingProblems: true)
        return try await verify(reader, width: width, progress: progress)
    }

    /// Reads a set that was opened with its problems allowed, and reports everything that is wrong with it.
    ///
    /// - Parameters:
    ///   - reader: the set.
    ///   - width: how many members are hashed at the same time.
    ///   - progress: called now and then with the bytes read so far and the bytes there are.
    /// - Returns: what was found.
    /// - Throws: `MediaSetError.damagedDocument` when the manifest contradicts itself; `CancellationError`.
    package static func verify(
        _ reader: MediaSetReader,
        width: Int = 4,
        progress: (_ done: Int64, _ total: Int64) -> Void = { _, _ in }
    ) async throws -> MediaSetVerification {
        var verifier = MediaSetVerifier(reader, width: width)
        return try await verifier.run(progress)
    }

    private init(_ reader: MediaSetReader, width: Int) {
        self.reader = reader
        problems = reader.problems
        lanes = (0..<max(1, width)).map { DispatchLane(label: "ferry.media.verify.\($0)") }
    }

    private mutating func run(_ progress: (Int64, Int64) -> Void) async throws -> MediaSetVerification {
        let total = reader.volumes.values.reduce(0) { $0 + $1.fileSize }
        var done: Int64 = 0
        for number in 1...reader.volumeCount {
            guard let volume = reader.volumes[number] else { continue }
            try await read(number, volume) { count in
                done += count
                progress(min(done, total), total)
            }
        }
        try judgeWholes()
        for (index, blob) in reader.manifest.blobs.enumerated() {
            for extent in blob.extents where reader.volumes[extent.volume] == nil {
                damaged[index, default: []].insert(extent.volume)
            }
        }
        return report()
    }

    private mutating func read(_ number: Int, _ volume: ScannedVolume, progress: (Int64) -> Void) async throws {
        let map = try VolumeRegions(reader, number, volume)
        let checks = Checks(wholes)
        let blobs = reader.manifest.blobs
        var reading = try VolumeReading(volume, map, lanes: lanes) { member in try checks.make(member, blobs) }
        var results: [(path: String, outcome: VolumeReading.Outcome)] = []
        var sums: VolumeSums?
        try await reading.run(progress: progress) { outcome in
            if case .sums = outcome.member.subject, outcome.digest != nil, let bytes = outcome.check.collected {
                // Sums that cannot be read are a fault of the volume, reported below.
                sums = try? DocumentCoding.decode(VolumeSums.self, from: bytes, name: VolumeSums.path)
            } else {
                results.append((outcome.check.path, outcome))
            }
        }
        wholes = checks.wholes
        bytes += reading.bytesRead
        var faults = reading.faults
        if sums == nil { faults.append("\(VolumeSums.path) is damaged") }
        for (_, outcome) in results { try judge(outcome, number, sums, &faults) }
        for fault in faults.prefix(20) {
            problems.append(
                MediaSetProblem(
                    .damaged,
                    volume: number,
                    path: volume.path,
                    message: "volume \(number): \(volume.path): \(fault)"
                )
            )
        }
    }

    /// Compares what a member hashes to with its digest and with the sums.
    private mutating func judge(
        _ outcome: VolumeReading.Outcome,
        _ number: Int,
        _ sums: VolumeSums?,
        _ faults: inout [String]
    ) throws {
        switch outcome.member.subject {
        case .sums:
            // Only when it could not be read as a whole; that is a fault already.
            break
        case .prefix:
            let isRight = sums?.members[outcome.member.path].map { $0 == outcome.digest?.hex } ?? (sums == nil)
            let isManifest = outcome.member.path == SetManifest.path
            if isManifest ? outcome.digest != reader.manifestDigest : !isRight {
                faults.append("its member \(outcome.member.path) is damaged")
            } else if !isRight {
                faults.append("\(VolumeSums.path) is damaged")
            }
        case .blob(let index, let part, let count):
            let path = sumsPath(sums, outcome.member.path, part: part, count: count)
            let sum = path.flatMap { sums?.members[$0] }
            if let whole = outcome.check.whole {
                whole.ended(part: part, isWhole: outcome.digest != nil)
                if outcome.digest == nil || (sums != nil && sum != outcome.digest?.hex) {
                    suspects[index, default: []].append((number, outcome.member.path))
                }
            } else if outcome.digest != outcome.member.digest {
                damaged[index, default: []].insert(number)
            } else if sums != nil, sum != outcome.digest?.hex {
                faults.append("\(VolumeSums.path) is damaged")
            }
            if let bytes = outcome.check.collected { manifests[index, default: []] += bytes }
            if part == count - 1, outcome.check.whole == nil { addManifest(index) }
        }
    }

    private func sumsPath(_ sums: VolumeSums?, _ path: String, part: Int, count: Int) -> String? {
        if count == 1 { return path }
        let digits = (String(count).utf8.count...6).map { width in
            "\(path).\(VolumeName.padded(part + 1, width))of\(VolumeName.padded(count, width))"
        }
        return digits.first { sums?.members[$0] != nil }
    }

    /// Decides about the blobs in several pieces: their digest counts more than the sums.
    private mutating func judgeWholes() throws {
        for (index, whole) in wholes {
            let blob = reader.manifest.blobs[index]
            let isComplete = whole.nextPart == blob.extents.count
            if isComplete, try whole.finish() == blob.descriptor.digest {
                for suspect in suspects[index] ?? [] {
                    problems.append(
                        MediaSetProblem(
                            .damaged,
                            volume: suspect.volume,
                            path: reader.volumePaths[suspect.volume],
                            message: "volume \(suspect.volume): \(VolumeSums.path) is damaged"
                        )
                    )
                }
                addManifest(index)
            } else {
                let blamed = (suspects[index] ?? []).map(\.volume)
                let absent = blob.extents.map(\.volume).filter { reader.volumes[$0] == nil }
                let volumes = blamed + absent
                damaged[index, default: []].formUnion(volumes.isEmpty ? blob.extents.map(\.volume) : volumes)
            }
        }
    }

    private mutating func addManifest(_ index: Int) {
        guard let bytes = manifests.removeValue(forKey: index) else { return }
        let descriptor = reader.manifest.blobs[index].descriptor
        do {
            try graph.add(
                ManifestDocument(verifying: bytes, contentType: descriptor.mediaType, expected: descriptor.digest)
            )
        } catch {
            // Its bytes are wrong, which is reported with the blob; or they are no manifest after all, and then nothing
            // can be said about what it needs.
            return
        }
    }

    private func report() -> MediaSetVerification {
        let blobs = reader.manifest.blobs
        let closure = reader.closure(graph)
        let bad = Set(damaged.keys.map { blobs[$0].descriptor.digest }).union(closure.missing.map(\.digest))
        var hurt: [MediaSetVerification.HurtImage] = []
        for image in reader.manifest.images where !bad.isEmpty {
            var digests: [Digest] = []
            graph.walk(image) { if bad.contains($0.digest) { digests.append($0.digest) } }
            guard !digests.isEmpty else { continue }
            hurt.append(
                MediaSetVerification.HurtImage(
                    origin: image.origin,
                    destination: image.destination,
                    tags: image.tags,
                    digests: digests.sorted()
                )
            )
        }
        return MediaSetVerification(
            set: reader.set,
            sequence: reader.manifest.sequence,
            volumes: reader.volumeCount,
            images: reader.manifest.images.count,
            blobs: blobs.count,
            bytes: bytes,
            problems: problems.sorted { ($0.volume ?? 0, $0.message) < ($1.volume ?? 0, $1.message) },
            damagedBlobs: damaged.sorted { $0.key < $1.key }.map { index, volumes in
                MediaSetVerification.DamagedBlob(
                    digest: blobs[index].descriptor.digest,
                    size: blobs[index].descriptor.size,
                    volumes: volumes.sorted()
                )
            },
            missing: closure.missing,
            hurtImages: hurt,
            required: closure.required.count
        )
    }
}

/// Makes the checks of members, joining the pieces of a blob over volumes.
private final class Checks {
    /// The blobs begun and not yet judged, by index.
    private(set) var wholes: [Int: WholeCheck]

    /// Continues with the blobs that volumes before have begun.
    init(_ wholes: [Int: WholeCheck]) {
        self.wholes = wholes
    }

    /// The check of a member.
    ///
    /// - Throws: `OpenSSLError`.
    func make(_ member: VolumeRegions.Member, _ blobs: [SetBlob]) throws -> MemberCheck {
        guard case .blob(let index, _, let count) = member.subject else {
            let isSums = if case .sums = member.subject { true } else { false }
            return try MemberCheck(member.subject, path: member.path, collects: isSums)
        }
        let descriptor = blobs[index].descriptor
        let isManifest = descriptor.mediaType.isIndex || descriptor.mediaType.isImageManifest
        let collects = isManifest && descriptor.size <= Int64(Manifest.defaultMaximumSize)
        guard count > 1 || descriptor.digest.algorithm != .sha256 else {
            return try MemberCheck(member.subject, path: member.path, collects: collects)
        }
        let whole = try wholes[index] ?? WholeCheck(descriptor.digest.algorithm)
        wholes[index] = whole
        return try MemberCheck(member.subject, path: member.path, whole: whole, collects: collects)
    }
}
