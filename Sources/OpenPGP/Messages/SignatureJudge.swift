/// Decides whether a signature over a content stands, and by whom it is.
struct SignatureJudge {
    /// How far ahead of the present a signature may be dated, in seconds: clocks differ.
    private static let tolerance: Int64 = 86_400

    private let signature: SignaturePacket
    private let literal: LiteralData

    /// Takes the parts of a message.
    init(_ parts: MessageParts) {
        signature = parts.signature
        literal = parts.literal
    }

    /// Checks the signature.
    ///
    /// - Parameters:
    ///   - ring: the keys.
    ///   - now: the present, in seconds since 1970.
    /// - Returns: the key that made it, and the certificate it belongs to.
    /// - Throws: the code that fits; see ``SignedMessage/verify(_:with:at:)``.
    func judge(
        _ ring: KeyRing,
        at now: Int64
    ) throws(OpenPGPError) -> (certificate: Certificate, member: Certificate.Member) {
        try checkForm()
        var refusal: OpenPGPError?
        for certificate in ring.certificates {
            for member in certificate.members where signature.mayBeBy(member.key) {
                do throws(OpenPGPError) {
                    try check(member, of: certificate, at: now)
                    return (certificate, member)
                } catch {
                    // Two keys may have the same id by design of somebody; the first reason is told.
                    refusal = refusal ?? error
                }
            }
        }
        throw refusal ?? unknownKey
    }

    private func checkForm() throws(OpenPGPError) {
        guard signature.type == .binary || signature.type == .text else {
            throw OpenPGPError(.malformed, "the signature is none over content (its type is \(signature.type.number))")
        }
        if signature.type == .text, !literal.hasCanonicalLines {
            throw OpenPGPError(.malformed, "the signature is over text, but not all lines of the content end in CR LF")
        }
        guard !signature.hash.isWeak else {
            throw OpenPGPError(
                .weakHash,
                "the signature uses \(signature.hash), which can be forged: it must be made anew with SHA-256 or better"
            )
        }
        guard signature.hash.function != nil else {
            throw OpenPGPError(
                .unsupported,
                "the signature uses \(signature.hash); SHA-256, SHA-384 and SHA-512 are supported"
            )
        }
        if let kind = signature.subpackets?.unknownCritical {
            throw OpenPGPError(.unsupported, "the signature has a critical subpacket of the unknown kind \(kind)")
        }
    }

    private var unknownKey: OpenPGPError {
        let names = (signature.subpackets?.fingerprints ?? []).map { Hexadecimal.text(of: $0.dropFirst()) }
        guard let name = names.first ?? signature.issuers.first?.description else {
            return OpenPGPError(.unknownKey, "the signature does not say which key made it")
        }
        return OpenPGPError(.unknownKey, "the signature is by the key \(name), which is none of the trusted keys")
    }

    private func check(
        _ member: Certificate.Member,
        of certificate: Certificate,
        at now: Int64
    ) throws(OpenPGPError) {
        let name = "the key \(Hexadecimal.text(of: member.key.fingerprint))"
        if case .unsupported(let kind) = member.key.material {
            throw OpenPGPError(.unsupported, "\(name), by which the signature is, is \(kind)")
        }
        guard signature.value != .unsupported else {
            throw OpenPGPError(.unsupported, "the signature is of the kind \(signature.algorithm)")
        }
        guard member.key.made(signature, over: [literal.content]) else {
            throw OpenPGPError(.wrongSignature, "the signature does not fit the content, or was not made by \(name)")
        }
        guard !member.isRevoked else {
            throw OpenPGPError(.keyRevoked, "\(name) was revoked: nothing that it has signed counts")
        }
        guard let primary = certificate.members.first?.terms, let terms = member.terms, terms.maySign else {
            throw OpenPGPError(.keyCannotSign, "\(name) \(member.shortcoming)")
        }
        try checkTimes(member, terms, certificate, primary, name, now)
    }

    private func checkTimes(
        _ member: Certificate.Member,
        _ terms: SelfSignatures.Terms,
        _ certificate: Certificate,
        _ primary: SelfSignatures.Terms,
        _ name: String,
        _ now: Int64
    ) throws(OpenPGPError) {
        let created = max(member.key.created, certificate.key.created)
        guard signature.created >= created else {
            throw OpenPGPError(
                .keyExpired,
                "the signature of \(Timestamp.text(signature.created)) is older than \(name), "
                    + "which was made on \(Timestamp.text(created))"
            )
        }
        let ends = [terms.expires, primary.expires].compactMap { $0 }
        if let end = ends.min(), signature.created >= end {
            throw OpenPGPError(
                .keyExpired,
                "the signature of \(Timestamp.text(signature.created)) was made after \(name) had expired on "
                    + Timestamp.text(end)
            )
        }
        guard signature.created - Self.tolerance <= now else {
            throw OpenPGPError(
                .signatureExpired,
                "the signature is dated \(Timestamp.text(signature.created)), which is in the future: is the clock right?"
            )
        }
        if let end = signature.expires, end <= now {
            throw OpenPGPError(.signatureExpired, "the signature expired on \(Timestamp.text(end))")
        }
    }
}
