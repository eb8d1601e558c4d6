import Foundation
import Testing

@testable import OpenPGP

@Suite("Signed messages with one bit flipped", .enabled(if: GPG.isInstalled))
struct BitFlipTests {
    @Test("Red Hat's real signature")
    func redHat() async throws {
        try await GPG.with { gpg in
            try await check(gpg, try Fixture.bytes("redhat-release-key-2.sig"), try Fixture.bytes("keyring-redhat.asc"))
        }
    }

    @Test("OpenShift's real signature")
    func openShift() async throws {
        try await GPG.with { gpg in
            try await check(gpg, try Fixture.bytes("openshift-ci.sig"), try Fixture.bytes("keyring-simple.asc"))
        }
    }

    @Test("Signatures of GnuPG's own", arguments: ["rsa2048", "ed25519"], ["none", "zip", "zlib"])
    func own(algorithm: String, compression: String) async throws {
        try await GPG.with { gpg in
            try await gpg.makeKey("Ann", algorithm)
            let content = Array("{\"critical\": {\"image\": {\"docker-manifest-digest\": \"sha256:0\"}}}".utf8)
            let bytes = try await gpg.sign(content, by: "Ann", ["--compress-algo", compression])
            try await check(gpg, bytes, try await gpg.export())
        }
    }

    /// Flips each bit; what is accepted must be accepted by GnuPG too, and have the same content.
    private func check(_ gpg: GPG, _ bytes: [UInt8], _ keys: [UInt8]) async throws {
        let ring = try KeyRing(decoding: keys, name: "ring")
        try await gpg.importKeys(keys)
        let now = Int64(Date().timeIntervalSince1970)
        let original = try SignedMessage.verify(bytes, with: ring, at: now)
        #expect(try await gpg.verify(bytes).content == original.content)
        var accepted: [Int] = []
        var codes: [OpenPGPError.Code: Int] = [:]
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            do throws(OpenPGPError) {
                let message = try SignedMessage.verify(flipped, with: ring, at: now)
                #expect(message == original, "bit \(bit)")
                accepted.append(bit)
            } catch {
                codes[error.code, default: 0] += 1
                continue
            }
            let other = try await gpg.verify(flipped)
            #expect(other.content == original.content, "bit \(bit): \(other.status)")
        }
        let places = Set(accepted.map { $0 / 8 }).sorted()
        print("\(accepted.count) of \(bytes.count * 8) flips accepted, in the bytes \(places); refused: \(codes)")
        // The date and the name beside the content are not signed, nor what is not hashed of a signature.
        #expect(accepted.count <= 8 * (4 + 64))
    }
}
