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

/// Hashes that go on in another process.
@Suite("Saved states of hashes")
struct HashStateTests {
    @Test(
        "A hash goes on from any byte",
        arguments: Digest.Algorithm.allCases,
        [0, 1, 55, 63, 64, 65, 127, 128, 200, 999]
    )
    func goesOn(algorithm: Digest.Algorithm, count: Int) throws {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var first = try ContentHasher(algorithm, savesState: true)
        try first.update(Array(bytes.prefix(count)))
        let state = first.state ?? []
        #expect((32...191).contains(state.count))
        let restored = try ContentHasher(algorithm, state: state, count: Int64(count))
        guard var second = restored else {
            Issue.record("the state was refused")
            return
        }
        #expect(second.count == count)
        try second.update(Array(bytes.dropFirst(count)))
        let digest = try second.finish()
        #expect(try digest == ContentHasher.digest(of: bytes, algorithm))
        // The first one is untouched by that, and its copies go on, too.
        try first.update(Array(bytes.dropFirst(count)))
        let copy = try first.copy().finish()
        #expect(try copy == ContentHasher.digest(of: bytes, algorithm))
        #expect(try first.finish() == copy)
    }

    @Test("Lengths of more than 32 bits are part of the state")
    func longLengths() throws {
        // Hashing so much takes long; two hashes that differ in the upper half of their length must differ.
        var hasher = try ContentHasher(savesState: true)
        try hasher.update([UInt8](repeating: 1, count: 64))
        let state = hasher.state ?? []
        let counts: [Int64] = [64, 64 + 1 << 29, 64 + 1 << 32, 64 + 1 << 40]
        var digests: [Digest] = []
        for count in counts {
            guard let restored = try ContentHasher(.sha256, state: state, count: count) else { continue }
            digests.append(try restored.finish())
        }
        #expect(Set(digests).count == counts.count)
    }

    @Test("A state of another length is refused", arguments: [0, 31, 33, 64, 95, 1_000])
    func garbage(length: Int) throws {
        for count in [-1, 0, 64, .max] as [Int64] where length != 32 + Int(max(0, count) % 64) {
            let restored = try ContentHasher(.sha256, state: [UInt8](repeating: 7, count: length), count: count)
            if restored != nil { Issue.record("\(length) bytes for a hash of \(count)") }
        }
    }

    @Test("A hash gives no state that was not asked for one")
    func notAsked() throws {
        let hasher = try ContentHasher()
        let state = hasher.state
        #expect(state == nil)
    }
}
