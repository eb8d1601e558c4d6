import Foundation
import Testing

@testable import OpenSSLCrypto

@Suite("Hashes and keys of formats that are not ours")
struct ForeignSignatureTests {
    @Test(
        "Hashes of abc in pieces (FIPS 180-4)",
        arguments: [
            (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                .sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
            (
                .sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ] as [(SignatureHash, String)]
    )
    func hashes(algorithm: SignatureHash, expected: String) throws {
        let hash = try algorithm.hash(of: [[0x61], [], [0x62, 0x63]])
        #expect(hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == expected)
    }

    @Test("RFC 8032, section 7.1, test 1")
    func ed25519() throws {
        let point = Self.bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let signature = Self.bytes(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b"
        )
        let key = try #require(VerificationKey(ed25519: point))
        #expect(key.accepts(signature, of: []))
        #expect(!key.accepts(signature, of: [0]))
        #expect(!key.accepts(signature.dropLast(), of: []))
        #expect(!key.accepts([], of: []))
        #expect(VerificationKey(ed25519: point.dropLast()) == nil)
        #expect(VerificationKey(ed25519: []) == nil)
    }

    @Test("Numbers that are no RSA key, and signatures of another length")
    func rsa() throws {
        let modulus = [0xc1] + [UInt8](repeating: 0x5b, count: 255)
        let key = try #require(RSAPublicKey(modulus: modulus, exponent: [1, 0, 1]))
        #expect(key.size == 256)
        let hash = [UInt8](repeating: 1, count: 32)
        #expect(!key.accepts([], ofHash: hash, by: .sha256))
        #expect(!key.accepts([UInt8](repeating: 0, count: 256), ofHash: hash, by: .sha256))
        #expect(!key.accepts([UInt8](repeating: 0xff, count: 256), ofHash: hash, by: .sha256))
        #expect(!key.accepts([UInt8](repeating: 1, count: 257), ofHash: hash, by: .sha256))
        #expect(!key.accepts([UInt8](repeating: 1, count: 256), ofHash: [1], by: .sha256))
        #expect(RSAPublicKey(modulus: [], exponent: [])?.accepts([1], ofHash: hash, by: .sha256) != true)
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap { $0.hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
