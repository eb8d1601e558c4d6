/// Bytes written as text (RFC 9580, section 6).
enum Armor {
    /// The label of public keys.
    private static let publicKeys = "PGP PUBLIC KEY BLOCK"

    /// Finds the blocks of public keys in a text; what lies between and around is passed over.
    ///
    /// - Throws: `.malformed` for a block that is damaged or has no end, or that holds a private key.
    static func publicKeyBlocks(in text: ArraySlice<UInt8>) throws(OpenPGPError) -> [[UInt8]] {
        var blocks: [[UInt8]] = []
        var open: [ArraySlice<UInt8>]?
        var rest = text
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let line = trimmed(rest[..<end])
            rest = rest[end...].dropFirst()
            if open != nil {
                guard label(line, "-----END ") == publicKeys else {
                    open?.append(line)
                    continue
                }
                blocks.append(try block((open ?? [])[...]))
                open = nil
            } else if let label = label(line, "-----BEGIN ") {
                guard label != "PGP PRIVATE KEY BLOCK" else {
                    throw OpenPGPError(
                        .malformed,
                        "a private key is in it, which belongs nowhere else than where it signs"
                    )
                }
                if label == publicKeys { open = [] }
            }
        }
        guard open == nil else { throw OpenPGPError(.malformed, "its last block of keys has no end") }
        return blocks
    }

    /// Whether bytes begin with a block of any kind of OpenPGP, white space before it passed over.
    static func isArmored(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(64 << 10).drop { isBlank($0) || $0 == UInt8(ascii: "\n") }
        return start.starts(with: "-----BEGIN PGP ".utf8)
    }

    private static func block(_ lines: ArraySlice<ArraySlice<UInt8>>) throws(OpenPGPError) -> [UInt8] {
        // Headers such as `Version: …` end at an empty line.
        guard let empty = lines.firstIndex(where: \.isEmpty) else {
            throw OpenPGPError(.malformed, "a block of keys has no empty line after its head")
        }
        guard lines[..<empty].allSatisfy({ $0.contains(UInt8(ascii: ":")) }) else {
            throw OpenPGPError(.malformed, "a block of keys has something else than headers before its empty line")
        }
        var content = lines[(empty + 1)...]
        while content.last?.isEmpty == true { content.removeLast() }
        var sum: [UInt8]?
        if let last = content.last, last.first == UInt8(ascii: "=") {
            sum = try Base64.decode(last.dropFirst())
            content.removeLast()
        }
        let bytes = try Base64.decode(content.joined())
        guard let sum else { return bytes }
        let expected = crc24(bytes)
        guard sum == [16, 8, 0].map({ UInt8(truncatingIfNeeded: expected >> $0) }) else {
            throw OpenPGPError(.malformed, "a block of keys has another check sum than it says: it is damaged")
        }
        return bytes
    }

    /// The check sum of section 6.1.
    private static func crc24(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xb7_04ce
        for byte in bytes {
            sum ^= UInt32(byte) << 16
            for _ in 0..<8 {
                sum <<= 1
                if sum & 0x100_0000 != 0 { sum ^= 0x186_4cfb }
            }
        }
        return sum & 0xff_ffff
    }

    private static func label(_ line: ArraySlice<UInt8>, _ mark: String) -> String? {
        guard line.count <= 80, line.starts(with: mark.utf8), line.suffix(5).elementsEqual("-----".utf8) else {
            return nil
        }
        return String(decoding: line.dropFirst(mark.utf8.count).dropLast(5), as: UTF8.self)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        while let last = line.last, isBlank(last) { line.removeLast() }
        return line
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
