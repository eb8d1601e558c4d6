import OCIModel

/// A set whose manifest was read.
struct KnownSet: Sendable {
    /// What it holds and where.
    let manifest: SetManifest
    /// The digest of the manifest.
    let digest: Digest
    /// How many volumes it has.
    let count: Int

    /// Its short name.
    var identifier: SetIdentifier { SetIdentifier(manifestDigest: digest) }
}

/// What lies where volumes of a set are waited for.
struct VolumeLook: Sendable {
    /// The sentences that are given at most.
    private static let maximumSentences = 6

    /// The sound volumes of the set, by number.
    let volumes: [Int: ScannedVolume]
    /// All that is there, a sentence each.
    let description: [String]

    /// Looks at folders and files; blocks.
    ///
    /// What cannot be read is described: a medium may not be ready yet.
    init(_ places: [String], for set: KnownSet) {
        do {
            let scan = try VolumeScan(places.filter { MediaFolder.isFolder($0) || MediaFolder.isFile($0) })
            let assembly = SetAssembly(scan, set)
            volumes = assembly.sound
            var sentences = assembly.sound.sorted { $0.key < $1.key }.map { number, volume in
                "\(volume.path) is volume \(number) of this set"
            }
            sentences += assembly.problems.filter { $0.isFatal && $0.path != nil && $0.kind != .foreign }.map(\.message)
            sentences += Self.strangers(in: scan, except: set.digest)
            description = Self.shortened(sentences, places)
        } catch {
            volumes = [:]
            description = ["\(error)"]
        }
    }

    /// Describes what is there when no set is known yet.
    init(_ places: [String], _ scan: VolumeScan) {
        volumes = [:]
        let wrecks = scan.wrecks.map { "volume \($0.name.number): \($0.path) is damaged: \($0.reason)" }
        description = Self.shortened(Self.strangers(in: scan, except: nil) + wrecks, places)
    }

    private static func strangers(in scan: VolumeScan, except digest: Digest?) -> [String] {
        scan.volumes.filter { scan.setDigest(of: $0) != digest }.map { volume in
            "\(volume.path) is volume \(volume.document.volume) of "
                + "\(digest == nil ? "the" : "another") set \(volume.document.set)"
        }
    }

    private static func shortened(_ sentences: [String], _ places: [String]) -> [String] {
        if sentences.isEmpty { return ["no volume of a media set is in \(places.joined(separator: ", "))"] }
        guard sentences.count > maximumSentences else { return sentences }
        return sentences.prefix(maximumSentences) + ["and \(sentences.count - maximumSentences) more"]
    }
}
