import Foundation
import OpenSSLCrypto
import Testing

@testable import OpenPGP

@Suite("Key rings as text")
struct ArmorTests {
    private static func block(_ bytes: [UInt8], sum: String? = nil, end: String = "\n") -> String {
        let text = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        let lines =
            ["-----BEGIN PGP PUBLIC KEY BLOCK-----", "Comment: a test", ""]
            + text.split(separator: "\n").map(String.init)
            + (sum.map { [$0] } ?? []) + ["-----END PGP PUBLIC KEY BLOCK-----", ""]
        return lines.joined(separator: end)
    }

    private func fingerprints(_ text: String) throws -> [String] {
        try KeyRing(decoding: Array(text.utf8), name: "ring.asc").keys.map(\.fingerprint)
    }

    private func refusal(_ text: String) -> OpenPGPError? {
        do throws(OpenPGPError) {
            _ = try KeyRing(decoding: Array(text.utf8), name: "ring.asc")
            return nil
        } catch {
            return error
        }
    }

    @Test("Several blocks with text around and between, in the order in which they come")
    func several() throws {
        let keys = try [TestKey(0), TestKey(1), TestKey(2)]
        let expected = keys.map { Hexadecimal.text(of: $0.fingerprint) }
        let blocks = try keys.map { Self.block(try $0.certificate()) }
        #expect(try fingerprints(blocks.joined()) == expected)
        #expect(try fingerprints("é\n" + blocks.joined(separator: "\n\ntext: of no use\n--\n") + "end") == expected)
        #expect(try fingerprints("\u{feff}" + blocks.joined()) == expected)
        #expect(try fingerprints(blocks.joined() + blocks.joined()) == expected)
        #expect(try fingerprints(Self.block(try keys.flatMap { try $0.certificate() })) == expected)
        #expect(try fingerprints(Self.block(try keys[0].certificate(), end: "\r\n")) == [expected[0]])
        #expect(try fingerprints(Self.block(try keys[0].certificate(), end: " \t\n")) == [expected[0]])
        let other = "-----BEGIN PGP SIGNATURE-----\n\n!!!!\n-----END PGP SIGNATURE-----\n"
        #expect(try fingerprints(other + blocks[0]) == [expected[0]])
    }

    @Test("The real files are read, and each damaged character is noticed by the check sum")
    func checkSum() throws {
        let bytes = try Fixture.bytes("keyring-simple.asc")
        #expect(try KeyRing(decoding: bytes, name: "ring").keys.count == 1)
        #expect(try Fixture.ring("keyring-redhat-release-and-beta.asc").keys.count == 2)
        #expect(try Fixture.ring("keyring-redhat.asc").keys.count == 1)
        for place in stride(from: 60, to: bytes.count - 60, by: 7) where bytes[place] != 0x0a {
            var damaged = bytes
            damaged[place] = damaged[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: OpenPGPError.self) { try KeyRing(decoding: damaged, name: "ring") }
        }
    }

    @Test("A self-signature of SHA-1 stands, and with any bit flipped it does not")
    func oldSelfSignature() throws {
        let bytes = try #require(try Armor.publicKeyBlocks(in: try Fixture.bytes("keyring-redhat.asc")[...]).first)
        var packets = try PacketWriter.packets(bytes)
        let own = try #require(packets.last)
        #expect(try SignaturePacket(own.body).hash.number == 2)
        #expect(try KeyRing(packets: bytes).keys.count == 1)
        for bit in stride(from: 0, to: own.body.count * 8, by: 13) {
            var body = Array(own.body)
            body[bit / 8] ^= 1 << UInt8(bit % 8)
            packets[packets.count - 1] = Packet(tag: .signature, body: body[...])
            // What is not hashed is the key's id alone, and that must fit too; its kind may become another.
            let isHint = (try? SignaturePacket(body[...]).issuers.isEmpty) ?? false
            guard !isHint else { continue }
            #expect(throws: OpenPGPError.self, "bit \(bit)") { try KeyRing(packets: PacketWriter.join(packets)) }
        }
    }

