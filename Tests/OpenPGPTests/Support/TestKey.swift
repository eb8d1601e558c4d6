import Foundation
import OpenSSLCrypto

@testable import OpenPGP

/// A key that signs whatever a test wants; the keys are those of RFC 8032, section 7.1.
struct TestKey {
    /// Whether the key is written as GnuPG writes it, or as RFC 9580 wants.
    enum Form: CaseIterable {
        case legacy
        case modern
    }

    /// What a signature says beside its content.
    struct Options {
        var type: UInt8 = 0
        var created: Int64 = 1_600_000_000
        var hash: SignatureHash = .sha256
        var hashNumber: UInt8?
        var hashed: [[UInt8]] = []
        var unhashed: [[UInt8]] = []
        var issuer: [UInt8]?
        var namesIssuer = true
        var saysWhen = true
    }

    let key: SigningKey
    let form: Form
    let created: Int64
    /// The public key packet's body.
    let body: [UInt8]

    private static let pairs = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
        ),
    ]

    /// One of the three keys.
    init(_ index: Int = 0, form: Form = .legacy, created: Int64 = 1_500_000_000) throws {
        let (secret, point) = (Self.bytes(Self.pairs[index].0), Self.bytes(Self.pairs[index].1))
        let encoded = Data(Self.bytes("302e020100300506032b657004220420") + secret).base64EncodedString()
        var pem = Array("-----BEGIN PRIVATE KEY-----\n\(encoded)\n-----END PRIVATE KEY-----\n".utf8)
        key = try SigningKey(erasing: &pem, name: "test key")
        self.form = form
        self.created = created
        let head = [4] + PacketWriter.uint32(Int(created))
        switch form {
        case .legacy:
            let name: [UInt8] = [9, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01]
            body = head + [22] + name + PacketWriter.number([0x40] + point)
        case .modern: body = head + [27] + point
        }
    }

    /// The fingerprint.
    var fingerprint: [UInt8] { (try? PublicKeyPacket(body[...]).fingerprint) ?? [] }

    /// The packet of the primary key.
    var packet: [UInt8] { PacketWriter.packet(.publicKey, body) }

    /// The packet of a subkey.
    var subkeyPacket: [UInt8] { PacketWriter.packet(.publicSubkey, body) }

    /// A signature packet's body.
    func signature(over content: [UInt8], _ options: Options = Options()) throws -> [UInt8] {
        var hashed = options.hashed
        if options.saysWhen { hashed.append([2] + PacketWriter.uint32(Int(options.created))) }
        var unhashed = options.unhashed
        if options.namesIssuer { unhashed.append([16] + (options.issuer ?? Array(fingerprint.suffix(8)))) }
        let numbers: [SignatureHash: UInt8] = [.sha1: 2, .sha256: 8, .sha384: 9, .sha512: 10]
        let area = Self.area(hashed)
        let head =
            [4, options.type, form == .legacy ? 22 : 27, options.hashNumber ?? numbers[options.hash] ?? 0]
            + PacketWriter.uint16(area.count) + area
        let hash = try options.hash.hash(of: [content + head + [4, 0xff] + PacketWriter.uint32(head.count)])
        let other = Self.area(unhashed)
        let value = try key.sign(hash)
        let numbersOfValue =
            form == .legacy
            ? PacketWriter.number(Array(value.prefix(32))) + PacketWriter.number(Array(value.suffix(32))) : value
        return head + PacketWriter.uint16(other.count) + other + hash.prefix(2) + numbersOfValue
    }

    /// A whole certificate: key, user id and signature over it, then whatever is added.
    func certificate(
        _ options: Options = Options(type: 0x13, created: 1_500_000_000),
        _ more: [UInt8] = []
    ) throws
        -> [UInt8]
    {
        packet + PacketWriter.packet(.userID, Array("Ann".utf8))
            + PacketWriter.packet(.signature, try signature(over: hashed + Self.hashed(userID: "Ann"), options)) + more
    }

    /// A message: one-pass signature, content, signature.
    func message(_ content: [UInt8], _ options: Options = Options()) throws -> [UInt8] {
        let signature = try signature(over: content, options)
        return onePass(signature) + PacketWriter.packet(.literal, PacketWriter.literal(content))
            + PacketWriter.packet(.signature, signature)
    }

    /// The packet that announces a signature.
    func onePass(_ signature: [UInt8], last: UInt8 = 1) -> [UInt8] {
        PacketWriter.packet(
            .onePassSignature,
            [3, signature[1], signature[3], signature[2]] + fingerprint.suffix(8) + [last]
        )
    }

    /// What stands for the key in hashes.
    var hashed: [UInt8] { [0x99] + PacketWriter.uint16(body.count) + body }

    /// What stands for a user id in hashes.
    static func hashed(userID: String) -> [UInt8] { [0xb4] + PacketWriter.uint32(userID.utf8.count) + userID.utf8 }

    private static func area(_ subpackets: [[UInt8]]) -> [UInt8] {
        subpackets.flatMap { [255] + PacketWriter.uint32($0.count) + $0 }
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap { $0.hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

extension KeyRing {
    /// A ring of raw packets.
    init(packets: [UInt8]) throws { try self.init(decoding: packets, name: "test") }
}
