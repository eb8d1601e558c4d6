import OpenSSLCrypto
import Testing

@testable import OpenPGP

@Suite("Revoked keys")
struct RevocationTests {
    typealias Options = TestKey.Options

    private static func revocation(_ key: TestKey, _ options: Options) throws -> [UInt8] {
        PacketWriter.packet(.signature, try key.signature(over: key.hashed, options))
    }

    @Test("A revocation counts wherever it stands, and whatever else it says")
    func revoked() throws {
        let key = try TestKey()
        let message = try key.message([1, 2, 3])
        for options in [
            Options(type: 0x20), Options(type: 0x20, created: 0), Options(type: 0x20, hash: .sha1),
            Options(type: 0x20, hashed: [[29, 1]]), Options(type: 0x20, hashed: [[0x80 | 99, 1]]),
            Options(type: 0x20, namesIssuer: false),
        ] {
            let revocation = try Self.revocation(key, options)
            for bytes in [
                try key.certificate() + revocation, revocation + (try key.certificate()), key.packet + revocation,
            ] {
                let ring = try KeyRing(packets: bytes)
                #expect(ring.keys.map(\.isRevoked) == [true])
                #expect(Fixture.refusal(message, ring) == .keyRevoked)
                // Another copy of the key, from before, changes nothing.
                var joined = try KeyRing(packets: try key.certificate())
                #expect(Fixture.refusal(message, joined) == nil)
                joined.add(ring)
                #expect(joined.keys.map(\.isRevoked) == [true])
                #expect(Fixture.refusal(message, joined) == .keyRevoked)
                var other = ring
                other.add(try KeyRing(packets: try key.certificate()))
                #expect(Fixture.refusal(message, other) == .keyRevoked)
            }
        }
    }

    @Test("A revocation that another has made is none")
    func foreign() throws {
        let (key, other) = (try TestKey(), try TestKey(1))
        for options in [
            Options(type: 0x20), Options(type: 0x20, issuer: Array(key.fingerprint.suffix(8))),
            Options(type: 0x20, namesIssuer: false),
        ] {
            let forged = PacketWriter.packet(.signature, try other.signature(over: key.hashed, options))
            let ring = try KeyRing(packets: try key.certificate() + forged)
            #expect(ring.keys.map(\.isRevoked) == [false])
            #expect(Fixture.refusal(try key.message([]), ring) == nil)
        }
    }

    @Test("Revocations that stand before any key are bounded: each is tried with every key")
    func lost() throws {
        let key = try TestKey()
        let revocation = try Self.revocation(try TestKey(1), Options(type: 0x20, namesIssuer: false))
        func ring(_ count: Int) throws -> KeyRing {
            try KeyRing(packets: Array(repeating: revocation, count: count).joined() + (try key.certificate()))
        }
        #expect(try ring(CertificateReader.maximumLostRevocations).keys.map(\.isRevoked) == [false])
        let refused = try #require(throws: OpenPGPError.self) {
            try ring(CertificateReader.maximumLostRevocations + 1)
        }
        #expect(refused.code == .tooLarge)
    }

    @Test("A ring joined with itself is the same")
    func joined() throws {
        var ring = try KeyRing(packets: try TestKey().certificate() + TestKey(1).certificate())
        let keys = ring.keys
        #expect(keys.count == 2)
        ring.add(ring)
        #expect(ring.keys == keys)
        #expect(ring.certificates.allSatisfy { $0.parts.identities.count == 1 })
        #expect(ring.certificates.allSatisfy { $0.parts.identities[0].signatures.count == 1 })
        var empty = KeyRing()
        #expect(Fixture.refusal(try TestKey().message([]), empty) == .unknownKey)
        empty.add(ring)
        #expect(empty.keys == keys)
    }
}
