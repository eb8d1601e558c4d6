import Archiving
package import OCIModel
import OpenSSLCrypto

/// Where every byte of a media set goes: made before the first blob is fetched, a function of the content alone.
package struct SetLayout: Sendable {
    /// A member of a volume: a blob, or a piece of one.
    package struct Piece: Hashable, Sendable {
        /// The volume's number, from 1.
        package let volume: Int
        /// Where the member's header starts in the file.
        package let headerOffset: Int64
        /// Where its data starts in the file.
        package let dataOffset: Int64
        /// The number of data bytes.
        package let length: Int64

        /// Where the member ends in the file, padding included.
        package var end: Int64 { dataOffset + length + TarHeader.padding(after: length) }
    }

    /// One file of the set.
    package struct Volume: Hashable, Sendable {
        /// Its name.
        package let name: VolumeName
        /// The size of the file in bytes.
        package let fileSize: Int64
        /// Where the first blob's header stands: a multiple of 64 KiB.
        package let prefixSize: Int64
        /// Where `ferry-sums.json` has its header.
        package let sumsOffset: Int64
        /// The size of `ferry-sums.json` in bytes.
        package let sumsSize: Int64
        /// The blobs that lie in it, wholly or in part, as indices into ``SetLayout/blobs``.
        package let blobs: Range<Int>
    }

    /// What the set is made from.
    package let content: SetContent
    /// The digest of the set manifest.
    package let manifestDigest: Digest
    /// The bytes of the set manifest.
    package let manifestBytes: [UInt8]
    /// The files, in order.
    package let volumes: [Volume]
    private let pieces: [Piece]
    private let firstPiece: [Int]
    private let digits: [Int: Int]
    private let indices: [Digest: Int]
    private let indexDocument: [UInt8]

    /// The set's short name.
    package var set: SetIdentifier { SetIdentifier(manifestDigest: manifestDigest) }

    /// The blobs and manifests, in the order in which they lie.
    package var blobs: [Descriptor] { content.blobs }

    /// The size of all files together in bytes.
    package var totalSize: Int64 { volumes.reduce(0) { $0 + $1.fileSize } }

    /// Plans a set.
    ///
    /// No file of it is larger than `volumeSize`.
    ///
    /// - Throws: `MediaSetError.invalidContent`; `.volumeTooSmall` that says how large volumes must be; `TarHeaderError`
    ///   for a resource whose path no tar archive takes.
    package static func plan(_ content: SetContent, volumeSize: VolumeSize = .standard) throws -> SetLayout {
        try content.validate()
        return try LayoutPlanner(content, limit: volumeSize.limit).plan()
    }

    /// Turns a packing into places in files.
    ///
    /// - Throws: `OpenSSLError`.
    init(
        content: SetContent,
        packing: VolumePacking,
        first: VolumePacking.Frame,
        other: VolumePacking.Frame,
        manifestBytes: [UInt8],
        indexDocument: [UInt8]
    ) throws {
        let manifestDigest = try ContentHasher.digest(of: manifestBytes)
        let set = SetIdentifier(manifestDigest: manifestDigest)
        self.content = content
        self.manifestBytes = manifestBytes
        self.manifestDigest = manifestDigest
        self.indexDocument = indexDocument
        digits = packing.digits
        let frames = packing.volumes.indices.map { $0 == 0 ? first : other }
        volumes = packing.volumes.enumerated().map { index, volume in
            let prefix = frames[index].prefix
            let members = packing.pieces[volume.pieces]
            return Volume(
                name: VolumeName(
                    sequence: content.sequence,
                    set: set,
                    number: index + 1,
                    count: packing.volumes.count
                ),
                fileSize: VolumePacking.fileSize(prefix: prefix, used: volume.used, sums: volume.sums),
                prefixSize: prefix,
                sumsOffset: prefix + volume.used,
                sumsSize: volume.sums - 1,
                blobs: (members.first?.blob ?? 0)..<(members.last.map { $0.blob + 1 } ?? 0)
            )
        }
        var pieces: [Piece] = []
        pieces.reserveCapacity(packing.pieces.count)
        var firstPiece: [Int] = []
        firstPiece.reserveCapacity(content.blobs.count + 1)
        for (index, piece) in packing.pieces.enumerated() {
            if piece.blob == firstPiece.count { firstPiece.append(index) }
            let prefix = frames[piece.volume - 1].prefix
            pieces.append(
                Piece(
                    volume: piece.volume,
                    headerOffset: prefix + piece.header,
                    dataOffset: prefix + piece.data,
                    length: piece.length
                )
            )
        }
        firstPiece.append(pieces.count)
        self.pieces = pieces
        self.firstPiece = firstPiece
        indices = Dictionary(content.blobs.enumerated().map { ($0.element.digest, $0.offset) }) { first, _ in first }
    }

    /// The index of a blob among ``blobs``; nil when the set does not carry it.
    package func index(of digest: Digest) -> Int? { indices[digest] }

    /// The members that make up a blob, in order; `index` counts into ``blobs``.
    package func pieces(of index: Int) -> ArraySlice<Piece> {
        pieces[firstPiece[index]..<firstPiece[index + 1]]
    }

    /// The path of a blob's member; `part` counts from 0.
    package func path(of index: Int, part: Int) -> String {
        let count = firstPiece[index + 1] - firstPiece[index]
        return BlobPath.path(blobs[index].digest, part: part, of: count, digits: digits[index] ?? 1)
    }

    /// The members before the blobs of a volume; `number` counts from 1.
    ///
    /// - Throws: `EncodingError`; `TarHeaderError`; `MediaSetError.invalidContent` when the plan does not add up.
    func prefixMembers(ofVolume number: Int) throws -> [PrefixMember] {
        let volume = volumes[number - 1]
        let document = VolumeDocument(
            set: set,
            sequence: content.sequence,
            destination: content.destination,
            volume: number,
            volumes: volumes.count,
            size: volume.fileSize,
            setManifest: manifestDigest
        )
        var members = [
            PrefixMember(path: VolumeDocument.path, bytes: try DocumentCoding.compact(document)),
            PrefixMember(path: SetManifest.path, bytes: manifestBytes),
            PrefixMember(path: LayoutDocuments.layoutPath, bytes: LayoutDocuments.layout),
            PrefixMember(path: LayoutDocuments.indexPath, bytes: indexDocument),
        ]
        if number == 1 {
            members += content.resources.map { PrefixMember(path: $0.path, bytes: $0.bytes) }
        }
        var used: Int64 = 0
        for member in members {
            used += try PrefixMember.footprint(path: member.path, size: Int64(member.bytes.count))
        }
        let rest = volume.prefixSize - used - Int64(TarHeader.blockSize)
        guard rest >= 0 else {
            throw MediaSetError(
                .invalidContent,
                subject: volume.name,
                message: "the beginning of \(volume.name) has no room"
            )
        }
        members.append(PrefixMember(path: PrefixMember.paddingPath, bytes: [UInt8](repeating: 0, count: Int(rest))))
        return members
    }
}

