import OpenSSLCrypto
import Testing

@testable import OpenPGP

@Suite("What a key says of itself")
struct KeyRuleTests {
    typealias Options = TestKey.Options

    private static let content = Array("content".utf8)

    /// A self-signature over a user id.
    private static func own(
        _ hashed: [[UInt8]] = [],
        created: Int64 = 1_500_000_000,
        hash: SignatureHash = .sha256
    )
        -> Options
    {
        Options(type: 0x13, created: created, hash: hash, hashed: hashed)
    }

    /// What a message of a day is refused for.
    private func refusal(_ ring: [UInt8], by key: TestKey, created: Int64 = 1_600_000_000) throws -> OpenPGPError.Code?
    {
        let message = try key.message(Self.content, Options(created: created))
        return Fixture.refusal(message, try KeyRing(packets: ring))
    }

    @Test("Usage flags")
    func flags() throws {
        let key = try TestKey()
        #expect(try refusal(key.certificate(Self.own()), by: key) == nil)
        #expect(try refusal(key.certificate(Self.own([[27, 3]])), by: key) == nil)
        #expect(try refusal(key.certificate(Self.own([[27, 1]])), by: key) == .keyCannotSign)
        #expect(try refusal(key.certificate(Self.own([[27]])), by: key) == .keyCannotSign)
    }

    @Test("A self-signature may use SHA-1, as old keys do; MD5 it may not")
    func hashes() throws {
        let key = try TestKey()
        #expect(try refusal(key.certificate(Self.own(hash: .sha1)), by: key) == nil)
        #expect(throws: OpenPGPError.self) {
            try KeyRing(packets: try key.certificate(Options(type: 0x13, created: 1_500_000_000, hashNumber: 1)))
        }
    }

    @Test("The key stands from its making to its end")
    func expiry() throws {
        let key = try TestKey(created: 1_500_000_000)
        let ring = try key.certificate(Self.own([[9] + PacketWriter.uint32(1_000)]))
        #expect(try KeyRing(packets: ring).keys.map(\.expires) == [1_500_001_000])
        #expect(try refusal(ring, by: key, created: 1_499_999_999) == .keyExpired)
        #expect(try refusal(ring, by: key, created: 1_500_000_000) == nil)
        #expect(try refusal(ring, by: key, created: 1_500_000_999) == nil)
        #expect(try refusal(ring, by: key, created: 1_500_001_000) == .keyExpired)
        let never = try key.certificate(Self.own([[9, 0, 0, 0, 0]]))
        #expect(try KeyRing(packets: never).keys.map(\.expires) == [nil])
        let vouched = try key.certificate(Self.own([[3] + PacketWriter.uint32(500)]))
        #expect(try KeyRing(packets: vouched).keys.map(\.expires) == [1_500_000_500])
    }

    @Test("The latest self-signature counts, in whatever order they come", arguments: [true, false])
    func latest(isSwapped: Bool) throws {
        let key = try TestKey()
        let content = key.hashed + TestKey.hashed(userID: "Ann")
        let early = try key.signature(over: content, Self.own([[9, 0, 0, 0, 9]], created: 1_500_000_001))
        let late = try key.signature(over: content, Self.own([[9, 0, 1, 0, 0]], created: 1_500_000_002))
        let forged = try TestKey(1).signature(over: content, Self.own([[9, 0, 2, 0, 0]], created: 1_500_000_003))
        let packets = [early, late, forged].map { PacketWriter.packet(.signature, $0) }
        let head = key.packet + PacketWriter.packet(.userID, Array("Ann".utf8))
        let ring = head + (isSwapped ? packets.reversed() : packets).flatMap { $0 }
        #expect(try KeyRing(packets: ring).keys.map(\.expires) == [1_500_065_536])
        // A signature over the key alone goes before those over user ids.
        let options = Options(type: 0x1f, created: 1_500_000_000, hashed: [[9, 0, 0, 0, 5]])
        let direct = PacketWriter.packet(.signature, try key.signature(over: key.hashed, options))
        let both = key.packet + direct + PacketWriter.packet(.userID, Array("Ann".utf8)) + packets.flatMap { $0 }
        #expect(try KeyRing(packets: both).keys.map(\.expires) == [1_500_000_005])
        #expect(try KeyRing(packets: key.packet + direct).keys.map(\.userIDs) == [[]])
    }

    @Test("A key that nothing vouches for is none")
    func unbound() throws {
        let (key, other) = (try TestKey(), try TestKey(1))
        let userID = PacketWriter.packet(.userID, Array("Ann".utf8))
        let content = key.hashed + TestKey.hashed(userID: "Ann")
        func signature(_ content: [UInt8], by key: TestKey = key, _ options: Options = Self.own()) throws -> [UInt8] {
            PacketWriter.packet(.signature, try key.signature(over: content, options))
        }
        let posing = Options(type: 0x13, created: 1_500_000_000, issuer: Array(key.fingerprint.suffix(8)))
        for ring in [
            key.packet, key.packet + userID,
            key.packet + userID + (try signature(key.hashed + TestKey.hashed(userID: "Bob"))),
            key.packet + userID + (try signature(content, by: other)),
            key.packet + userID + (try signature(content, by: other, posing)),
            key.packet + userID + (try signature(content, Self.own(created: 1_499_999_999))),
            key.packet + userID + (try signature(content, Self.own([[0x80 | 99]]))),
            key.packet + userID + (try signature(content, Options(type: 0x18, created: 1_500_000_000))),
            try key.certificate(Self.own(), try signature(content, Options(type: 0x30, created: 1_500_000_000))),
        ] {
            do throws(OpenPGPError) {
                _ = try KeyRing(decoding: ring, name: "test")
                Issue.record("accepted")
            } catch {
                #expect(error.code == .noUsableKey)
            }
            // Beside a good key it changes nothing, and signs nothing.
            let both = try KeyRing(packets: try other.certificate() + ring)
            #expect(both.keys.count == 1)
            #expect(Fixture.refusal(try key.message([]), both) == .keyCannotSign)
            #expect(Fixture.refusal(try other.message([]), both) == nil)
        }
        let again = try signature(content, Self.own(created: 1_500_000_009))
        let revoked = try signature(content, Options(type: 0x30, created: 1_500_000_005))
        #expect(try refusal(key.packet + userID + revoked + again, by: key) == nil)
    }

    @Test("What a terminal would obey is not in the names of keys")
    func names() throws {
        let key = try TestKey()
        let name = "A\u{1b}[2Jnn\u{7f}é"
        let ring =
            key.packet + PacketWriter.packet(.userID, Array(name.utf8))
            + PacketWriter.packet(
                .signature,
                try key.signature(over: key.hashed + TestKey.hashed(userID: name), Self.own())
            )
        #expect(try KeyRing(packets: ring).keys.map(\.userIDs) == [["A\u{fffd}[2Jnn\u{fffd}é"]])
    }
}
