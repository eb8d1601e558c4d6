import Testing

@testable import OpenPGP

@Suite("Subkeys that sign")
struct SubkeyTests {
    typealias Options = TestKey.Options

    private let (primary, subkey, other): (TestKey, TestKey, TestKey)

    init() throws {
        (primary, subkey, other) = (try TestKey(), try TestKey(1, form: .modern), try TestKey(2))
    }

    private var content: [UInt8] { primary.hashed + subkey.hashed }

    private func back(
        by key: TestKey? = nil,
        over content: [UInt8]? = nil,
        _ options: Options = Options(type: 0x19)
    ) throws -> [UInt8] {
        [32] + (try (key ?? subkey).signature(over: content ?? self.content, options))
    }

    private func ring(
        _ binding: Options,
        by key: TestKey? = nil,
        own: Options = Options(type: 0x13, created: 1_500_000_000, hashed: [[27, 1]]),
        _ more: [UInt8] = []
    ) throws -> KeyRing {
        let signature = try (key ?? primary).signature(over: content, binding)
        let packets = subkey.subkeyPacket + PacketWriter.packet(.signature, signature) + more
        return try KeyRing(packets: try primary.certificate(own, packets))
    }

    private func refusal(_ ring: KeyRing, created: Int64 = 1_600_000_000) throws -> OpenPGPError.Code? {
        Fixture.refusal(try subkey.message([1], Options(created: created)), ring)
    }

    @Test("One that both keys have bound signs, also when the primary key does not")
    func bound() throws {
        for binding in [
            Options(type: 0x18, hashed: [[27, 2], try back()]),
            Options(type: 0x18, hashed: [[27, 2]], unhashed: [try back()]),
            Options(type: 0x18, unhashed: [try back()]),
        ] {
            let ring = try ring(binding)
            #expect(try refusal(ring) == nil)
            let message = try SignedMessage.verify(try subkey.message([1]), with: ring, at: Fixture.now)
            #expect(message.key.fingerprint == Hexadecimal.text(of: primary.fingerprint))
            #expect(message.signingFingerprint == Hexadecimal.text(of: subkey.fingerprint))
            #expect(Fixture.refusal(try primary.message([1]), ring) == .keyCannotSign)
        }
    }

    @Test("One that is not bound in both ways does not")
    func unbound() throws {
        let flags: [UInt8] = [27, 2]
        let posing = Options(type: 0x18, hashed: [flags, try back()], issuer: Array(primary.fingerprint.suffix(8)))
        for (binding, key) in [
            (Options(type: 0x18, hashed: [flags]), primary),
            (Options(type: 0x18, hashed: [flags, try back(by: primary)]), primary),
            (Options(type: 0x18, hashed: [flags, try back(over: subkey.hashed + primary.hashed)]), primary),
            (Options(type: 0x18, hashed: [flags, try back(Options(type: 0x18))]), primary),
            (Options(type: 0x18, hashed: [flags, try back(Options(type: 0x19, hashed: [[0x80 | 99]]))]), primary),
            (Options(type: 0x18, hashed: [flags, [32, 4]]), primary),
            (Options(type: 0x18, hashed: [[27, 0x0c], try back()]), primary),
            (Options(type: 0x18, hashed: [flags, try back()]), other), (posing, other),
            (Options(type: 0x1f, hashed: [flags, try back()]), primary),
            (Options(type: 0x18, created: 1_499_999_999, hashed: [flags, try back()]), primary),
        ] {
            #expect(try refusal(try ring(binding, by: key)) == .keyCannotSign)
        }
    }

    @Test("It ends with its own term and with that of the primary key")
    func expiry() throws {
        let own = Options(type: 0x18, hashed: [[9] + PacketWriter.uint32(1_000), try back()])
        #expect(try refusal(try ring(own), created: 1_500_000_999) == nil)
        #expect(try refusal(try ring(own), created: 1_500_001_000) == .keyExpired)
        let forever = Options(type: 0x18, hashed: [try back()])
        let primary = Options(type: 0x13, created: 1_500_000_000, hashed: [[9] + PacketWriter.uint32(500)])
        #expect(try refusal(try ring(forever, own: primary), created: 1_500_000_499) == nil)
        #expect(try refusal(try ring(forever, own: primary), created: 1_500_000_500) == .keyExpired)
        #expect(try refusal(try ring(forever), created: 1_499_999_999) == .keyExpired)
    }

    @Test("It can be revoked by the primary key only")
    func revoked() throws {
        let binding = Options(type: 0x18, hashed: [try back()])
        let revocation = try primary.signature(over: content, Options(type: 0x28))
        #expect(try refusal(try ring(binding, PacketWriter.packet(.signature, revocation))) == .keyRevoked)
        for key in [subkey, other] {
            let forged = try key.signature(over: content, Options(type: 0x28, namesIssuer: false))
            #expect(try refusal(try ring(binding, PacketWriter.packet(.signature, forged))) == nil)
        }
        let all = try primary.signature(over: primary.hashed, Options(type: 0x20))
        #expect(try refusal(try ring(binding, PacketWriter.packet(.signature, all))) == .keyRevoked)
    }

    @Test("Signatures after a subkey that cannot be read belong to it")
    func skipped() throws {
        let binding = PacketWriter.packet(
            .signature,
            try primary.signature(over: content, Options(type: 0x18, hashed: [try back()]))
        )
        let unreadable = PacketWriter.packet(.publicSubkey, [6, 0, 0, 0, 0, 27])
        let revocation = PacketWriter.packet(.signature, try primary.signature(over: content, Options(type: 0x28)))
        let packets = subkey.subkeyPacket + binding + unreadable + revocation
        #expect(
            try refusal(
                try KeyRing(packets: try primary.certificate(Options(type: 0x13, created: 1_500_000_000), packets))
            ) == nil
        )
    }
}
