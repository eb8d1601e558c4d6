import OpenSSLCrypto

/// A public key or subkey of version 4 (RFC 9580, section 5.5).
struct PublicKeyPacket: Sendable {
    /// The numbers of a key.
    enum Material: Sendable {
        /// RSA of a supported length.
        case rsa(RSAPublicKey)
        /// Ed25519 in either form.
        case ed25519(VerificationKey)
        /// What is not supported, for people.
        case unsupported(String)
    }

    /// The packet's body.
    let body: ArraySlice<UInt8>
    /// SHA-1 over the body: 20 bytes.
    let fingerprint: [UInt8]
    /// When it was made, in seconds since 1970.
    let created: Int64
    /// The algorithm.
    let algorithm: KeyAlgorithm
    /// The numbers.
    let material: Material

    /// Curve Ed25519 as the deprecated form names it (RFC 9580, section 9.2).
    private static let ed25519Name: [UInt8] = [0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01]

    /// Reads a packet's body.
    ///
    /// - Throws: `.malformed`; `.unsupported` for other versions, or when libcrypto fails.
    init(_ body: ArraySlice<UInt8>) throws(OpenPGPError) {
        self.body = body
        var cursor = ByteCursor(body, "a key packet")
        let version = try cursor.octet()
        guard version == 4 else {
            throw OpenPGPError(.unsupported, "a key is of version \(version); version 4 is supported")
        }
        guard body.count <= 0xffff else { throw OpenPGPError(.malformed, "a key packet is too long") }
        created = Int64(try cursor.uint32())
        algorithm = KeyAlgorithm(number: try cursor.octet())
        material = try Self.material(&cursor, algorithm)
        do {
            fingerprint = try SignatureHash.sha1.hash(of: Self.hashed(body))
        } catch {
            throw OpenPGPError(.unsupported, "fingerprints cannot be computed: \(error)")
        }
    }

    /// By which signatures name it.
    var id: KeyID { KeyID(fingerprint) }

    /// What stands for it in hashes (section 5.2.4).
    var hashed: [ArraySlice<UInt8>] { Self.hashed(body) }

    private static func hashed(_ body: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        [[0x99, UInt8(truncatingIfNeeded: body.count >> 8), UInt8(truncatingIfNeeded: body.count)], body]
    }

    private static func material(
        _ cursor: inout ByteCursor,
        _ algorithm: KeyAlgorithm
    ) throws(OpenPGPError) -> Material {
        switch algorithm {
        case .rsa, .rsaSigning:
            let modulus = try cursor.number(maximumBits: RSALimits.readableBits)
            let exponent = try cursor.number(maximumBits: RSALimits.readableBits)
            try cursor.expectEnd()
            return rsa(modulus, exponent)
        case .legacyEdDSA:
            let name = Array(try cursor.take(Int(try cursor.octet())))
            guard name == ed25519Name else { return .unsupported("an EdDSA key of another curve than Ed25519") }
            let point = try cursor.number(maximumBits: 263)
            try cursor.expectEnd()
            guard point.count == 33, point.first == 0x40 else {
                throw OpenPGPError(.malformed, "an Ed25519 key is not in the form of one")
            }
            return ed25519(Array(point.dropFirst()))
        case .ed25519:
            let point = Array(try cursor.take(32))
            try cursor.expectEnd()
            return ed25519(point)
        default: return .unsupported("a key of the kind \(algorithm)")
        }
    }

    private static func rsa(_ modulus: [UInt8], _ exponent: [UInt8]) -> Material {
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard RSALimits.supportedBits.contains(bits) else {
            return .unsupported(
                "an RSA key of \(bits) bits (\(RSALimits.supportedBits.lowerBound) to "
                    + "\(RSALimits.supportedBits.upperBound) are supported)"
            )
        }
        // Even numbers are no keys, with the exponent 1 anybody can sign, and long ones only cost time.
        guard
            let low = modulus.last, low & 1 == 1,
            let lowest = exponent.last, lowest & 1 == 1, exponent != [1], exponent.count <= 4,
            let key = RSAPublicKey(modulus: modulus, exponent: exponent)
        else { return .unsupported("an RSA key of unfit numbers") }
        return .rsa(key)
    }

    private static func ed25519(_ point: [UInt8]) -> Material {
        VerificationKey(ed25519: point).map(Material.ed25519) ?? .unsupported("an Ed25519 key of unfit numbers")
    }
}
