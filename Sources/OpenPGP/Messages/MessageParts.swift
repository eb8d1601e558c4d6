/// The parts of a signed message; nothing is checked yet (RFC 9580, section 10.3).
struct MessageParts {
    /// How many bytes a message may have, packed and unpacked.
    static let maximumSize = 1 << 20

    /// The content.
    let literal: LiteralData
    /// The one signature.
    let signature: SignaturePacket

    /// Takes a message apart: one-pass signature, content and signature, or signature and content, packed or not.
    ///
    /// - Throws: `.malformed`, `.truncated`, `.trailingGarbage`, `.tooLarge`, `.notSigned`, `.unsupported`.
    init(_ bytes: [UInt8]) throws(OpenPGPError) {
        guard bytes.count <= Self.maximumSize else {
            throw OpenPGPError(.tooLarge, "the message is larger than \(Self.maximumSize) bytes")
        }
        guard !bytes.isEmpty else { throw OpenPGPError(.truncated, "the message is empty") }
        guard !Armor.isArmored(bytes) else {
            throw OpenPGPError(.malformed, "the message is armoured or clear-signed; a binary message is needed")
        }
        let subject = "the message"
        var reader = PacketReader(bytes[...], subject)
        var first = try Self.packet(&reader)
        if first.tag == .compressed {
            guard reader.isAtEnd else { throw Self.trailing }
            reader = PacketReader(try Self.unpack(first.body)[...], subject)
            first = try Self.packet(&reader)
        }
        switch first.tag {
        case .onePassSignature:
            let promise = try OnePassSignature(first.body)
            literal = try LiteralData(try Self.packet(&reader, .literal))
            signature = try SignaturePacket(try Self.packet(&reader, .signature))
            guard promise.fits(signature) else {
                throw OpenPGPError(.malformed, "the signature is not the one that the message announces")
            }
        case .signature:
            signature = try SignaturePacket(first.body)
            guard !reader.isAtEnd else {
                throw OpenPGPError(.malformed, "the message is a signature alone, without the content that is signed")
            }
            literal = try LiteralData(try Self.packet(&reader, .literal))
        case .literal: throw OpenPGPError(.notSigned, "the message is not signed")
        case .compressed: throw OpenPGPError(.malformed, "the message is compressed twice")
        case _ where Packet.Tag.encryption.contains(first.tag):
            throw OpenPGPError(.unsupported, "the message is encrypted")
        default: throw OpenPGPError(.malformed, "the message begins with a packet of another purpose (\(first.tag))")
        }
        guard reader.isAtEnd else { throw Self.trailing }
    }

    private static var trailing: OpenPGPError { OpenPGPError(.trailingGarbage, "bytes follow the message") }

    private static func packet(_ reader: inout PacketReader) throws(OpenPGPError) -> Packet {
        guard let packet = try reader.next() else { throw OpenPGPError(.truncated, "the message is cut off") }
        return packet
    }

    private static func packet(
        _ reader: inout PacketReader,
        _ tag: Packet.Tag
    ) throws(OpenPGPError) -> ArraySlice<UInt8> {
        let packet = try packet(&reader)
        guard packet.tag != .onePassSignature || tag == .signature else {
            throw OpenPGPError(.malformed, "the message has several signatures; one is expected")
        }
        guard packet.tag == tag else {
            throw OpenPGPError(.malformed, "the message has a packet (\(packet.tag)) where one with \(tag) must be")
        }
        return packet.body
    }

    private static func unpack(_ body: ArraySlice<UInt8>) throws(OpenPGPError) -> [UInt8] {
        switch body.first {
        case 1: return try Inflater.inflate(body.dropFirst(), hasHeader: false, limit: maximumSize)
        case 2: return try Inflater.inflate(body.dropFirst(), hasHeader: true, limit: maximumSize)
        case 3: return try Bunzipper.unpack(body.dropFirst(), limit: maximumSize)
        case nil: throw OpenPGPError(.truncated, "the message is cut off")
        case let other?: throw OpenPGPError(.unsupported, "the message is compressed by algorithm \(other)")
        }
    }
}