    @Test("A self-signature of SHA-1 is none over another name, whatever it says of its hash")
    func oldSelfSignatureOfAnother() throws {
        let bytes = try #require(try Armor.publicKeyBlocks(in: try Fixture.bytes("keyring-redhat.asc")[...]).first)
        var packets = try PacketWriter.packets(bytes)
        let key = try PublicKeyPacket(packets[0].body)
        let name = CertificateParts.Identity(isUserID: true, body: Array("Mallory".utf8)[...])
        var body = Array(packets[2].body)
        let signature = try SignaturePacket(packets[2].body)
        let hash = try SignatureHash.sha1.hash(of: key.hashed + name.hashed + [signature.trailer[...]])
        let start = try #require(SignaturePacketLayout.numbers(in: body)) - 2
        body.replaceSubrange(start..<start + 2, with: hash.prefix(2))
        packets[1] = Packet(tag: .userID, body: name.body)
        packets[2] = Packet(tag: .signature, body: body[...])
        #expect(refusal(Self.block(PacketWriter.join(packets)))?.code == .noUsableKey)
    }

    @Test func checkSumAtChoice() throws {
        let bytes = try TestKey().certificate()
        #expect(refusal(Self.block(bytes)) == nil)
        for sum in ["=AAAA", "=", "=AA", "=AAAAA", "AAAA="] {
            #expect(refusal(Self.block(bytes, sum: sum))?.code == .malformed, "\(sum)")
        }
    }

    @Test(
        "What is no list of public keys",
        arguments: [
            "", "text", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxsBN\n",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\nxsBN\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxs*N\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxsBN\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxsBN\n-----END PGP PRIVATE KEY BLOCK-----\n",
            "-----BEGIN PGP MESSAGE-----\n\nxsBN\n-----END PGP MESSAGE-----\n",
        ]
    )
    func malformed(text: String) {
        let error = refusal(text)
        #expect(error?.code == .malformed)
        #expect(error?.reason.hasPrefix("ring.asc") == true)
    }

    @Test("Blocks without a key, and packets that have no place here")
    func packets() throws {
        let certificate = try TestKey().certificate()
        func refusal(_ bytes: [UInt8]) -> OpenPGPError.Code? { self.refusal(Self.block(bytes))?.code }
        #expect(refusal([]) == .noUsableKey)
        #expect(refusal(certificate + PacketWriter.packet(.trust, [1])) == nil)
        #expect(refusal(certificate + PacketWriter.packet(.marker, [1])) == nil)
        #expect(refusal(certificate + PacketWriter.packet(Packet.Tag(number: 60), [1])) == nil)
        #expect(refusal(certificate + PacketWriter.packet(.signature, [6, 1])) == nil)
        #expect(refusal(certificate + PacketWriter.packet(.publicKey, [3, 0])) == nil)
        #expect(refusal(PacketWriter.packet(.publicKey, [6, 0, 0, 0, 0, 27])) == .noUsableKey)
        for tag in [Packet.Tag.secretKey, .secretSubkey, .literal, .compressed, Packet.Tag(number: 39)] {
            #expect(refusal(certificate + PacketWriter.packet(tag, [1])) == .malformed)
        }
        #expect(refusal(certificate.dropLast()) == .malformed)
        #expect(refusal(certificate + PacketWriter.packet(.publicKey, [4, 0])) == .malformed)
        let many = (0..<20_001).flatMap { _ in PacketWriter.oldPacket(.trust, [], lengthType: 0) }
        #expect(refusal(certificate + many) == .tooLarge)
        let parts = (0..<5_001).flatMap { _ in PacketWriter.oldPacket(.userID, [], lengthType: 0) }
        #expect(refusal(certificate + parts) == .tooLarge)
        #expect(self.refusal(String(repeating: " ", count: 4 << 20 + 1))?.code == .tooLarge)
    }

    @Test("Keys that are not supported say so")
    func unsupported() throws {
        let modulus = [0xc0] + [UInt8](repeating: 1, count: 127)
        let small =
            [4, 0, 0, 0, 1, 1] + PacketWriter.number(modulus) + PacketWriter.number([1, 0, 1])
        let error = refusal(Self.block(PacketWriter.packet(.publicKey, small)))
        #expect(error?.code == .noUsableKey)
        #expect(error?.reason.contains("an RSA key of 1024 bits") == true)
        let dsa = refusal(Self.block(PacketWriter.packet(.publicKey, [4, 0, 0, 0, 1, 17, 0, 8, 255])))
        #expect(dsa?.reason.contains("DSA") == true)
    }
}
