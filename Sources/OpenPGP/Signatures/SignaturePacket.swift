/// A signature of version 3 or 4 (RFC 9580, section 5.2).
struct SignaturePacket: Sendable {
    /// The numbers of the signature itself.
    enum Value: Hashable, Sendable {
        /// RSA, big-endian, without zeros before it.
        case rsa([UInt8])
        /// 64 bytes.
        case ed25519([UInt8])
        /// Of an algorithm that is not checked here.
        case unsupported
    }

    /// The whole packet's body.
    let body: ArraySlice<UInt8>
    /// What it says.
    let type: SignatureType
    /// The algorithm of the key.
    let algorithm: KeyAlgorithm
    /// The hash.
    let hash: HashAlgorithm
    /// When it was made, in seconds since 1970.
    let created: Int64
    /// What else is said; empty for version 3, except for the key's id.
    let subpackets: Subpackets?
    /// The ids of the key that made it, all of which must fit; several by mistake or malice only.
    let issuers: [KeyID]
    /// What is hashed after that which is signed.
    let trailer: [UInt8]
    /// The first two bytes of the hash.
    let hashStart: [UInt8]
    /// The numbers.
    let value: Value

    /// Reads a packet's body.
    ///
    /// - Throws: `.malformed`; `.unsupported` for other versions.
    init(_ body: ArraySlice<UInt8>) throws(OpenPGPError) {
        self.body = body
        var cursor = ByteCursor(body, "the signature packet")
        let version = try cursor.octet()
        switch version {
        case 3:
            guard try cursor.octet() == 5 else {
                throw OpenPGPError(.malformed, "the signature packet does not hash the five bytes that it must")
            }
            let hashed = try cursor.take(5)
            trailer = Array(hashed)
            type = SignatureType(number: hashed.first ?? 0)
            created = hashed.dropFirst().reduce(0) { $0 << 8 | Int64($1) }
            subpackets = nil
            issuers = [KeyID(try cursor.take(8))]
            algorithm = KeyAlgorithm(number: try cursor.octet())
            hash = HashAlgorithm(number: try cursor.octet())
        case 4:
            type = SignatureType(number: try cursor.octet())
            algorithm = KeyAlgorithm(number: try cursor.octet())
            hash = HashAlgorithm(number: try cursor.octet())
            let hashed = try cursor.take(try cursor.uint16())
            let subpackets = try Subpackets(hashed: hashed, unhashed: try cursor.take(try cursor.uint16()))
            guard let created = subpackets.created else {
                throw OpenPGPError(.malformed, "the signature does not say when it was made")
            }
            let length = 6 + hashed.count
            trailer = body.prefix(length) + [4, 0xff] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
            self.subpackets = subpackets
            self.created = created
            // The ids of keys are the last bytes of fingerprints of version 4.
            issuers = subpackets.issuers + subpackets.fingerprints.map { KeyID($0) }
        default:
            throw OpenPGPError(.unsupported, "the signature is of version \(version); versions 3 and 4 are supported")
        }
        hashStart = Array(try cursor.take(2))
        value = try Self.value(&cursor, algorithm)
    }

    /// When it ceases to stand, in seconds since 1970; nil for never.
    var expires: Int64? {
        guard let lifetime = subpackets?.lifetime, lifetime > 0 else { return nil }
        return created + lifetime
    }

    /// Whether it may be one of a key, by what it says of who made it.
    func mayBeBy(_ key: PublicKeyPacket) -> Bool {
        !issuers.isEmpty && issuers.allSatisfy { $0 == key.id }
            && subpackets?.fingerprints.allSatisfy { $0 == [4] + key.fingerprint } != false
    }

    /// The same for one that takes trust away: saying nothing of who made it does not save the key.
    func mayRevoke(_ key: PublicKeyPacket) -> Bool { issuers.isEmpty || mayBeBy(key) }

    private static func value(_ cursor: inout ByteCursor, _ algorithm: KeyAlgorithm) throws(OpenPGPError) -> Value {
        let value: Value
        switch algorithm {
        case .rsa, .rsaSigning: value = .rsa(try cursor.number(maximumBits: RSALimits.readableBits))
        case .legacyEdDSA:
            let halves = [try cursor.number(maximumBits: 256), try cursor.number(maximumBits: 256)]
            // As numbers they have lost the zeros before them.
            value = .ed25519(halves.flatMap { [UInt8](repeating: 0, count: 32 - $0.count) + $0 })
        case .ed25519: value = .ed25519(Array(try cursor.take(64)))
        default: return .unsupported
        }
        try cursor.expectEnd()
        return value
    }
}
