import Archiving
import NIOCore

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
