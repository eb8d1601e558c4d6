import Archiving
import Glibc
import OCIModel

/// The volumes that lie in some folders, found by content, and what is wrong with files that only have the name of one.
///
/// Every call may block; nothing is written.
struct VolumeScan: Sendable {
    /// A file that has a volume's name and cannot be read as one.
    struct Wreck: Sendable {
        /// Where the file is.
        let path: String
        /// The volume that its name says it is.
        let name: VolumeName
        /// What is wrong with it.
        let kind: MediaSetProblem.Kind
        /// Why it cannot be read, as a clause.
        let reason: String
    }

    /// The most files of a folder that are looked at.
    private static let maximumFiles = 100_000

    /// The volumes found, in the order of the folders and names.
    private(set) var volumes: [ScannedVolume] = []
    /// The files that only look like volumes.
    private(set) var wrecks: [Wreck] = []
    /// Volumes that are still being written, with their paths.
    private(set) var partials: [(path: String, name: VolumeName)] = []

    /// Looks at every file of the folders, or at single files.
    ///
    /// - Throws: `MediaSetError.fileSystem` when a folder cannot be read; `.noSet` when one is not there.
    init(_ folders: [String]) throws {
        for folder in folders {
            if MediaFolder.isFolder(folder) {
                for name in try MediaFolder.names(in: folder, limit: Self.maximumFiles) {
                    try look(at: "\(folder)/\(name)", name: name)
                }
            } else if MediaFolder.isFile(folder) {
                try look(at: folder, name: String(folder.split(separator: "/").last ?? ""))
            } else {
                throw MediaSetError(
                    .noSet,
                    subject: folder,
                    message: "\(folder) is not there, or is neither folder nor file"
                )
            }
        }
    }

    /// The digest of the manifest of the set that a volume belongs to.
    ///
    /// When it states another digest than its manifest has, one of the two is damaged; what another volume confirms is
    /// right.
    func setDigest(of volume: ScannedVolume) -> Digest {
        if volume.isConsistent { return volume.manifestDigest }
        let confirmed = Set(volumes.filter(\.isConsistent).map(\.manifestDigest))
        if confirmed.contains(volume.manifestDigest) { return volume.manifestDigest }
        if confirmed.contains(volume.document.setManifest) { return volume.document.setManifest }
        return volume.document.set == SetIdentifier(manifestDigest: volume.manifestDigest)
            ? volume.manifestDigest : volume.document.setManifest
    }

    /// The number that a volume's file name has, when it is the name of a volume of that set.
    static func number(inNameOf path: String, set: SetIdentifier) -> Int? {
        guard let name = VolumeName(fileName: path.split(separator: "/").last ?? ""), name.set == set else {
            return nil
        }
        return name.number
    }

    private mutating func look(at path: String, name: String) throws {
        if name.hasSuffix(VolumeName.partialSuffix) {
            if let volume = VolumeName(fileName: name.dropLast(VolumeName.partialSuffix.count)) {
                partials.append((path, volume))
            }
            return
        }
        guard MediaFolder.isFile(path) else { return }
        let named = VolumeName(fileName: name)
        do {
            let file = try MediaFile(path, .read)
            if try ScannedVolume.isVolume(file) {
                volumes.append(try ScannedVolume(file))
            } else if let named {
                let isEmpty = try file.sizes().size < Int64(TarHeader.blockSize)
                wrecks.append(
                    Wreck(
                        path: path,
                        name: named,
                        kind: isEmpty ? .truncated : .damaged,
                        reason: isEmpty ? "it is empty" : "it does not begin like a volume"
                    )
                )
            }
        } catch let error as MediaSetError {
            // Somebody else's unreadable file beside the set is none of our business.
            guard let named else { return }
            /// What is wrong with it.
            let kind: MediaSetProblem.Kind = error.code == .fileSystem ? .unreadable : .damaged
            wrecks.append(Wreck(path: path, name: named, kind: kind, reason: error.message))
        } catch {
            guard let named else { return }
            wrecks.append(Wreck(path: path, name: named, kind: .damaged, reason: "\(error)"))
        }
    }
}
