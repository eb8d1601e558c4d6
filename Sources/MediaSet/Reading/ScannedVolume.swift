import Archiving
import OCIModel
import OpenSSLCrypto

/// A file that says it is a volume, with what its beginning says; every call may block.
struct ScannedVolume: Sendable {
    /// A member before the blobs.
    struct Member: Sendable {
        /// Its path in the archive.
        let path: String
        /// Where its content starts in the file.
        let dataOffset: Int64
        /// The size of its content in bytes.
        let size: Int64
    }

    /// The largest `ferry-volume.json` that is read, in bytes.
    private static let maximumDocumentSize: Int64 = 64 << 10
    /// The largest set manifest that is read, in bytes; one blob takes some 200.
    static let maximumManifestSize: Int64 = 1 << 30
    /// The most members that may stand before the blobs.
    private static let maximumMembers = 10_000

    /// Where the file is.
    let path: String
    /// Its size in bytes.
    let fileSize: Int64
    /// What it says about itself.
    let document: VolumeDocument
    /// The members before the blobs, in order.
    let members: [Member]
    /// Where the first blob's header stands; where `ferry-sums.json` has its header when there is no blob.
    let blobsOffset: Int64
    /// The SHA-256 of its `ferry-set.json`.
    let manifestDigest: Digest

    /// Whether a file begins like a volume.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    static func isVolume(_ file: MediaFile) throws(MediaSetError) -> Bool {
        try file.read(VolumeDocument.path.utf8.count, at: 0).elementsEqual(VolumeDocument.path.utf8)
    }

    /// Reads the beginning of a volume.
    ///
    /// - Throws: `MediaSetError.damagedDocument`, `.fileSystem`; `TarHeaderError`.
    init(_ file: MediaFile) throws {
        path = file.path
        fileSize = try file.sizes().size
        var members: [Member] = []
        var position: Int64 = 0
        while true {
            guard members.count < Self.maximumMembers else {
                throw Self.damaged(file, "has too many members before its blobs")
            }
            let start = position
            let parsed = try TarHeader.parse { offset, count in try file.read(count, at: start + offset) }
            guard let parsed else { throw Self.damaged(file, "ends before its blobs") }
            if parsed.path.hasPrefix(BlobPath.folder) || parsed.path == VolumeSums.path { break }
            let (end, overflow) = (position + parsed.headerSize).addingReportingOverflow(parsed.size)
            guard !overflow, end <= fileSize else { throw Self.damaged(file, "ends inside its member \(parsed.path)") }
            members.append(Member(path: parsed.path, dataOffset: position + parsed.headerSize, size: parsed.size))
            position = end + TarHeader.padding(after: end)
        }
        blobsOffset = position
        self.members = members
        guard let first = members.first, first.path == VolumeDocument.path, first.size <= Self.maximumDocumentSize
        else {
            throw Self.damaged(file, "does not begin with \(VolumeDocument.path)")
        }
        document = try DocumentCoding.decode(
            VolumeDocument.self,
            from: try file.read(Int(first.size), at: first.dataOffset),
            name: "\(VolumeDocument.path) of \(file.path)"
        )
        guard document.format == SetManifest.currentFormat else {
            throw Self.damaged(file, "has format \(document.format), which this program does not read")
        }
        guard let manifest = members.first(where: { $0.path == SetManifest.path }),
            manifest.size <= Self.maximumManifestSize
        else { throw Self.damaged(file, "has no \(SetManifest.path)") }
        manifestDigest = try Self.hash(file, from: manifest.dataOffset, count: manifest.size)
    }

    /// Whether the set manifest in it is the one that it states.
    var isConsistent: Bool {
        manifestDigest == document.setManifest && document.set == SetIdentifier(manifestDigest: manifestDigest)
    }

    /// The bytes of a member before the blobs; nil when there is none of that path.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    func read(_ path: String, limit: Int64) throws(MediaSetError) -> [UInt8]? {
        guard let member = members.first(where: { $0.path == path }), member.size <= limit else { return nil }
        return try MediaFile(self.path, .read).read(Int(member.size), at: member.dataOffset)
    }

    private static func hash(_ file: MediaFile, from offset: Int64, count: Int64) throws -> Digest {
        var hasher = try ContentHasher()
        var done: Int64 = 0
        while done < count {
            let bytes = try file.read(Int(min(1 << 20, count - done)), at: offset + done)
            if bytes.isEmpty { break }
            try hasher.update(bytes)
            done += Int64(bytes.count)
        }
        return try hasher.finish()
    }

    private static func damaged(_ file: MediaFile, _ what: String) -> MediaSetError {
        MediaSetError(.damagedDocument, subject: file.path, message: "\(file.path) \(what)")
    }
}
