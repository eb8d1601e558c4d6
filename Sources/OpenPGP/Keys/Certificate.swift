/// A primary key of a ring with its subkeys, checked.
struct Certificate: Sendable {
    /// One key that may have signed.
    struct Member: Sendable {
        /// The key.
        let key: PublicKeyPacket
        /// What stands of it; nil when nothing vouches for it.
        let terms: SelfSignatures.Terms?
        /// Whether it was revoked, by itself or with the primary key.
        let isRevoked: Bool
    }

    /// What it was made of.
    private(set) var parts: CertificateParts
    /// The primary key for people.
    private(set) var key: KeyRing.Key
    /// The primary key first, then the subkeys.
    private(set) var members: [Member]

    /// Checks the self-signatures of a key.
    init(_ parts: CertificateParts) {
        self.parts = parts
        let signatures = SelfSignatures(parts)
        let identities = signatures.boundIdentities
        let terms = signatures.primaryTerms(identities.map(\.signature))
        let isRevoked = signatures.revokesPrimary
        key = KeyRing.Key(
            fingerprint: Hexadecimal.text(of: parts.primary.fingerprint),
            userIDs: identities.filter(\.identity.isUserID).map { Self.text($0.identity.body) },
            created: parts.primary.created,
            expires: terms?.expires,
            isRevoked: isRevoked
        )
        members = [Member(key: parts.primary, terms: terms, isRevoked: isRevoked)]
        for subkey in parts.subkeys {
            members.append(
                Member(
                    key: subkey.key,
                    terms: signatures.terms(of: subkey),
                    isRevoked: isRevoked || signatures.revokes(subkey)
                )
            )
        }
    }

    /// A user id for people: what a terminal would obey is replaced.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar.properties.generalCategory == .control ? "\u{fffd}" : scalar
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Whether it belongs in a list of keys: it stands by itself, or once did.
    var isListed: Bool { members[0].terms != nil || key.isRevoked }

    /// Adds what another copy of the same key brings, and checks again.
    mutating func merge(_ other: Certificate) {
        var merged = parts
        merged.merge(other.parts)
        merged.removeDuplicates()
        self = Certificate(merged)
    }
}

extension Certificate.Member {
    /// Why nothing that it signed counts, as the end of a sentence whose subject is the key.
    var shortcoming: String {
        if case .unsupported(let kind) = key.material { return "is \(kind)" }
        return terms == nil ? "has no signature of its own that stands" : "may not sign, by its usage flags"
    }
}
