import FerryTestSupport
import Foundation
import Testing

@testable import OpenPGP

@Suite("Keys as GnuPG makes them", .enabled(if: GPG.isInstalled))
struct GnuPGKeyTests {
    private static let content = Array("content".utf8)
    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    @Test("Of an expired key what it signed before counts, and nothing after")
    func expired() async throws {
        try await GPG.with { gpg in
            try await gpg.makeKey("Ann", expires: "20200201T000000", at: "20200101T000000")
            let before = try await gpg.sign(Self.content, by: "Ann", ["--faked-system-time", "20200115T000000"])
            let expired = try KeyRing(decoding: try await gpg.export(), name: "ring")
            #expect(expired.keys.map(\.expires) == [1_580_515_200])
            #expect(Fixture.refusal(before, expired, at: Self.now) == nil)
            let fingerprint = try await gpg.fingerprint("Ann")
            try await gpg.succeed(
                "--faked-system-time",
                "20200301T000000",
                "--quick-set-expire",
                fingerprint,
                "20300101T000000"
            )
            let after = try await gpg.sign(Self.content, by: "Ann", ["--faked-system-time", "20200302T000000"])
            let extended = try KeyRing(decoding: try await gpg.export(), name: "ring")
            #expect(Fixture.refusal(after, expired, at: Self.now) == .keyExpired)
            #expect(Fixture.refusal(before, extended, at: Self.now) == nil)
            #expect(Fixture.refusal(after, extended, at: Self.now) == nil)
            #expect(Fixture.refusal(after, extended, at: 1_580_515_200) == .signatureExpired)
        }
    }

    @Test("A signature with an end of its own")
    func expiredSignature() async throws {
        try await GPG.with { gpg in
            try await gpg.makeKey("Ann", at: "20200101T000000")
            let ring = try KeyRing(decoding: try await gpg.export(), name: "ring")
            let bytes = try await gpg.sign(
                Self.content,
                by: "Ann",
                ["--faked-system-time", "20200115T000000", "--default-sig-expire", "10d"]
            )
            #expect(Fixture.refusal(bytes, ring, at: 1_579_046_400) == nil)
            #expect(Fixture.refusal(bytes, ring, at: Self.now) == .signatureExpired)
            #expect(try await gpg.verify(bytes).content == nil)
        }
    }

    @Test("A revoked key signs nothing any more, nor has it before")
    func revoked() async throws {
        try await GPG.with { gpg in
            let fingerprint = try await gpg.makeKey("Ann")
            let bytes = try await gpg.sign(Self.content, by: "Ann")
            let before = try KeyRing(decoding: try await gpg.export(), name: "ring")
            let certificate = try String(
                contentsOfFile: gpg.path("openpgp-revocs.d/\(fingerprint).rev"),
                encoding: .utf8
            ).replacing(":-----BEGIN", with: "-----BEGIN")
            // It can lie beside the key, as text or after it was imported.
            let beside = try await gpg.export("Ann", armored: true) + Array(certificate.utf8)
            try certificate.write(toFile: gpg.path("revocation"), atomically: true, encoding: .utf8)
            try await gpg.succeed("--import", gpg.path("revocation"))
            for keys in [beside, try await gpg.export()] {
                let ring = try KeyRing(decoding: keys, name: "ring")
                #expect(ring.keys.map(\.isRevoked) == [true])
                #expect(Fixture.refusal(bytes, ring, at: Self.now) == .keyRevoked)
            }
            #expect(Fixture.refusal(bytes, before, at: Self.now) == nil)
        }
    }

    @Test("Subkeys that sign", arguments: ["rsa2048", "ed25519"])
    func subkeys(algorithm: String) async throws {
        try await GPG.with { gpg in
            let fingerprint = try await gpg.makeKey("Ann", "ed25519", usage: "cert")
            try await gpg.succeed("--quick-add-key", fingerprint, algorithm, "sign", "never")
            try await gpg.succeed("--quick-add-key", fingerprint, "cv25519", "encr", "never")
            let bytes = try await gpg.sign(Self.content, by: "Ann")
            let keys = try await gpg.export()
            let ring = try KeyRing(decoding: keys, name: "ring")
            let message = try SignedMessage.verify(bytes, with: ring, at: Self.now)
            #expect(message.key.fingerprint == fingerprint)
            #expect(message.signingFingerprint != fingerprint)
            #expect(try KeyRing(decoding: keys, name: "ring").keys.count == 1)

            // The signature inside the binding is not hashed as GnuPG writes it: it can be damaged, and must be checked.
            let packets = try PacketWriter.packets(keys)
            let binding = try #require(packets.firstIndex { $0.tag == .publicSubkey }) + 1
            let signature = try SignaturePacket(packets[binding].body)
            let inner = try #require(signature.subpackets?.embedded.first)
            var damaged = packets
            var body = Array(packets[binding].body)
            body[body.firstRange(of: Array(inner))?.lowerBound.advanced(by: inner.count - 1) ?? 0] ^= 1
            damaged[binding] = Packet(tag: .signature, body: body[...])
            let broken = try KeyRing(decoding: PacketWriter.join(damaged), name: "ring")
            #expect(Fixture.refusal(bytes, broken, at: Self.now) == .keyCannotSign)
        }
    }

    @Test("Old self-signatures with SHA-1 are accepted")
    func oldSelfSignature() async throws {
        try await GPG.with { gpg in
            _ = try await gpg.run([
                "--cert-digest-algo", "SHA1", "--allow-weak-digest-algos", "--allow-weak-key-signatures",
                "--quick-generate-key", "Ann", "rsa2048", "sign", "never",
            ])
            let keys = try await gpg.export()
            let own = try #require(try PacketWriter.packets(keys).first { $0.tag == .signature })
            #expect(try SignaturePacket(own.body).hash.number == 2)
            let bytes = try await gpg.sign(Self.content, by: "Ann")
            let ring = try KeyRing(decoding: keys, name: "ring")
            #expect(Fixture.refusal(bytes, ring, at: Self.now) == nil)
        }
    }

    @Test("Keys of kinds that are not supported are passed over", arguments: ["dsa2048", "nistp256", "rsa1024"])
    func unsupported(algorithm: String) async throws {
        try await GPG.with { gpg in
            try await gpg.makeKey("Old", algorithm)
            try await gpg.makeKey("Ann")
            let ring = try KeyRing(decoding: try await gpg.export(), name: "ring")
            #expect(ring.keys.map(\.userIDs) == [["Ann"]])
            let bytes = try await gpg.sign(Self.content, by: "Old")
            #expect(Fixture.refusal(bytes, ring, at: Self.now) == .unsupported)
            #expect(Fixture.refusal(try await gpg.sign(Self.content, by: "Ann"), ring, at: Self.now) == nil)
        }
    }
}
