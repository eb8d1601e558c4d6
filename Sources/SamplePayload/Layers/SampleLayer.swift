import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto

/// A layer that is computed whenever its bytes are needed: a gzip'd tar with one file that does not compress.
struct SampleLayer: Hashable {
    /// The seed of the sample.
    let seed: UInt64
    /// The layer's name, which is its file's name and chooses its bytes.
    let name: String
    /// The size of the file in bytes; the layer is about 0.01 % and 2 KiB larger.
    let contentBytes: Int64

    /// Computes the layer once and returns its descriptor and the digest of its tar.
    ///
    /// Blocks: for a lane.
    ///
    /// - Throws: `ArchivingError`, `OpenSSLError`, `OCIModelError`: nothing that input decides.
    func measured() throws -> SampleBlob {
        let blobHash = try HashBox()
        let tarHash = try HashBox()
        let writer = try SampleLayerWriter(self) {
            try tarHash.update($0)
        } sink: {
            try blobHash.update($0)
        }
        while try writer.step() {}
        let digest = try blobHash.digest()
        return SampleBlob(
            descriptor: try Descriptor(mediaType: .dockerLayerGzip, digest: digest, size: blobHash.count),
            diffID: try tarHash.digest()
        )
    }

    /// Opens the layer's bytes, computed while they are read, a chunk at a time.
    var opener: BlobOpener {
        BlobOpener { offset, body in
            let chunks = SingleConsumer(try SampleLayerChunks(self))
            var skip = offset
            while skip > 0, var chunk = try chunks.value.next() {
                let rest = Int64(chunk.readableBytes) - skip
                skip = max(0, -rest)
                guard rest > 0 else { continue }
                chunk.moveReaderIndex(forwardBy: chunk.readableBytes - Int(rest))
                chunks.value.putBack(chunk)
            }
            try await body(BlobStream { try chunks.value.next() })
        }
    }
}

/// A blob of the sample.
struct SampleBlob: Hashable, Sendable {
    /// Its descriptor, as manifests have it.
    let descriptor: Descriptor
    /// The digest of a layer's tar, as configs have it.
    let diffID: Digest
}

/// A hasher that closures share.
private final class HashBox {
    private var hasher: ContentHasher

    init() throws {
        hasher = try ContentHasher()
    }

    var count: Int64 { hasher.count }

    func update(_ bytes: UnsafeRawBufferPointer) throws { try hasher.update(bytes) }

    func digest() throws -> Digest { try hasher.copy().finish() }
}
