internal import COpenSSL

/// A private key that signs: ECDSA P-256 or Ed25519.
package struct SigningKey: Sendable {
    private let handle: KeyHandle

    /// How it signs.
    package var algorithm: SignatureAlgorithm { handle.algorithm }

    /// Reads a private key, PKCS#8 or SEC1 in PEM, and erases the bytes it was read from, whatever comes of it.
    ///
    /// - Parameters:
    ///   - pem: the file; all zero afterwards.
    ///   - name: what it is called in messages, such as its path.
    /// - Throws: `SignatureKeyError` for what is no such key or needs a passphrase; nobody is asked for one.
    package init(erasing pem: inout [UInt8], name: String) throws(SignatureKeyError) {
        var result: Result<KeyHandle, SignatureKeyError>?
        pem.withUnsafeMutableBytes { memory in
            result = Result { () throws(SignatureKeyError) in try Self.read(UnsafeRawBufferPointer(memory), name) }
            OPENSSL_cleanse(memory.baseAddress, memory.count)
        }
        guard let result else { throw SignatureKeyError(.malformed, "\(name) cannot be read") }
        handle = try result.get()
    }

    private static func read(_ memory: UnsafeRawBufferPointer, _ name: String) throws(SignatureKeyError) -> KeyHandle {
        try KeyHandle.checkSize(memory.count, name: name)
        let blocks = PEMBlock.blocks(in: memory)
        let keys = blocks.filter { $0.label.hasSuffix("PRIVATE KEY") }
        guard let block = keys.first else {
            guard blocks.isEmpty else {
                throw SignatureKeyError(
                    .wrongKind,
                    "\(name) has no private key (it has: \(blocks[0].label)); a set is signed with the private key"
                )
            }
            throw SignatureKeyError(.notPEM, "\(name) is no key in PEM: a PRIVATE KEY block is needed")
        }
        guard keys.count == 1 else {
            throw SignatureKeyError(.severalKeys, "\(name) has \(keys.count) private keys; give a file with one")
        }
        guard block.label != "ENCRYPTED PRIVATE KEY" else { throw KeyHandle.encrypted(name) }
        guard block.label != "OPENSSH PRIVATE KEY" else {
            throw SignatureKeyError(
                .unsupportedAlgorithm,
                "\(name) is in the format of OpenSSH; a key in PKCS#8 or SEC1 is needed, make one with: "
                    + "openssl genpkey -algorithm ed25519 -out key.pem"
            )
        }
        let key = try KeyHandle.parse(memory, block, name: name) { bio, flag in
            PEM_read_bio_PrivateKey(bio, nil, KeyHandle.refusePassphrase, flag)
        }
        return try KeyHandle(owning: key, name: name)
    }

    /// The key that checks what this one signs.
    package var verificationKey: VerificationKey { VerificationKey(handle) }

    /// Signs a message, and checks the signature before it is given out.
    ///
    /// - Returns: for ECDSA a DER signature of the SHA-256, for Ed25519 64 bytes.
    /// - Throws: `OpenSSLError` when libcrypto refuses, or when the public part of the key does not fit its private one.
    package func sign(_ message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw OpenSSLError("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        let method = algorithm == .ecdsaP256 ? EVP_sha256() : nil
        guard EVP_DigestSignInit(context, nil, method, nil, handle.key) == 1 else {
            throw OpenSSLError("EVP_DigestSignInit")
        }
        var length = 0
        guard EVP_DigestSign(context, nil, &length, message, message.count) == 1 else {
            throw OpenSSLError("EVP_DigestSign")
        }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
            throw OpenSSLError("EVP_DigestSign")
        }
        signature.removeLast(max(0, signature.count - length))
        guard verificationKey.accepts(signature, of: message) else {
            throw OpenSSLError("the check of its own signature")
        }
        return signature
    }
}
