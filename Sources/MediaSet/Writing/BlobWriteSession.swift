import Archiving
import DispatchLanes
import NIOCore
import OCIModel

/// One blob on its way into its places: bytes come in order, are hashed and written; every call may block.
///
/// Unchecked because the lane is what keeps its calls apart: one task uses it, and awaits each call on the lane before
/// the next and before it looks at the position.
final class BlobWriteSession: @unchecked Sendable {
    /// What is written.
    let blob: Descriptor
    /// Its index in the set.
    let index: Int
    /// The lane that all its work goes to.
    let lane: DispatchLane
    private let layout: SetLayout
    private let pieces: [SetLayout.Piece]
    private let files: VolumeFiles
    private let finished: Set<Int>
    private var hasher: MemberHasher
    private var part = 0
    private var partStart: Int64 = 0
    private var isBroken = false
    /// How many bytes are in the file and hashed.
    private(set) var position: Int64 = 0

    /// Starts at the blob's first byte.
    ///
    /// - Parameters:
    ///   - index: the blob in the layout.
    ///   - layout: the set.
    ///   - files: the volumes.
    ///   - finished: volumes that are complete and must not be written to.
    ///   - lane: where the calls will be made.
    /// - Throws: `OpenSSLError`.
    init(_ index: Int, layout: SetLayout, files: VolumeFiles, finished: Set<Int>, lane: DispatchLane) throws {
        self.index = index
        self.layout = layout
        self.files = files
        self.finished = finished
        self.lane = lane
        blob = layout.blobs[index]
        pieces = Array(layout.pieces(of: index))
        hasher = try MemberHasher(layout.blobs[index].digest, members: pieces.count)
    }

    /// The volumes that the blob lies in.
    var volumes: [Int] { pieces.map(\.volume) }

    /// Hashes what an earlier run wrote, up to an offset, as far as the files have it; at most `limit` bytes at a time.
    ///
    /// - Returns: whether there is more to hash.
    /// - Throws: `MediaSetError`; `OpenSSLError`.
    func rehash(upTo offset: Int64, limit: Int = 4 << 20) throws -> Bool {
        guard position < offset, part < pieces.count else { return false }
        let piece = pieces[part]
        let done = position - partStart
        let wanted = min(Int64(limit), offset - position, piece.length - done)
        let bytes = try files.file(piece.volume).read(Int(wanted), at: piece.dataOffset + done)
        try bytes.withUnsafeBytes { buffer in try consume(buffer, writing: false) }
        return bytes.count == Int(wanted)
    }

    /// Hashes and writes the next bytes.
    ///
    /// - Throws: `MediaSetError.sizeMismatch` when there are more than the blob has; `.noSpace` and other failures of
    ///   the disk; `OpenSSLError`.
    func write(_ chunk: ByteBuffer) throws {
        // After a failed write the hash no longer fits the position.
        guard !isBroken else {
            throw MediaSetError(.closed, subject: blob.digest, message: "writing blob \(blob.digest) failed before")
        }
        isBroken = true
        try chunk.withUnsafeReadableBytes { bytes in try consume(bytes, writing: true) }
        isBroken = false
    }

    /// Ends the blob; its digest, and the sums of its members where they differ from that.
    ///
    /// - Throws: `MediaSetError`; `OpenSSLError`.
    func finish() throws -> (digest: Digest?, sums: [String]) {
        if blob.size == 0, let piece = pieces.first {
            try writeHeader(0, piece)
            try hasher.endMember()
        }
        return (try hasher.finish(), hasher.sums)
    }

    private func consume(_ bytes: UnsafeRawBufferPointer, writing: Bool) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard part < pieces.count else {
                throw MediaSetError(
                    .sizeMismatch,
                    subject: blob.digest,
                    message: "blob \(blob.digest) has more than the \(blob.size) bytes that its manifest states"
                )
            }
            let piece = pieces[part]
            let done = position - partStart
            let count = Int(min(Int64(rest.count), piece.length - done))
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(count))
            try hasher.update(slice)
            let ends = done + Int64(count) == piece.length
            if writing, !finished.contains(piece.volume) {
                if done == 0 { try writeHeader(part, piece) }
                let file = try files.file(piece.volume)
                try file.write(slice, at: piece.dataOffset + done)
                if ends {
                    let padding = [UInt8](repeating: 0, count: Int(TarHeader.padding(after: piece.length)))
                    try file.write(padding, at: piece.dataOffset + piece.length)
                }
            }
            position += Int64(count)
            if ends {
                try hasher.endMember()
                part += 1
                partStart = position
            }
            rest = rest.dropFirst(count)
        }
    }

    private func writeHeader(_ part: Int, _ piece: SetLayout.Piece) throws {
        guard !finished.contains(piece.volume) else { return }
        let header = try layout.header(of: index, part: part)
        try files.file(piece.volume).write(header, at: piece.headerOffset)
    }
}
