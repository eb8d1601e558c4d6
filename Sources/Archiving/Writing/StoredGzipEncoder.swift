/// Wraps bytes in the gzip format without compressing them, the same way on every machine.
///
/// Every deflate block but the last is a stored block of 65,535 bytes, however the bytes arrive. The overhead is 5
/// bytes per block and 18 in all.
///
/// https://www.rfc-editor.org/rfc/rfc1952, https://www.rfc-editor.org/rfc/rfc1951#page-11
package final class StoredGzipEncoder {
    private static let blockSize = 65_535

    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private var checksum = CRC32()
    private var count: UInt32 = 0
    private var block: [UInt8] = []
    private var hasHeader = false

    /// Starts a gzip member.
    ///
    /// - Parameter sink: takes the bytes in order; they are valid only during the call.
    package init(sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.sink = sink
    }

    /// Adds bytes.
    ///
    /// - Throws: what the sink throws.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        checksum.update(bytes)
        // The format wants the length modulo 2^32.
        count &+= UInt32(truncatingIfNeeded: bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            if block.isEmpty, rest.count >= Self.blockSize {
                let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.blockSize))
                try putBlock(piece, isLast: false)
                rest = rest.dropFirst(Self.blockSize)
                continue
            }
            let piece = rest.prefix(Self.blockSize - block.count)
            block.append(contentsOf: piece)
            rest = rest.dropFirst(piece.count)
            if block.count == Self.blockSize { try flushBlock(isLast: false) }
        }
    }

    /// Writes the last block and the checksum.
    ///
    /// - Throws: what the sink throws.
    package func finish() throws {
        try flushBlock(isLast: true)
        try put(Self.littleEndian(checksum.value) + Self.littleEndian(count))
    }

    private func flushBlock(isLast: Bool) throws {
        try block.withUnsafeBytes { try putBlock($0, isLast: isLast) }
        block.removeAll(keepingCapacity: true)
    }

    private func putBlock(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws {
        var header: [UInt8] = []
        if !hasHeader {
            // Deflate, no flags, no time, no extra flags, operating system unknown.
            header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
            hasHeader = true
        }
        let length = UInt16(truncatingIfNeeded: bytes.count)
        header.append(isLast ? 1 : 0)
        header += Self.littleEndian(length) + Self.littleEndian(~length)
        try put(header)
        if !bytes.isEmpty { try sink(bytes) }
    }

    private func put(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try sink($0) }
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
