import Archiving
import OCIModel

/// Finds the layout of a set: how large the beginnings of the volumes are depends on the set manifest, which depends on
/// where the blobs lie, which depends on how large the beginnings are.
///
/// The beginnings only ever grow from one round to the next, so the rounds end.
struct LayoutPlanner {
    private let content: SetContent
    private let limit: Int64?
    private let encoder: SetManifestEncoder
    private let manifest: SetManifest
    private let indexDocument: [UInt8]

    /// Prepares what does not depend on the layout.
    ///
    /// - Throws: `EncodingError`; `OpenSSLError`.
    init(_ content: SetContent, limit: Int64?) throws {
        self.content = content
        self.limit = limit
        manifest = SetManifest(
            sequence: content.sequence,
            destination: content.destination,
            base: content.base,
            images: content.images,
            blobs: [],
            requires: content.requires,
            inventories: content.inventories,
            resources: content.resources.map(\.path),
            resourceDigests: try content.resourceDigests(),
            configDigest: content.configDigest
        )
        encoder = try SetManifestEncoder(manifest, blobs: content.blobs)
        indexDocument = try LayoutDocuments.index(of: content.images)
    }

    /// Packs until the beginnings suffice.
    ///
    /// - Throws: `MediaSetError.volumeTooSmall`; `TarHeaderError`.
    func plan() throws -> SetLayout {
        // A manifest without any places is the least that the beginnings must hold.
        let least = encoder.maximumSize(content.blobs) { _, _ in }
        var first = VolumePacking.Frame(prefix: try prefixSize(volume: 1, least), sums: sumsSize(volume: 1))
        var other = VolumePacking.Frame(prefix: try prefixSize(volume: 2, least), sums: sumsSize(volume: 2))
        var round: Int64 = 0
        while true {
            var packing = try VolumePacking(limit: limit, first: first, other: other)
            for (index, blob) in content.blobs.enumerated() { try packing.place(blob, index: index) }
            let manifestSize = maximumManifestSize(packing)
            let needed = (try prefixSize(volume: 1, manifestSize), try prefixSize(volume: 2, manifestSize))
            if needed.0 <= first.prefix, needed.1 <= other.prefix {
                return try SetLayout(
                    content: content,
                    packing: packing,
                    first: first,
                    other: other,
                    manifestBytes: encoder.encode(blobs(packing)),
                    indexDocument: indexDocument
                )
            }
            // After a few rounds grow faster than needed, so that a set near its limit is decided soon.
            round += 1
            let extra = round > 6 ? PrefixMember.granularity << min(round - 6, 20) : 0
            first.prefix = max(first.prefix, needed.0 + extra)
            other.prefix = max(other.prefix, needed.1 + extra)
        }
    }

    private func maximumManifestSize(_ packing: VolumePacking) -> Int64 {
        var next = 0
        return encoder.maximumSize(content.blobs) { index, visit in
            while next < packing.pieces.count, packing.pieces[next].blob == index {
                visit(Self.extent(packing.pieces[next]))
                next += 1
            }
        }
    }

    private func blobs(_ packing: VolumePacking) -> [SetBlob] {
        var next = 0
        return content.blobs.enumerated().map { index, blob in
            let start = next
            while next < packing.pieces.count, packing.pieces[next].blob == index { next += 1 }
            return SetBlob(descriptor: blob, extents: packing.pieces[start..<next].map { Self.extent($0) })
        }
    }

    private static func extent(_ piece: VolumePacking.Piece) -> SetExtent {
        SetExtent(volume: piece.volume, offset: piece.data, length: piece.length)
    }

    /// The members before the blobs with their sizes, but for the padding.
    private func prefix(volume: Int, _ manifestSize: Int64) -> [(path: String, size: Int64)] {
        var members: [(path: String, size: Int64)] = [
            // Its numbers grow by a few digits at most; the padding takes up the difference.
            (VolumeDocument.path, 512),
            (SetManifest.path, manifestSize),
            (LayoutDocuments.layoutPath, Int64(LayoutDocuments.layout.count)),
            (LayoutDocuments.indexPath, Int64(indexDocument.count)),
        ]
        if volume == 1 { members += content.resources.map { ($0.path, Int64($0.bytes.count)) } }
        return members
    }

    private func prefixSize(volume: Int, _ manifestSize: Int64) throws -> Int64 {
        var size = Int64(TarHeader.blockSize)
        for member in prefix(volume: volume, manifestSize) {
            size += try PrefixMember.footprint(path: member.path, size: member.size)
        }
        let unit = PrefixMember.granularity
        return (size + unit - 1) / unit * unit
    }

    private func sumsSize(volume: Int) -> Int64 {
        let paths = prefix(volume: volume, 0).map(\.path) + [PrefixMember.paddingPath]
        return paths.reduce(VolumeSums.emptySize) { $0 + VolumeSums.entrySize(path: $1.utf8.count) }
    }
}
