/// A message whose signature was found right.
package struct SignedMessage: Hashable, Sendable {
    /// The content that was signed.
    package let content: [UInt8]
    /// The primary key, of which the signing key is one.
    package let key: KeyRing.Key
    /// The fingerprint of the key or subkey that signed.
    package let signingFingerprint: String
    /// When it was signed, in seconds since 1970, as the signature says.
    package let signedAt: Int64

    /// Checks a binary message (not armoured): one signature over the whole of its content by a key of the ring.
    ///
    /// The signature is checked over all of the content before any of it is returned. A signature stands when it was made
    /// while its key was valid, even if the key has expired since; ``KeyRing/Key/expires`` tells.
    ///
    /// - Parameters:
    ///   - bytes: the message, at most 1 MiB, and as much when it is unpacked.
    ///   - ring: the keys, any of which may have signed.
    ///   - now: the present, in seconds since 1970; a signature of more than a day later is refused.
    /// - Returns: the content and who signed it.
    /// - Throws: `OpenPGPError` with the code that fits; all codes but `.noUsableKey`.
    package static func verify(
        _ bytes: [UInt8],
        with ring: KeyRing,
        at now: Int64
    ) throws(OpenPGPError) -> SignedMessage {
        let parts = try MessageParts(bytes)
        let (certificate, member) = try SignatureJudge(parts).judge(ring, at: now)
        return SignedMessage(
            content: Array(parts.literal.content),
            key: certificate.key,
            signingFingerprint: Hexadecimal.text(of: member.key.fingerprint),
            signedAt: parts.signature.created
        )
    }
}
