package import ImageStorage
import NIOCore
package import OCIModel
import OpenSSLCrypto
import SeededRandom

/// A blob in memory with its descriptor.
package struct TestBlob: Sendable {
    /// Type, digest and size.
    package let descriptor: Descriptor
    /// The bytes.
    package let bytes: [UInt8]

    /// Describes some bytes.
    ///
    /// - Throws: `OpenSSLError`, `OCIModelError`.
    package init(_ bytes: [UInt8], mediaType: MediaType = .ociLayerGzip) throws {
        self.bytes = bytes
        descriptor = try Descriptor(
            mediaType: mediaType,
            digest: try ContentHasher.digest(of: bytes),
            size: Int64(bytes.count)
        )
    }

    /// A blob of pseudo-random bytes; the same seed gives the same blob everywhere.
    ///
    /// - Throws: `OpenSSLError`, `OCIModelError`.
    package init(seed: UInt64, size: Int, mediaType: MediaType = .ociLayerGzip) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes = [UInt8]()
        bytes.reserveCapacity(size + 8)
        while bytes.count < size {
            withUnsafeBytes(of: generator.next().littleEndian) { bytes.append(contentsOf: $0) }
        }
        try self.init(Array(bytes.prefix(size)), mediaType: mediaType)
    }

    /// Opens the bytes at any offset, in chunks of at most 64 KiB.
    package var opener: BlobOpener {
        let all = ByteBuffer(bytes: bytes)
        return BlobOpener { offset, body in
            var chunks: [ByteBuffer] = []
            var rest = all
            rest.moveReaderIndex(forwardBy: Int(offset))
            while let chunk = rest.readSlice(length: min(64 << 10, rest.readableBytes)), chunk.readableBytes > 0 {
                chunks.append(chunk)
            }
            let queue = SingleConsumer(chunks[...])
            try await body(BlobStream { queue.value.popFirst() })
        }
    }

    /// Writes the blob.
    ///
    /// - Throws: what the target throws.
    package func write(to target: some ImageTarget, in repository: RepositoryPath) async throws {
        try await target.writeBlob(descriptor, to: repository, from: opener)
    }
}
