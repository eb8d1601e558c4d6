import Testing

@testable import Archiving

@Suite struct StoredGzipEncoderTests {
    /// The check value of the checksum's definition, and values that cross the eight-byte steps.
    @Test(arguments: [
        ("", UInt32(0)), ("123456789", 0xcbf4_3926), ("a", 0xe8b7_be43),
        ("The quick brown fox jumps over the lazy dog", 0x414f_a339),
    ])
    func computesTheChecksum(text: String, value: UInt32) {
        var checksum = CRC32()
        Array(text.utf8).withUnsafeBytes { checksum.update($0) }
        #expect(checksum.value == value)
        var pieces = CRC32()
        for byte in text.utf8 { withUnsafeBytes(of: byte) { pieces.update($0) } }
        #expect(pieces.value == value)
    }

    @Test(arguments: [1, 7, 65_534, 65_535, 65_536, 200_000])
    func doesNotDependOnThePieces(piece: Int) throws {
        let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
        func encode(_ size: Int) throws -> [UInt8] {
            var bytes: [UInt8] = []
            let encoder = StoredGzipEncoder { bytes.append(contentsOf: $0) }
            for start in stride(from: 0, to: content.count, by: size) {
                try content[start..<min(start + size, content.count)].withUnsafeBytes { try encoder.append($0) }
            }
            try encoder.finish()
            return bytes
        }
        let bytes = try encode(piece)
        #expect(bytes == (try encode(200_000)))
        // Header, four blocks, content, checksum and length.
        #expect(bytes.count == 10 + 4 * 5 + content.count + 8)
    }
}
