import Archiving
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

/// Writes a layer piece by piece.
final class SampleLayerWriter {
    private static let pieceBytes = 256 << 10

    private let tar: TarWriter
    private let gzip: StoredGzipEncoder
    private let buffer: UnsafeMutableRawBufferPointer
    private var random: SampleRandom
    private var remaining: Int64
    private var isFinished = false

    /// Starts a layer.
    ///
    /// - Parameters:
    ///   - layer: which.
    ///   - plainSink: is shown the bytes of the tar.
    ///   - sink: takes the bytes of the layer.
    /// - Throws: `ArchivingError`; what the sinks throw.
    init(
        _ layer: SampleLayer,
        plainSink: @escaping (UnsafeRawBufferPointer) throws -> Void = { _ in },
        sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let gzip = StoredGzipEncoder(sink: sink)
        let tar = try TarWriter { bytes in
            try plainSink(bytes)
            try gzip.append(bytes)
        }
        try tar.beginFile("usr/share/ferry-sample/\(layer.name)", mode: 0o444, size: layer.contentBytes)
        self.tar = tar
        self.gzip = gzip
        random = SampleRandom(seed: layer.seed, name: layer.name)
        remaining = layer.contentBytes
        // Last: an initialiser that throws does not give it back.
        buffer = .allocate(byteCount: Self.pieceBytes, alignment: 64)
    }

    deinit {
        buffer.deallocate()
    }

    /// Writes the next piece; returns false after the last.
    func step() throws -> Bool {
        guard !isFinished else { return false }
        guard remaining > 0 else {
            try tar.finish()
            try gzip.finish()
            isFinished = true
            return false
        }
        random.fill(buffer)
        let count = Int(min(Int64(Self.pieceBytes), remaining))
        try tar.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        remaining -= Int64(count)
        return true
    }
}

/// A layer as chunks of about 256 KiB.
final class SampleLayerChunks {
    private final class Output {
        var buffer = ByteBuffer()
    }

    private let output = Output()
    private let writer: SampleLayerWriter
    private var returned: ByteBuffer?

    /// Starts at the first byte.
    init(_ layer: SampleLayer) throws {
        let output = output
        writer = try SampleLayerWriter(layer) { output.buffer.writeBytes($0) }
    }

    /// The next chunk, nil at the end.
    func next() throws -> ByteBuffer? {
        if let returned = returned.take() { return returned }
        // Room for a piece and its block headers, so that the buffer need not grow.
        output.buffer = ByteBufferAllocator().buffer(capacity: 264 << 10)
        while output.buffer.readableBytes < 128 << 10, try writer.step() {}
        return output.buffer.readableBytes > 0 ? output.buffer : nil
    }

    /// Makes a chunk the next one again.
    func putBack(_ chunk: ByteBuffer) { returned = chunk }
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
