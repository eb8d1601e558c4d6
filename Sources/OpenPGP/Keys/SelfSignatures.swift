/// Finds among the signatures of a key those that the key itself has made over its parts, and what they say.
///
/// SHA-1 is accepted in them, as GnuPG does for old keys: to make use of a collision somebody would have to get the owner
/// of a trusted key to sign what was prepared for it.
struct SelfSignatures {
    /// What a signature says of a key.
    struct Terms: Sendable {
        /// When the key ceases to stand, in seconds since 1970; nil for never.
        var expires: Int64?
        /// Whether the key may sign.
        var maySign: Bool
    }

    private let parts: CertificateParts

    /// Looks at one key.
    init(_ parts: CertificateParts) {
        self.parts = parts
    }

    private var primary: PublicKeyPacket { parts.primary }

    /// Whether the primary key has revoked itself, for whatever reason and whenever.
    var revokesPrimary: Bool {
        parts.signatures.contains { signature in
            signature.type == .keyRevocation && signature.mayRevoke(primary)
                && primary.made(signature, over: primary.hashed, allowsSHA1: true)
        }
    }

    /// The user ids that the key stands by, each with the latest signature over it; attributes too.
    var boundIdentities: [(identity: CertificateParts.Identity, signature: SignaturePacket)] {
        parts.identities.compactMap { identity in
            let content = primary.hashed + identity.hashed
            let revoked = latest(identity.signatures, over: content) { $0 == .certificationRevocation }
            guard
                let signature = latest(identity.signatures, over: content, ofType: \.isCertification),
                revoked.map({ $0.created < signature.created }) ?? true
            else { return nil }
            return (identity, signature)
        }
    }

    /// What the primary key says of itself; nil when it says nothing that stands.
    ///
    /// A signature over the key alone goes before those over user ids, of which the latest counts; so GnuPG does it.
    func primaryTerms(_ identities: [SignaturePacket]) -> Terms? {
        let direct = latest(parts.signatures, over: primary.hashed) { $0 == .directKey }
        let named = identities.max { $0.created < $1.created }
        guard let first = direct ?? named else { return nil }
        let flags = direct?.subpackets?.flags ?? named?.subpackets?.flags
        let lifetime = direct?.subpackets?.keyLifetime ?? named?.subpackets?.keyLifetime
        return terms(primary, flags: flags, lifetime: lifetime, by: first)
    }

    /// What the primary key says of a subkey.
    ///
    /// - Returns: the terms; nil for a subkey that it does not say is its own, or that does not say so itself although it
    ///   may sign, without which anybody's key could be taken into a certificate.
    func terms(of subkey: CertificateParts.Subkey) -> Terms? {
        let content = primary.hashed + subkey.key.hashed
        let binding = latest(subkey.signatures, over: content) { $0 == .subkeyBinding }
        guard let binding, let subpackets = binding.subpackets else { return nil }
        var terms = terms(subkey.key, flags: subpackets.flags, lifetime: subpackets.keyLifetime, by: binding)
        guard terms.maySign else { return terms }
        let isMutual = subpackets.embedded.prefix(8).contains { body in
            guard let back = try? SignaturePacket(body), back.type == .primaryKeyBinding else { return false }
            return back.subpackets?.unknownCritical == nil && back.created >= subkey.key.created
                && back.mayBeBy(subkey.key) && subkey.key.made(back, over: content, allowsSHA1: true)
        }
        if !isMutual { terms.maySign = false }
        return terms
    }

    /// Whether the primary key has revoked a subkey, for whatever reason and whenever.
    func revokes(_ subkey: CertificateParts.Subkey) -> Bool {
        let content = primary.hashed + subkey.key.hashed
        return subkey.signatures.contains { signature in
            signature.type == .subkeyRevocation && signature.mayRevoke(primary)
                && primary.made(signature, over: content, allowsSHA1: true)
        }
    }

    private func terms(
        _ key: PublicKeyPacket,
        flags: UInt8?,
        lifetime: Int64?,
        by signature: SignaturePacket
    ) -> Terms {
        let own = lifetime.flatMap { $0 > 0 ? key.created + $0 : nil }
        // When the signature itself ceases to stand, nothing vouches for the key any more.
        let ends = [own, signature.expires].compactMap { $0 }
        // Without flags a key may do all that its algorithm can.
        return Terms(expires: ends.min(), maySign: flags.map { $0 & 0x02 != 0 } ?? true)
    }

    private func latest(
        _ signatures: [SignaturePacket],
        over content: [ArraySlice<UInt8>],
        ofType isWanted: (SignatureType) -> Bool
    ) -> SignaturePacket? {
        // From the latest on, so that as a rule one is checked.
        let candidates = signatures.filter {
            isWanted($0.type) && $0.mayBeBy(primary) && $0.subpackets?.unknownCritical == nil
                && $0.created >= primary.created
        }
        return candidates.sorted { $0.created > $1.created }.first {
            primary.made($0, over: content, allowsSHA1: true)
        }
    }
}
