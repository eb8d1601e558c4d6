import Archiving
import OCIModel

/// Puts blobs into volumes one after the other, cutting where a volume ends.
///
/// Pure: it only counts. A volume's file is its prefix, the members, `ferry-sums.json` and the end marker, and is never
/// larger than the limit.
struct VolumePacking {
    /// The smallest room for data that a volume must offer, in bytes.
    static let minimumData: Int64 = 64 << 10
    /// More volumes than this are a mistake in the volume size.
    static let maximumVolumes = 99_999

    /// What is fixed for a volume before the first blob.
    struct Frame: Equatable {
        /// The size of all that stands before the first blob's header, in bytes.
        var prefix: Int64
        /// The size of `ferry-sums.json` without blobs, in bytes, each member's comma counted.
        var sums: Int64
    }

    /// A member: a blob or a piece of one.
    struct Piece: Equatable {
        /// The blob that it is a part of.
        let blob: Int
        /// The volume that it lies in, from 1.
        let volume: Int
        /// Where its header starts, counted from the volume's first blob header.
        let header: Int64
        /// Where its data starts, counted likewise.
        let data: Int64
        /// The number of data bytes.
        let length: Int64
    }

    /// What a volume holds.
    struct Volume: Equatable {
        /// The bytes of all blob members, headers and padding included.
        var used: Int64 = 0
        /// The size of `ferry-sums.json`, each member's comma counted.
        var sums: Int64
        /// Its members among ``pieces``.
        var pieces: Range<Int>
    }

    private let limit: Int64
    private let first: Frame
    private let other: Frame
    private let minimumPiece: Int64
    /// The volumes opened so far.
    private(set) var volumes: [Volume] = []
    /// The members placed so far, in order.
    private(set) var pieces: [Piece] = []
    /// How many digits the piece numbers of a blob that was cut have.
    private(set) var digits: [Int: Int] = [:]

    /// Opens volume 1.
    ///
    /// - Parameters:
    ///   - limit: the largest file size in bytes; nil for none.
    ///   - first: the frame of volume 1.
    ///   - other: the frame of all further volumes.
    /// - Throws: `MediaSetError.volumeTooSmall`.
    init(limit: Int64?, first: Frame, other: Frame) throws(MediaSetError) {
        self.limit = limit ?? .max >> 1
        self.first = first
        self.other = other
        minimumPiece = min(1 << 20, max(Self.minimumData, self.limit / 64))
        try openVolume()
    }

    /// Places the next blob.
    ///
    /// - Throws: `MediaSetError.volumeTooSmall`; `TarHeaderError`.
    mutating func place(_ blob: Descriptor, index: Int) throws {
        let path = BlobPath.whole(blob.digest)
        let header = try TarHeader.byteCount(path: path, size: blob.size)
        let whole = blob.size + TarHeader.padding(after: blob.size)
        let room = room(header: header, path: path.utf8.count)
        // A blob is not cut for the sake of a little room at the end of a volume, nor into two small pieces.
        if room < whole, !isFresh, room < minimumPiece || whole < 2 * minimumPiece { try openVolume() }
        if self.room(header: header, path: path.utf8.count) >= whole {
            append(blob: index, header: header, length: blob.size, path: path.utf8.count)
        } else {
            try cut(blob, index: index)
        }
    }

    /// The size of a volume's file, given its final frame.
    static func fileSize(prefix: Int64, used: Int64, sums: Int64) -> Int64 {
        prefix + used + tail(sums: sums)
    }

    /// The size of what follows the members: sums with header and padding, and the end marker.
    static func tail(sums: Int64) -> Int64 {
        let size = sums - 1
        return Int64(TarHeader.blockSize) + size + TarHeader.padding(after: size) + Int64(TarHeader.endOfArchive.count)
    }

    private var isFresh: Bool { volumes[volumes.count - 1].used == 0 }

