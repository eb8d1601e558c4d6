import OpenSSLCrypto
import Testing

@testable import OpenPGP

@Suite("Rules for signatures over content")
struct SignatureRuleTests {
    typealias Options = TestKey.Options

    private static let content = Array("line\r\n".utf8)

    private func refusal(
        _ options: Options,
        content: [UInt8] = content,
        form: TestKey.Form = .legacy,
        at now: Int64 = Fixture.now
    ) throws -> OpenPGPError.Code? {
        let key = try TestKey(form: form)
        return Fixture.refusal(try key.message(content, options), try KeyRing(packets: try key.certificate()), at: now)
    }

    @Test("Both forms of Ed25519, each hash", arguments: TestKey.Form.allCases)
    func hashes(form: TestKey.Form) throws {
        #expect(try refusal(Options(hash: .sha256), form: form) == nil)
        #expect(try refusal(Options(hash: .sha384), form: form) == nil)
        #expect(try refusal(Options(hash: .sha512), form: form) == nil)
        #expect(try refusal(Options(hash: .sha1), form: form) == .weakHash)
        #expect(try refusal(Options(hashNumber: 1), form: form) == .weakHash)
        #expect(try refusal(Options(hashNumber: 3), form: form) == .unsupported)
        #expect(try refusal(Options(hashNumber: 10), form: form) == .wrongSignature)
    }

    @Test("Only signatures over bytes and over text with CR LF")
    func types() throws {
        #expect(try refusal(Options(type: 1)) == nil)
        #expect(try refusal(Options(type: 1), content: []) == nil)
        #expect(try refusal(Options(type: 1), content: [0x0a]) == .malformed)
        #expect(try refusal(Options(type: 1), content: [0x0d, 0x0a, 0x0a]) == .malformed)
        #expect(try refusal(Options(type: 0), content: [0x0d, 0x0a, 0x0a]) == nil)
        for type: UInt8 in [2, 0x10, 0x13, 0x18, 0x19, 0x1f, 0x20, 0x40, 0x50, 0xff] {
            #expect(try refusal(Options(type: type)) == .malformed)
        }
    }

    @Test func subpackets() throws {
        #expect(try refusal(Options(hashed: [[0x80 | 26, 1]])) == nil)
        #expect(try refusal(Options(hashed: [[100, 1]])) == nil)
        #expect(try refusal(Options(hashed: [[0x80 | 100, 1]])) == .unsupported)
        #expect(try refusal(Options(unhashed: [[0x80 | 100, 1]])) == .unsupported)
        #expect(try refusal(Options(hashed: [[0x80 | 20, 1]])) == .unsupported)
        #expect(try refusal(Options(unhashed: [[]])) == .malformed)
        #expect(try refusal(Options(hashed: [[3, 0]])) == .malformed)
        #expect(try refusal(Options(hashed: [[16, 0]])) == .malformed)
    }

    @Test("When it was made stands in what is hashed, once")
    func creation() throws {
        let time: [UInt8] = [2, 0x5f, 0x5e, 0x10, 0x00]
        #expect(try refusal(Options(hashed: [time], saysWhen: false)) == nil)
        #expect(try refusal(Options(saysWhen: false)) == .malformed)
        #expect(try refusal(Options(unhashed: [time], saysWhen: false)) == .malformed)
        #expect(try refusal(Options(hashed: [time])) == .malformed)
        #expect(try refusal(Options(unhashed: [[2, 0, 0, 0, 0]])) == nil)
    }

    @Test("Whom it names must be who made it, wherever it is said")
    func issuers() throws {
        let key = try TestKey()
        let other = Array(try TestKey(1).fingerprint)
        #expect(try refusal(Options(issuer: Array(other.suffix(8)))) == .malformed)
        #expect(try refusal(Options(hashed: [[16] + other.suffix(8)])) == .malformed)
        #expect(try refusal(Options(namesIssuer: false)) == .unknownKey)
        #expect(try refusal(Options(unhashed: [[33, 4] + key.fingerprint], namesIssuer: false)) == nil)
        #expect(try refusal(Options(hashed: [[33, 4] + key.fingerprint])) == nil)
        #expect(try refusal(Options(hashed: [[33, 4] + other])) == .malformed)
        #expect(try refusal(Options(hashed: [[33, 5] + key.fingerprint])) == .unknownKey)
        #expect(try refusal(Options(hashed: [[33]])) == .malformed)
        let forged = [33, 4, 0] + key.fingerprint.dropFirst()
        #expect(try refusal(Options(hashed: [forged])) == .unknownKey)
    }

