/// Bytes that a reader pulls, in order, on the thread that it runs on.
///
/// A pull may block, so a reader over an input that waits for a disk or a network runs on a lane of its own, never on
/// the cooperative pool (``withBlockingReader(bufferedBytes:chunks:on:_:)``).
package struct ByteInput {
    private let fill: (UnsafeMutableRawBufferPointer) throws -> Int

    /// Makes an input from a function that fills the front of a buffer.
    ///
    /// - Parameter fill: writes 1 to `buffer.count` bytes and returns how many; 0 at the end, and ever after.
    package init(_ fill: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) {
        self.fill = fill
    }

    /// An input over bytes that are in memory.
    package init(_ bytes: [UInt8]) {
        var position = 0
        self.init { buffer in
            let count = min(buffer.count, bytes.count - position)
            buffer.copyBytes(from: bytes[position..<position + count])
            position += count
            return count
        }
    }

    /// Fills the front of a buffer and returns how many bytes it now holds; 0 at the end.
    ///
    /// - Throws: what the source of the bytes throws.
    package func pull(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try fill(buffer)
        precondition((0...buffer.count).contains(count), "a ByteInput reported more bytes than its buffer holds")
        return count
    }
}