    private func frame(_ volume: Int) -> Frame { volume == 1 ? first : other }

    /// How many bytes of data, in whole blocks, a member may have here; negative when not even its header fits.
    private func room(header: Int64, path: Int) -> Int64 {
        let volume = volumes[volumes.count - 1]
        let tail = Self.tail(sums: volume.sums + VolumeSums.entrySize(path: path))
        let rest = limit - frame(volumes.count).prefix - volume.used - header - tail
        return rest < 0 ? rest : rest - rest % Int64(TarHeader.blockSize)
    }

    private mutating func openVolume() throws(MediaSetError) {
        let number = volumes.count + 1
        let frame = frame(number)
        // The longest blob path and the largest header there are.
        let reserve = 3 * Int64(TarHeader.blockSize) + Self.minimumData
        let minimum = frame.prefix + reserve + Self.tail(sums: frame.sums + VolumeSums.entrySize(path: 160))
        guard minimum <= limit else {
            throw MediaSetError(
                .volumeTooSmall,
                subject: "\(limit)",
                message: "a volume size of \(limit) bytes is too small for this set: volume \(number) begins with "
                    + "\(frame.prefix) bytes of manifests, so at least \(minimum) bytes are needed"
            )
        }
        guard number <= Self.maximumVolumes else {
            throw MediaSetError(
                .volumeTooSmall,
                subject: "\(limit)",
                message:
                    "a volume size of \(limit) bytes would make more than \(Self.maximumVolumes) volumes; use a larger one"
            )
        }
        volumes.append(Volume(sums: frame.sums, pieces: pieces.count..<pieces.count))
    }

    private mutating func append(blob: Int, header: Int64, length: Int64, path: Int) {
        let last = volumes.count - 1
        let start = volumes[last].used
        pieces.append(
            Piece(blob: blob, volume: volumes.count, header: start, data: start + header, length: length)
        )
        volumes[last].used = start + header + length + TarHeader.padding(after: length)
        volumes[last].sums += VolumeSums.entrySize(path: path)
        volumes[last].pieces = volumes[last].pieces.lowerBound..<pieces.count
    }

    /// Cuts a blob; the names of its pieces hold their number, so the number of digits is tried from 1 up.
    private mutating func cut(_ blob: Descriptor, index: Int) throws {
        let start = (pieces: pieces.count, volumes: volumes.count, last: volumes[volumes.count - 1])
        for width in 1...6 {
            let count = try append(piecesOf: blob, index: index, suffix: 1 + width + 2 + width)
            if String(count).utf8.count <= width {
                digits[index] = width
                return
            }
            pieces.removeSubrange(start.pieces...)
            volumes.removeSubrange(start.volumes...)
            volumes[start.volumes - 1] = start.last
        }
        throw MediaSetError(.volumeTooSmall, subject: "\(limit)", message: "blob \(blob.digest) needs too many volumes")
    }

    /// - Returns: how many pieces the blob has.
    private mutating func append(piecesOf blob: Descriptor, index: Int, suffix: Int) throws -> Int {
        var rest = blob.size
        var count = 0
        let name = BlobPath.whole(blob.digest) + String(repeating: "0", count: suffix)
        while rest > 0 {
            if count > 0 { try openVolume() }
            var header = try TarHeader.byteCount(path: name, size: 0)
            var length = min(rest, room(header: header, path: name.utf8.count))
            header = try TarHeader.byteCount(path: name, size: length)
            length = min(rest, room(header: header, path: name.utf8.count))
            if (1..<minimumPiece).contains(rest - length), rest > 2 * minimumPiece + Int64(TarHeader.blockSize) {
                // Leave the last piece a sensible size.
                let shorter = rest - minimumPiece
                length = shorter - shorter % Int64(TarHeader.blockSize)
            }
            append(blob: index, header: header, length: length, path: name.utf8.count)
            rest -= length
            count += 1
        }
        return count
    }
}
