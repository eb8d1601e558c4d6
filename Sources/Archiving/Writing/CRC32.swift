/// The checksum of the gzip format, eight bytes at a time.
///
/// https://www.rfc-editor.org/rfc/rfc1952#section-8; the method is known as slicing-by-8.
struct CRC32 {
    /// Eight tables of 256 entries: table k advances a byte over k further zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for index in 0..<256 {
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
            tables[index] = value
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = (before >> 8) ^ tables[Int(before & 0xff)]
        }
        return tables
    }()

    private var register: UInt32 = 0xffff_ffff

    /// The checksum of the bytes so far.
    var value: UInt32 { ~register }

    /// Adds bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        register = Self.tables.withUnsafeBufferPointer { tables in
            var crc = register
            var offset = 0
            while bytes.count - offset >= 8 {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian ^ UInt64(crc)
                crc =
                    tables[1792 + Int(word & 0xff)] ^ tables[1536 + Int(word >> 8 & 0xff)]
                    ^ tables[1280 + Int(word >> 16 & 0xff)] ^ tables[1024 + Int(word >> 24 & 0xff)]
                    ^ tables[768 + Int(word >> 32 & 0xff)] ^ tables[512 + Int(word >> 40 & 0xff)]
                    ^ tables[256 + Int(word >> 48 & 0xff)] ^ tables[Int(word >> 56)]
                offset += 8
            }
            while offset < bytes.count {
                crc = (crc >> 8) ^ tables[Int((crc ^ UInt32(bytes[offset])) & 0xff)]
                offset += 1
            }
            return crc
        }
    }
}
