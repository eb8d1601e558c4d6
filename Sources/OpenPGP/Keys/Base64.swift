/// The text form of bytes (RFC 4648, section 4).
enum Base64 {
    /// Reads characters of the alphabet, with padding at the end and nothing else.
    ///
    /// - Throws: `.malformed`.
    static func decode(_ text: some Sequence<UInt8>) throws(OpenPGPError) -> [UInt8] {
        var bytes: [UInt8] = []
        var (bits, count, padding): (UInt32, Int, Int) = (0, 0, 0)
        for character in text {
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard let value = value(of: character), padding == 0 else { throw damaged }
            bits = bits << 6 | value
            count += 1
            guard count % 4 == 0 else { continue }
            bytes += [16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
            bits = 0
        }
        switch (count % 4, padding) {
        case (0, 0): break
        case (2, 2) where bits & 0x0f == 0: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
        case (3, 1) where bits & 0x03 == 0:
            bytes += [10, 2].map { UInt8(truncatingIfNeeded: bits >> $0) }
        default: throw damaged
        }
        return bytes
    }

    private static var damaged: OpenPGPError { OpenPGPError(.malformed, "a block of keys is no base64") }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