extension SetLayout {
    /// The header bytes of a blob's member; `part` counts from 0.
    ///
    /// - Throws: `TarHeaderError`; `MediaSetError.invalidContent` when libarchive makes another number of bytes than was
    ///   planned.
    func header(of index: Int, part: Int) throws -> [UInt8] {
        let piece = pieces(of: index)[pieces(of: index).startIndex + part]
        let path = path(of: index, part: part)
        let bytes = try TarHeader(path: path, size: piece.length, modificationTime: content.modificationTime).bytes
        guard Int64(bytes.count) == piece.dataOffset - piece.headerOffset else {
            throw MediaSetError(
                .invalidContent,
                subject: path,
                message: "the tar header of \(path) has an unexpected size"
            )
        }
        return bytes
    }

    /// The bytes before the first blob of a volume; `number` counts from 1.
    ///
    /// - Throws: as ``prefixMembers(ofVolume:)``.
    func prefix(ofVolume number: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(volumes[number - 1].prefixSize))
        for member in try prefixMembers(ofVolume: number) {
            bytes += try member.encoded(modificationTime: content.modificationTime)
        }
        guard Int64(bytes.count) == volumes[number - 1].prefixSize else {
            throw MediaSetError(
                .invalidContent,
                subject: volumes[number - 1].name,
                message: "the beginning of \(volumes[number - 1].name) has an unexpected size"
            )
        }
        return bytes
    }

    /// What follows the blobs of a volume: `ferry-sums.json` and the end marker.
    ///
    /// `sums` gives the SHA-256 of the members of the blob at an index, empty where that is the blob's digest.
    ///
    /// - Throws: as ``prefixMembers(ofVolume:)``.
    func suffix(ofVolume number: Int, sums: (Int) -> [String]) throws -> [UInt8] {
        let volume = volumes[number - 1]
        var members: [String: String] = [:]
        for member in try prefixMembers(ofVolume: number) {
            members[member.path] = try ContentHasher.digest(of: member.bytes).hex
        }
        for index in volume.blobs {
            let known = sums(index)
            for (part, piece) in pieces(of: index).enumerated() where piece.volume == number {
                members[path(of: index, part: part)] =
                    known.indices.contains(part) ? known[part] : blobs[index].digest.hex
            }
        }
        let document = try DocumentCoding.compact(VolumeSums(members: members))
        guard Int64(document.count) == volume.sumsSize else {
            throw MediaSetError(
                .invalidContent,
                subject: volume.name,
                message: "the sums of \(volume.name) have an unexpected size"
            )
        }
        return try PrefixMember(path: VolumeSums.path, bytes: document)
            .encoded(modificationTime: content.modificationTime) + TarHeader.endOfArchive
    }
}

extension SetLayout {
    /// The SHA-256 of one of the further members of volume 1; nil when there is none of that path.
    ///
    /// - Throws: `OpenSSLError`.
    func resourceDigest(_ path: String) throws -> Digest? {
        guard let resource = content.resources.first(where: { $0.path == path }) else { return nil }
        return try ContentHasher.digest(of: resource.bytes)
    }
}
