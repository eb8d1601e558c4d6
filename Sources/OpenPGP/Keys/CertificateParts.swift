/// A primary key with all that belongs to it, as it came; nothing is checked yet (RFC 9580, section 10.1).
struct CertificateParts: Sendable {
    /// A name, or anything else, that the key may be bound to.
    struct Identity: Sendable {
        /// Either a user id or a user attribute.
        let isUserID: Bool
        /// The packet's body.
        let body: ArraySlice<UInt8>
        /// The signatures after it.
        var signatures: [SignaturePacket] = []

        /// What stands for it in hashes (section 5.2.4).
        var hashed: [ArraySlice<UInt8>] {
            let length = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: body.count >> $0) }
            return [[isUserID ? 0xb4 : 0xd1] + length, body]
        }
    }

    /// A subkey.
    struct Subkey: Sendable {
        /// The key.
        let key: PublicKeyPacket
        /// The signatures after it.
        var signatures: [SignaturePacket] = []
    }

    /// The primary key.
    let primary: PublicKeyPacket
    /// Signatures over the primary key alone.
    var signatures: [SignaturePacket] = []
    /// User ids and attributes.
    var identities: [Identity] = []
    /// Subkeys.
    var subkeys: [Subkey] = []
    /// Whether the signatures that follow are about something that was passed over.
    var skipsSignatures = false

    /// Begins with a key alone.
    init(primary: PublicKeyPacket) {
        self.primary = primary
    }

    /// Adds a signature to what came last.
    mutating func add(_ signature: SignaturePacket) {
        // Whatever stands where: what revokes the primary key itself must not be lost.
        if signature.type == .keyRevocation {
            signatures.append(signature)
        } else if skipsSignatures {
            return
        } else if !subkeys.isEmpty {
            subkeys[subkeys.count - 1].signatures.append(signature)
        } else if !identities.isEmpty {
            identities[identities.count - 1].signatures.append(signature)
        } else {
            signatures.append(signature)
        }
    }

    /// Adds what another copy of the same key brings.
    mutating func merge(_ other: CertificateParts) {
        Self.merge(&signatures, other.signatures)
        for identity in other.identities {
            let index = identities.firstIndex { $0.isUserID == identity.isUserID && $0.body == identity.body }
            if let index {
                Self.merge(&identities[index].signatures, identity.signatures)
            } else {
                identities.append(identity)
            }
        }
        for subkey in other.subkeys {
            if let index = subkeys.firstIndex(where: { $0.key.body == subkey.key.body }) {
                Self.merge(&subkeys[index].signatures, subkey.signatures)
            } else {
                subkeys.append(subkey)
            }
        }
    }

    private static func merge(_ signatures: inout [SignaturePacket], _ others: [SignaturePacket]) {
        let known = Set(signatures.map(\.body))
        signatures += others.filter { !known.contains($0.body) }
    }
}
