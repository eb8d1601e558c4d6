import Archiving
import OCIModel

/// What each byte of a volume must be, from its set's manifest: the regions cover the file without gaps.
struct VolumeRegions {
    /// What a region is.
    enum Content {
        /// The tar header of the member at this index.
        case header(Int)
        /// The content of the member at this index.
        case member(Int)
        /// Zeros: padding, or the end of the archive.
        case zeros
    }

    /// A region, by where it ends; it starts where the one before ends.
    struct Region {
        /// Where the next one starts.
        let end: Int64
        /// What it is.
        let content: Content
    }

    /// A member of the volume.
    struct Member {
        /// What it is.
        let subject: MemberCheck.Subject
        /// Its path; without the numbers when it is a piece.
        let path: String
        /// The number of its bytes.
        let size: Int64
        /// The digest of the blob that it is a part of.
        let digest: Digest?
    }

    /// The regions, in order.
    private(set) var regions: [Region] = []
    /// The members, in order.
    private(set) var members: [Member] = []

    /// Lists the regions of a volume.
    ///
    /// - Throws: `MediaSetError.damagedDocument` when the members that the set names overlap.
    init(_ reader: MediaSetReader, _ number: Int, _ volume: ScannedVolume) throws {
        for member in volume.members {
            try add(
                Member(subject: .prefix, path: member.path, size: member.size, digest: nil),
                at: member.dataOffset,
                volume
            )
        }
        let parts = reader.manifest.blobs.enumerated().flatMap { index, blob in
            blob.extents.enumerated().filter { $0.element.volume == number }.map { part, extent in
                (index: index, part: part, count: blob.extents.count, extent: extent, digest: blob.descriptor.digest)
            }
        }
        for part in parts.sorted(by: { $0.extent.offset < $1.extent.offset }) {
            let member = Member(
                subject: .blob(index: part.index, part: part.part, count: part.count),
                path: BlobPath.whole(part.digest),
                size: part.extent.length,
                digest: part.digest
            )
            try add(member, at: volume.blobsOffset + part.extent.offset, volume)
        }
        let start = regions.last?.end ?? 0
        let marker = Int64(TarHeader.endOfArchive.count)
        let header = Int64(TarHeader.blockSize)
        // The sums' size is what is left; their header says the same, which is checked.
        let room = volume.document.size - start - header - marker
        guard room >= 0 else { throw Self.overlap(volume) }
        let file = try MediaFile(volume.path, .read)
        let parsed = try? TarHeader.parse { offset, count in try file.read(count, at: start + offset) }
        let size = min(room, max(0, parsed?.size ?? room))
        try add(Member(subject: .sums, path: VolumeSums.path, size: size, digest: nil), at: start + header, volume)
        regions.append(Region(end: volume.document.size, content: .zeros))
    }

    private mutating func add(_ member: Member, at offset: Int64, _ volume: ScannedVolume) throws(MediaSetError) {
        let start = regions.last?.end ?? 0
        guard offset >= start, offset - start <= 1 << 17 else { throw Self.overlap(volume) }
        regions.append(Region(end: offset, content: .header(members.count)))
        regions.append(Region(end: offset + member.size, content: .member(members.count)))
        let padding = TarHeader.padding(after: member.size)
        if padding > 0 { regions.append(Region(end: offset + member.size + padding, content: .zeros)) }
        members.append(member)
    }

    private static func overlap(_ volume: ScannedVolume) -> MediaSetError {
        MediaSetError(
            .damagedDocument,
            subject: volume.path,
            message: "the places that the set manifest names in \(volume.path) overlap or leave gaps"
        )
    }
}
