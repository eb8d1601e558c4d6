import OCIModel
import OpenSSLCrypto
import Testing

/// Checked with the examples of FIPS 180-4.
///
/// https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
@Suite("Hashes of content")
struct ContentHasherTests {
    private static let twoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

    @Test(
        "Known values",
        arguments: [
            (Digest.Algorithm.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (.sha256, twoBlocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
            (
                .sha512, "abc",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ]
    )
    func known(algorithm: Digest.Algorithm, text: String, hex: String) throws {
        let digest = try ContentHasher.digest(of: text.utf8, algorithm)
        #expect(digest == (try Digest(algorithm: algorithm, hex: hex)))
        // Sequences without storage of their own give the same.
        #expect(try ContentHasher.digest(of: text.utf8.lazy.map { $0 }, algorithm) == digest)
    }

    @Test("A million letters, in any pieces", arguments: [1_000_000, 65_536, 4_093])
    func pieces(size: Int) throws {
        var hasher = try ContentHasher()
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        for start in stride(from: 0, to: letters.count, by: size) {
            try hasher.update(Array(letters[start..<min(letters.count, start + size)]))
        }
        #expect(hasher.count == 1_000_000)
        let digest = try hasher.finish()
        #expect(digest.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("Nothing adds nothing")
    func nothing() throws {
        var hasher = try ContentHasher()
        try hasher.update([])
        try hasher.update(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(hasher.count == 0)
        let digest = try hasher.finish()
        #expect(try digest == ContentHasher.digest(of: []))
    }

    @Test("A copy goes its own way")
    func copy() throws {
        var first = try ContentHasher(.sha512)
        try first.update(Array("ab".utf8))
        var second = try first.copy()
        try first.update(Array("X".utf8))
        try second.update(Array("c".utf8))
        #expect(second.count == 3)
        #expect(second.algorithm == .sha512)
        let digests = (try first.finish(), try second.finish())
        #expect(try digests.0 == ContentHasher.digest(of: "abX".utf8, .sha512))
        #expect(try digests.1 == ContentHasher.digest(of: "abc".utf8, .sha512))
    }

    @Test("A hash can be handed from task to task")
    func sending() async throws {
        var hasher = try ContentHasher()
        try hasher.update(Array("ab".utf8))
        let copy = try hasher.copy()
        let digest = try await Self.finish(copy, with: "c")
        #expect(try digest == ContentHasher.digest(of: "abc".utf8))
    }

    @concurrent
    private static func finish(_ hasher: consuming ContentHasher, with text: String) async throws -> Digest {
        try hasher.update(Array(text.utf8))
        return try hasher.finish()
    }
}
