internal import COpenSSL

/// An RSA key that checks signatures of the form PKCS #1 v1.5 (RFC 8017, section 8.2).
package struct RSAPublicKey: Sendable {
    /// libcrypto's key, which is never changed and which several threads may use.
    private final class Handle: @unchecked Sendable {
        let key: OpaquePointer

        init(owning key: OpaquePointer) { self.key = key }

        deinit { EVP_PKEY_free(key) }
    }

    private let handle: Handle
    /// The length of the modulus in bytes, which is that of each signature.
    package let size: Int

    /// Joins the two numbers, big-endian; nil when libcrypto does not take them for a key.
    ///
    /// How long they may be is for the caller to decide.
    package init?(modulus: [UInt8], exponent: [UInt8]) {
        defer { ERR_clear_error() }
        guard let number = BN_bin2bn(modulus, Int32(clamping: modulus.count), nil) else { return nil }
        defer { BN_free(number) }
        guard let power = BN_bin2bn(exponent, Int32(clamping: exponent.count), nil) else { return nil }
        defer { BN_free(power) }
        guard let builder = OSSL_PARAM_BLD_new() else { return nil }
        defer { OSSL_PARAM_BLD_free(builder) }
        guard
            OSSL_PARAM_BLD_push_BN(builder, Self.name("n"), number) == 1,
            OSSL_PARAM_BLD_push_BN(builder, Self.name("e"), power) == 1,
            let parameters = OSSL_PARAM_BLD_to_param(builder)
        else { return nil }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard
            EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &key, ferry_evp_pkey_public_key, parameters) == 1,
            let key
        else { return nil }
        handle = Handle(owning: key)
        size = Int(EVP_PKEY_get_size(key))
    }

    /// The address of a name, which the builder keeps; that of a Swift string ends with the call.
    private static func name(_ name: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// Whether a signature is one that the private key made of this hash.
    ///
    /// - Parameters:
    ///   - signature: exactly ``size`` bytes, big-endian.
    ///   - hash: the hash of what was signed.
    ///   - algorithm: how it was hashed, which the signature names too.
    /// - Returns: false also for a hash that the host's policy forbids in signatures, SHA-1 excepted, about which the caller
    ///   has to decide.
    package func accepts(_ signature: [UInt8], ofHash hash: [UInt8], by algorithm: SignatureHash) -> Bool {
        guard let context = EVP_PKEY_CTX_new(handle.key, nil) else { return false }
        defer {
            EVP_PKEY_CTX_free(context)
            // Why a signature is wrong says nothing to anybody, and must not be taken for a later failure.
            ERR_clear_error()
        }
        guard algorithm != .sha1 else { return recovers(Self.sha1Name + hash, from: signature, context) }
        guard
            EVP_PKEY_verify_init(context) == 1,
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
            EVP_PKEY_CTX_set_signature_md(context, algorithm.method) == 1
        else { return false }
        return EVP_PKEY_verify(context, signature, signature.count, hash, hash.count) == 1
    }
    /// What stands before a SHA-1 hash in a signature (RFC 8017, section 9.2, note 1).
    private static let sha1Name: [UInt8] = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 20]

    /// Takes out what was signed and compares it: systems whose policy forbids SHA-1 in signatures would refuse to check
    /// the old keys that vendors still publish, for themselves alone.
    private func recovers(_ expected: [UInt8], from signature: [UInt8], _ context: OpaquePointer) -> Bool {
        var signed = [UInt8](repeating: 0, count: size)
        var length = signed.count
        guard
            EVP_PKEY_verify_recover_init(context) == 1,
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
            EVP_PKEY_verify_recover(context, &signed, &length, signature, signature.count) == 1
        else { return false }
        return signed.prefix(length).elementsEqual(expected)
    }
}
