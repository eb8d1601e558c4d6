package import ImageStorage
import NIOCore
package import OCIModel
import OpenSSLCrypto
import SeededRandom

/// A blob of any size that takes no memory: its bytes are made when they are read.
///
/// They repeat from MiB to MiB, except for the number of the MiB at its beginning, so that bytes from the wrong place are
/// wrong bytes.
package struct SparseBlob: Sendable {
    private static let period: Int64 = 1 << 20
    /// Chunks of a stream, in bytes.
    private static let chunkSize: Int64 = 256 << 10

    /// Type, digest and size.
    package let descriptor: Descriptor
    private let pattern: ByteBuffer

    /// Describes a blob, for which all its bytes are made and hashed once.
    ///
    /// - Throws: `OpenSSLError`, `OCIModelError`.
    package init(seed: UInt64, size: Int64, mediaType: MediaType = .ociLayerGzip) throws {
        var generator = SeededGenerator(seed: seed)
        var pattern = ByteBuffer()
        while pattern.readableBytes < Self.period { pattern.writeInteger(generator.next()) }
        self.pattern = pattern
        var hasher = try ContentHasher(.sha256)
        var position: Int64 = 0
        while let chunk = Self.chunk(pattern, position..<size) {
            try chunk.withUnsafeReadableBytes { try hasher.update($0) }
            position += Int64(chunk.readableBytes)
        }
        descriptor = try Descriptor(mediaType: mediaType, digest: try hasher.finish(), size: size)
    }

    /// Some of its bytes, inside 0 to the size.
    package func stream(_ range: Range<Int64>) -> BlobStream {
        let position = SingleConsumer(range.lowerBound)
        return BlobStream {
            guard let chunk = Self.chunk(pattern, position.value..<range.upperBound) else { return nil }
            position.value += Int64(chunk.readableBytes)
            return chunk
        }
    }

    /// Opens the bytes at any offset.
    package var opener: BlobOpener {
        BlobOpener { offset, body in try await body(stream(offset..<descriptor.size)) }
    }

    /// The first chunk of a range; nil when it is empty.
    private static func chunk(_ pattern: ByteBuffer, _ range: Range<Int64>) -> ByteBuffer? {
        let place = Int(range.lowerBound % period)
        let length = Int(min(Int64(range.count), chunkSize, period - Int64(place)))
        guard length > 0 else { return nil }
        // The number of the MiB, in a chunk of its own.
        if place < 8 {
            var number = ByteBuffer(integer: range.lowerBound / period)
            number.moveReaderIndex(forwardBy: place)
            return number.readSlice(length: min(8 - place, range.count))
        }
        return pattern.getSlice(at: pattern.readerIndex + place, length: length)
    }
}
