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

    /// Adds a signature to what came last; those of other keys say nothing that counts here.
    mutating func add(_ signature: SignaturePacket) {
        guard signature.mayRevoke(primary) else { return }
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

    /// Adds what another copy of the same key brings; what both have is there twice then.
    mutating func merge(_ other: CertificateParts) {
        signatures += other.signatures
        for identity in other.identities {
            let index = identities.firstIndex { $0.isUserID == identity.isUserID && $0.body == identity.body }
            if let index {
                identities[index].signatures += identity.signatures
            } else {
                identities.append(identity)
            }
        }
        for subkey in other.subkeys {
            if let index = subkeys.firstIndex(where: { $0.key.fingerprint == subkey.key.fingerprint }) {
                subkeys[index].signatures += subkey.signatures
            } else {
                subkeys.append(subkey)
            }
        }
    }

    /// Drops signatures that are there twice.
    mutating func removeDuplicates() {
        Self.removeDuplicates(&signatures)
        for index in identities.indices { Self.removeDuplicates(&identities[index].signatures) }
        for index in subkeys.indices { Self.removeDuplicates(&subkeys[index].signatures) }
    }

    private static func removeDuplicates(_ signatures: inout [SignaturePacket]) {
        var known: Set<ArraySlice<UInt8>> = []
        signatures.removeAll { !known.insert($0.body).inserted }
    }
}