    @Test("It must be as it was announced", arguments: 0..<12)
    func announcement(place: Int) throws {
        let key = try TestKey()
        var bytes = try key.message(Self.content)
        bytes[6 + place] ^= 0x40
        let code = Fixture.refusal(bytes, try KeyRing(packets: try key.certificate()))
        #expect(code == (place == 0 ? .unsupported : .malformed))
    }

    @Test("It must be of the algorithm of the key")
    func algorithm() throws {
        let (legacy, modern) = (try TestKey(form: .legacy), try TestKey(form: .modern))
        let literal = PacketWriter.packet(.literal, PacketWriter.literal(Self.content))
        for (key, other) in [(legacy, modern), (modern, legacy)] {
            let options = Options(issuer: Array(other.fingerprint.suffix(8)))
            let bytes = PacketWriter.packet(.signature, try key.signature(over: Self.content, options)) + literal
            let ring = try KeyRing(packets: try key.certificate() + other.certificate())
            #expect(Fixture.refusal(bytes, ring) == .wrongSignature)
        }
    }

    @Test("Its own end, and the present")
    func times() throws {
        let options = Options(created: 1_600_000_000, hashed: [[0x80 | 3, 0, 0, 0, 100]])
        #expect(try refusal(options, at: 1_600_000_099) == nil)
        #expect(try refusal(options, at: 1_600_000_100) == .signatureExpired)
        #expect(try refusal(Options(hashed: [[3, 0, 0, 0, 0]])) == nil)
        #expect(try refusal(Options(unhashed: [[3, 0, 0, 0, 1]])) == nil)
        #expect(try refusal(Options(created: 1_600_000_000), at: 1_600_000_000 - 86_400) == nil)
        #expect(try refusal(Options(created: 1_600_000_000), at: 1_600_000_000 - 86_401) == .signatureExpired)
        #expect(try refusal(Options(created: 0xffff_ffff), at: .min) == .signatureExpired)
        #expect(
            try refusal(Options(created: 0xffff_ffff, hashed: [[3, 255, 255, 255, 255]]), at: .max) == .signatureExpired
        )
    }

    @Test("The signature's numbers are written in one way only")
    func numbers() throws {
        let key = try TestKey()
        let ring = try KeyRing(packets: try key.certificate())
        let literal = PacketWriter.packet(.literal, PacketWriter.literal(Self.content))
        let right = try key.signature(over: Self.content)
        func refusal(_ body: [UInt8]) -> OpenPGPError.Code? {
            Fixture.refusal(PacketWriter.packet(.signature, body) + literal, ring)
        }
        #expect(refusal(right) == nil)
        #expect(refusal(right + [0]) == .malformed)
        #expect(refusal(right.dropLast()) == .malformed)
        let start = try #require(SignaturePacketLayout.numbers(in: right))
        let (first, second) = try SignaturePacketLayout.split(right, at: start)
        let head = Array(right.prefix(start))
        #expect(refusal(head + first + second) == nil)
        let longer = PacketWriter.uint16((first.count - 1) * 8) + [0] + first.dropFirst(2)
        #expect(refusal(head + longer + second) == .malformed)
        #expect(refusal(head + first + [0, 0]) == .malformed)
        #expect(refusal(head + [1, 1] + [UInt8](repeating: 1, count: 33) + second) == .malformed)
        var bits = right
        bits[start + 1] ^= 1
        #expect(refusal(bits) == .malformed)
        var hash = right
        hash[start - 1] ^= 1
        #expect(refusal(hash) == .wrongSignature)
    }

    @Test("Versions that are not known", arguments: [0, 2, 5, 6, 255] as [UInt8])
    func versions(version: UInt8) throws {
        let key = try TestKey()
        var body = try key.signature(over: Self.content)
        body[0] = version
        let bytes = PacketWriter.packet(.signature, body) + PacketWriter.packet(.literal, PacketWriter.literal([]))
        #expect(Fixture.refusal(bytes, try KeyRing(packets: try key.certificate())) == .unsupported)
    }
}

/// Where things lie in a signature of version 4.
enum SignaturePacketLayout {
    /// Where the numbers begin.
    static func numbers(in body: [UInt8]) -> Int? {
        guard body.count > 8 else { return nil }
        let hashed = Int(body[4]) << 8 | Int(body[5])
        guard body.count > hashed + 10 else { return nil }
        let unhashed = Int(body[6 + hashed]) << 8 | Int(body[7 + hashed])
        let start = 10 + hashed + unhashed
        return start < body.count ? start : nil
    }

    /// The two numbers with their lengths.
    static func split(_ body: [UInt8], at start: Int) throws -> ([UInt8], [UInt8]) {
        let bits = Int(body[start]) << 8 | Int(body[start + 1])
        let middle = start + 2 + (bits + 7) / 8
        return (Array(body[start..<middle]), Array(body[middle...]))
    }
}
