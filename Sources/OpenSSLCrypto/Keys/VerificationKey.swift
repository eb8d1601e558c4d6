internal import COpenSSL

/// A public key that checks signatures: ECDSA P-256 or Ed25519.
package struct VerificationKey: Sendable {
    private static let certificateLabels: Set<String> = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]

    private let handle: KeyHandle

    /// How signatures that it checks are made.
    package var algorithm: SignatureAlgorithm { handle.algorithm }

    /// The public part of a key.
    init(_ handle: KeyHandle) {
        self.handle = handle
    }

    /// Reads a public key, or the one in a certificate, in PEM.
    ///
    /// A certificate only carries the key: neither its dates nor who has signed it are looked at. Of a chain the first
    /// certificate counts.
    ///
    /// - Parameters:
    ///   - pem: the file.
    ///   - name: what it is called in messages, such as its path.
    /// - Throws: `SignatureKeyError` for what is no such key.
    package init(pem: [UInt8], name: String) throws(SignatureKeyError) {
        var result: Result<KeyHandle, SignatureKeyError>?
        pem.withUnsafeBytes { memory in
            result = Result { () throws(SignatureKeyError) in try Self.read(memory, name) }
        }
        guard let result else { throw SignatureKeyError(.malformed, "\(name) cannot be read") }
        handle = try result.get()
    }

    private static func read(_ memory: UnsafeRawBufferPointer, _ name: String) throws(SignatureKeyError) -> KeyHandle {
        try KeyHandle.checkSize(memory.count, name: name)
        let blocks = PEMBlock.blocks(in: memory)
        let keys = blocks.filter { $0.label == "PUBLIC KEY" }
        guard keys.count <= 1 else {
            throw SignatureKeyError(
                .severalKeys,
                "\(name) has \(keys.count) public keys; give each in a file of its own"
            )
        }
        if let block = keys.first {
            let key = try KeyHandle.parse(memory, block, name: name) { bio, flag in
                PEM_read_bio_PUBKEY(bio, nil, KeyHandle.refusePassphrase, flag)
            }
            return try KeyHandle(owning: key, name: name)
        }
        if let block = blocks.first(where: { certificateLabels.contains($0.label) }) {
            let key = try KeyHandle.parse(memory, block, name: name) { bio, flag in
                let certificate = PEM_read_bio_X509(bio, nil, KeyHandle.refusePassphrase, flag)
                guard let certificate else { return nil }
                defer { X509_free(certificate) }
                return X509_get_pubkey(certificate)
            }
            return try KeyHandle(owning: key, name: name)
        }
        guard let other = blocks.first else {
            throw SignatureKeyError(.notPEM, "\(name) is no key in PEM: a PUBLIC KEY or CERTIFICATE block is needed")
        }
        throw SignatureKeyError(
            .wrongKind,
            "\(name) has no public key (it has: \(other.label)); make one of a private key with: openssl pkey -pubout"
        )
    }

    /// Whether a signature is one that the private key made of this message.
    package func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            // Why a signature is wrong says nothing to anybody, and must not be taken for a later failure.
            ERR_clear_error()
        }
        let method = algorithm == .ecdsaP256 ? EVP_sha256() : nil
        guard EVP_DigestVerifyInit(context, nil, method, nil, handle.key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
