internal import COpenSSL

/// How a key signs.
package enum SignatureAlgorithm: String, Hashable, Sendable {
    /// ECDSA on P-256 over SHA-256, the signature in DER.
    case ecdsaP256 = "ECDSA P-256"
    /// Ed25519 over the message itself, the signature 64 bytes.
    case ed25519 = "Ed25519"
}

/// A key inside libcrypto, freed (and a private one erased) with this object.
///
/// It is never changed, and libcrypto allows the use of such a key by several threads.
final class KeyHandle: @unchecked Sendable {
    /// The largest key file, in bytes; chains of certificates fit.
    static let maximumSize = 64 << 10

    /// libcrypto's key.
    let key: OpaquePointer
    /// How it signs.
    let algorithm: SignatureAlgorithm

    /// Takes over a key.
    ///
    /// - Throws: `SignatureKeyError.unsupportedAlgorithm`; the key is freed then too.
    init(owning key: OpaquePointer, name: String) throws(SignatureKeyError) {
        do throws(SignatureKeyError) {
            algorithm = try Self.algorithm(of: key, name: name)
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
        self.key = key
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// Reads one PEM block with a function of libcrypto.
    ///
    /// - Parameters:
    ///   - memory: the file.
    ///   - block: the block in it.
    ///   - name: what the file is called in messages.
    ///   - read: gets the block's bytes, the callback that refuses passphrases, and its argument.
    /// - Returns: what `read` returns.
    /// - Throws: `SignatureKeyError.encrypted` when a passphrase was wanted; `.malformed`.
    static func parse(
        _ memory: UnsafeRawBufferPointer,
        _ block: PEMBlock,
        name: String,
        _ read: (_ bio: OpaquePointer, UnsafeMutableRawPointer) -> OpaquePointer?
    ) throws(SignatureKeyError) -> OpaquePointer {
        let part = UnsafeRawBufferPointer(rebasing: memory[block.range])
        var wantsPassphrase = false
        // What an earlier failure left behind must not be taken for one of this call.
        ERR_clear_error()
        let key: OpaquePointer? = withUnsafeMutablePointer(to: &wantsPassphrase) { flag in
            guard let bio = BIO_new_mem_buf(part.baseAddress, Int32(clamping: part.count)) else { return nil }
            defer { BIO_free(bio) }
            return read(bio, UnsafeMutableRawPointer(flag))
        }
        ERR_clear_error()
        if let key { return key }
        guard !wantsPassphrase else { throw encrypted(name) }
        throw SignatureKeyError(.malformed, "\(name) cannot be read: its \(block.label) block is damaged")
    }

    /// Refuses to give a passphrase and notes that one was asked for; without it libcrypto would ask at the terminal.
    static let refusePassphrase:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) ->
            Int32 = { _, _, _, flag in
                flag?.assumingMemoryBound(to: Bool.self).pointee = true
                return -1
            }

    /// The error for a private key behind a passphrase.
    static func encrypted(_ name: String) -> SignatureKeyError {
        SignatureKeyError(
            .encrypted,
            "\(name) is protected by a passphrase, and ferry asks for none: give the key without one "
                + "(openssl pkey -in \(name) -out plain.pem)"
        )
    }

    /// Checks the size of a key file.
    ///
    /// - Throws: `SignatureKeyError.tooLarge`.
    static func checkSize(_ count: Int, name: String) throws(SignatureKeyError) {
        guard count <= maximumSize else {
            throw SignatureKeyError(.tooLarge, "\(name) is larger than \(maximumSize) bytes: that is no key")
        }
    }

    private static func algorithm(of key: OpaquePointer, name: String) throws(SignatureKeyError) -> SignatureAlgorithm {
        if EVP_PKEY_is_a(key, "ED25519") == 1 { return .ed25519 }
        var kind = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
        if EVP_PKEY_is_a(key, "EC") == 1 {
            var group = [UInt8](repeating: 0, count: 80)
            var length = 0
            let isNamed = group.withUnsafeMutableBytes { buffer in
                EVP_PKEY_get_group_name(
                    key,
                    buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                    buffer.count,
                    &length
                ) == 1
            }
            ERR_clear_error()
            let curve = isNamed ? String(decoding: group.prefix(min(length, group.count)), as: UTF8.self) : "unnamed"
            if curve == "prime256v1" || curve == "P-256" { return .ecdsaP256 }
            kind += " (\(curve))"
        }
        throw SignatureKeyError(
            .unsupportedAlgorithm,
            "\(name) is a key of the kind \(kind); media sets are signed with ECDSA P-256 or Ed25519, "
                + "make such a key with: openssl genpkey -algorithm ed25519 -out key.pem"
        )
    }
}
