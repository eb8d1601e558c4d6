/// What a message says before its content of the signature after it (RFC 9580, section 5.4).
struct OnePassSignature {
    /// What the signature says.
    let type: SignatureType
    /// The hash.
    let hash: HashAlgorithm
    /// The algorithm of the key.
    let algorithm: KeyAlgorithm
    /// The key.
    let issuer: KeyID

    /// Reads a packet's body.
    ///
    /// - Throws: `.malformed`; `.unsupported` for other versions than 3.
    init(_ body: ArraySlice<UInt8>) throws(OpenPGPError) {
        var cursor = ByteCursor(body, "the one-pass signature packet")
        let version = try cursor.octet()
        guard version == 3 else {
            throw OpenPGPError(.unsupported, "the one-pass signature is of version \(version); version 3 is supported")
        }
        type = SignatureType(number: try cursor.octet())
        hash = HashAlgorithm(number: try cursor.octet())
        algorithm = KeyAlgorithm(number: try cursor.octet())
        issuer = KeyID(try cursor.take(8))
        // 0 says that another one-pass packet follows, over the same content.
        guard try cursor.octet() == 1 else {
            throw OpenPGPError(.malformed, "the message has several signatures; one is expected")
        }
        try cursor.expectEnd()
    }

    /// Whether a signature is the one that was promised.
    func fits(_ signature: SignaturePacket) -> Bool {
        type == signature.type && hash == signature.hash && algorithm == signature.algorithm
            && signature.issuers.allSatisfy { $0 == issuer }
    }
}
