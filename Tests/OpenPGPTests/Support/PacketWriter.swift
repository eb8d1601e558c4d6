@testable import OpenPGP

/// Writes packets, also such as nobody should write.
enum PacketWriter {
    /// One packet with a new header.
    static func packet(_ tag: Packet.Tag, _ body: [UInt8]) -> [UInt8] {
        [0xc0 | tag.number, 255] + uint32(body.count) + body
    }

    /// One packet with an old header whose length has one, two or four bytes, or is left open.
    static func oldPacket(_ tag: Packet.Tag, _ body: [UInt8], lengthType: UInt8) -> [UInt8] {
        let length: [UInt8] =
            switch lengthType {
            case 0: [UInt8(body.count)]
            case 1: uint16(body.count)
            case 2: uint32(body.count)
            default: []
            }
        return [0x80 | tag.number << 2 | lengthType] + length + body
    }

    /// One packet in parts of 2 to the power of `exponent` bytes.
    static func partialPacket(_ tag: Packet.Tag, _ body: [UInt8], exponent: UInt8) -> [UInt8] {
        var bytes = [0xc0 | tag.number]
        var rest = body[...]
        while rest.count >= 1 << Int(exponent) {
            bytes += [0xe0 | exponent] + rest.prefix(1 << Int(exponent))
            rest = rest.dropFirst(1 << Int(exponent))
        }
        return bytes + [255] + uint32(rest.count) + rest
    }

    /// The packets that bytes consist of.
    static func packets(_ bytes: [UInt8]) throws -> [Packet] {
        var reader = PacketReader(bytes[...], "a test's bytes")
        var packets: [Packet] = []
        while let packet = try reader.next() { packets.append(packet) }
        return packets
    }

    /// Writes packets anew.
    static func join(_ packets: [Packet]) -> [UInt8] { packets.flatMap { packet($0.tag, Array($0.body)) } }

    /// A literal data packet's body.
    static func literal(_ content: [UInt8], mode: UInt8 = UInt8(ascii: "b"), name: String = "") -> [UInt8] {
        [mode, UInt8(name.utf8.count)] + name.utf8 + [0, 0, 0, 0] + content
    }

    /// A number of many bits.
    static func number(_ bytes: [UInt8]) -> [UInt8] {
        let stripped = Array(bytes.drop { $0 == 0 })
        return uint16(stripped.count * 8 - (stripped.first?.leadingZeroBitCount ?? 0)) + stripped
    }

    /// A stream of blocks that are only stored (RFC 1951, section 3.2.4), at most 65535 bytes.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let length = UInt16(bytes.count)
        return [1, UInt8(length & 0xff), UInt8(length >> 8), ~UInt8(length & 0xff), ~UInt8(length >> 8)] + bytes
    }

    /// Two bytes.
    static func uint16(_ number: Int) -> [UInt8] { [8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }

    /// Four bytes.
    static func uint32(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
}
