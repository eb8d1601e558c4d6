import DispatchLanes
package import ImageStorage
import NIOCore
package import OCIModel

extension MediaSetWriter {
    /// The bytes of a blob that is in the set already, from an offset on.
    ///
    /// - Parameters:
    ///   - blob: a blob for which ``isPresent(_:)`` is true.
    ///   - offset: the first byte wanted, 0 to its size.
    /// - Returns: a stream that fails when the volumes do not hold the bytes.
    package func stream(of blob: Descriptor, from offset: Int64) -> BlobStream {
        let pieces = layout.index(of: blob.digest).map { Array(layout.pieces(of: $0)) } ?? []
        let position = SingleConsumer(offset)
        return BlobStream { [self] in
            guard position.value < blob.size else { return nil }
            var start: Int64 = 0
            for piece in pieces {
                defer { start += piece.length }
                guard position.value < start + piece.length else { continue }
                let inside = position.value - start
                let count = Int(min(1 << 20, piece.length - inside))
                let bytes = try await lanes.run { [files] in
                    try files.file(piece.volume).read(count, at: piece.dataOffset + inside)
                }
                guard !bytes.isEmpty else { break }
                position.value += Int64(bytes.count)
                return ByteBuffer(bytes: bytes)
            }
            throw MediaSetError(
                .sizeMismatch,
                subject: blob.digest,
                message: "the volumes hold only \(position.value) bytes of blob \(blob.digest)"
            )
        }
    }
}
