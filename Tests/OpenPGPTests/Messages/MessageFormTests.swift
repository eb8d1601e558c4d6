import Testing

@testable import OpenPGP

@Suite("Forms of messages")
struct MessageFormTests {
    /// A message, and what it must be refused for; nil when it must not.
    struct Form: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let refusal: OpenPGPError.Code?

        var testDescription: String { name }
    }

    static let content = Array("what is signed".utf8)

    @Test("Each form is accepted or refused for its own reason", arguments: try forms() + compressedForms())
    func form(form: Form) throws {
        let ring = try KeyRing(packets: try TestKey().certificate())
        #expect(Fixture.refusal(form.bytes, ring) == form.refusal)
        guard form.refusal == nil else { return }
        #expect(try SignedMessage.verify(form.bytes, with: ring, at: Fixture.now).content == Self.content)
    }

    @Test("What is accepted here GnuPG accepts too", .enabled(if: GPG.isInstalled))
    func others() async throws {
        let keys = try TestKey().certificate()
        try await GPG.with { gpg in
            try await gpg.importKeys(keys)
            for form in try Self.forms() + Self.compressedForms() where form.refusal == nil {
                let result = try await gpg.verify(form.bytes)
                #expect(result.content == Self.content, "\(form.name): \(result.status)")
            }
        }
    }

    private static func forms() throws -> [Form] {
        let key = try TestKey()
        let signature = try key.signature(over: content)
        let body = PacketWriter.literal(content)
        let onePass = key.onePass(signature)
        let literal = PacketWriter.packet(.literal, body)
        let end = PacketWriter.packet(.signature, signature)
        let whole = onePass + literal + end
        return [
            Form(name: "one-pass", bytes: whole, refusal: nil),
            Form(name: "signature first", bytes: end + literal, refusal: nil),
            Form(
                name: "old headers",
                bytes: PacketWriter.oldPacket(.onePassSignature, Array(onePass.dropFirst(6)), lengthType: 0)
                    + PacketWriter.oldPacket(.literal, body, lengthType: 1)
                    + PacketWriter.oldPacket(.signature, signature, lengthType: 2),
                refusal: nil
            ),
            Form(
                name: "literal of open length",
                bytes: end + PacketWriter.oldPacket(.literal, body, lengthType: 3),
                refusal: nil
            ),
            Form(
                name: "literal of open length before the signature",
                bytes: onePass + PacketWriter.oldPacket(.literal, body, lengthType: 3) + end,
                refusal: .truncated
            ),
            Form(
                name: "signature of open length",
                bytes: onePass + literal + PacketWriter.oldPacket(.signature, signature, lengthType: 3),
                refusal: .malformed
            ),
            Form(
                name: "literal in parts",
                bytes: onePass + PacketWriter.partialPacket(.literal, body, exponent: 1) + end,
                refusal: nil
            ),
            Form(
                name: "signature in parts",
                bytes: onePass + literal + PacketWriter.partialPacket(.signature, signature, exponent: 4),
                refusal: .malformed
            ),
            Form(name: "nothing", bytes: [], refusal: .truncated),
            Form(name: "text", bytes: content, refusal: .malformed),
            Form(name: "content alone", bytes: literal, refusal: .notSigned),
            Form(name: "signature alone", bytes: end, refusal: .malformed),
            Form(name: "no signature", bytes: onePass + literal, refusal: .truncated),
            Form(name: "no content", bytes: onePass + end, refusal: .malformed),
            Form(name: "marker", bytes: PacketWriter.packet(.marker, Array("PGP".utf8)) + whole, refusal: .malformed),
            Form(name: "two contents", bytes: onePass + literal + literal + end, refusal: .malformed),
            Form(name: "two signatures", bytes: whole + end, refusal: .trailingGarbage),
            Form(name: "two announced", bytes: onePass + whole + end, refusal: .malformed),
            Form(
                name: "more announced",
                bytes: key.onePass(signature, last: 0) + literal + end,
                refusal: .malformed
            ),
            Form(name: "signed twice, old form", bytes: end + end + literal, refusal: .malformed),
            Form(name: "content after the message", bytes: whole + literal, refusal: .trailingGarbage),
            Form(
                name: "encrypted",
                bytes: PacketWriter.packet(Packet.Tag(number: 18), [1]),
                refusal: .unsupported
            ),
            Form(name: "a key", bytes: key.packet, refusal: .malformed),
            Form(name: "armour", bytes: Array("\n-----BEGIN PGP MESSAGE-----\n".utf8), refusal: .malformed),
            Form(
                name: "mode of another kind",
                bytes: onePass + PacketWriter.packet(.literal, PacketWriter.literal(content, mode: 0x6c)) + end,
                refusal: .malformed
            ),
            Form(
                name: "name in the content's head",
                bytes: onePass + PacketWriter.packet(.literal, PacketWriter.literal(content, name: "_CONSOLE")) + end,
                refusal: nil
            ),
            Form(
                name: "too large",
                bytes: whole + [UInt8](repeating: 0, count: 1 << 20),
                refusal: .tooLarge
            ),
            Form(
                name: "other content",
                bytes: onePass + PacketWriter.packet(.literal, PacketWriter.literal(content + [0])) + end,
                refusal: .wrongSignature
            ),
        ]
    }

    private static func compressedForms() throws -> [Form] {
        let whole = try TestKey().message(content)
        let packed = [1] + PacketWriter.stored(whole)
        let nested = [1] + PacketWriter.stored(PacketWriter.packet(.compressed, packed))
        func form(_ name: String, _ body: [UInt8], _ refusal: OpenPGPError.Code?) -> Form {
            Form(name: "compressed: \(name)", bytes: PacketWriter.packet(.compressed, body), refusal: refusal)
        }
        return [
            form("as it should", packed, nil),
            Form(
                name: "compressed: of open length",
                bytes: PacketWriter.oldPacket(.compressed, packed, lengthType: 3),
                refusal: nil
            ),
            Form(
                name: "compressed: in parts",
                bytes: PacketWriter.partialPacket(.compressed, packed, exponent: 9),
                refusal: nil
            ),
            Form(
                name: "compressed: content beside it",
                bytes: PacketWriter.packet(.compressed, packed) + PacketWriter.packet(.marker, []),
                refusal: .trailingGarbage
            ),
            form("twice", nested, .malformed),
            form("bytes after the stream", packed + [0], .trailingGarbage),
            form("bytes after the message", [1] + PacketWriter.stored(whole + [0]), .trailingGarbage),
            form("cut off", packed.dropLast(), .truncated),
            form("no stream", [1], .truncated),
            form("no algorithm", [], .truncated),
            form("uncompressed", [0] + whole, .unsupported),
            form("no bzip2", [3] + whole, .malformed),
            form("of unknown kind", [9] + whole, .unsupported),
            form("wrong stream", [1, 7] + packed, .malformed),
            form("a header where none is", [2] + PacketWriter.stored(whole), .malformed),
            form("nothing in it", [1] + PacketWriter.stored([]), .truncated),
        ]
    }
}
