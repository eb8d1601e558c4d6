/// Takes keys from packets.
struct CertificateReader {
    /// How many packets a ring may have; those of whole distributions have some hundreds.
    static let maximumPackets = 20_000
    /// How many keys, subkeys, user ids and signatures of keys over themselves it may have.
    static let maximumParts = 5_000
    /// How many revocations may stand before any key; each that does not name its key is tried with all of them.
    static let maximumLostRevocations = 64
    /// How long a user id may be in bytes, as in GnuPG; longer ones are passed over.
    static let maximumUserIDSize = 2_048
    /// How long another attribute, such as a picture, may be in bytes; longer ones are passed over.
    static let maximumAttributeSize = 64 << 10

    private let name: String
    private var packets = 0
    private var parts = 0
    private var finished: [CertificateParts] = []
    private var current: CertificateParts?
    private var lostRevocations: [SignaturePacket] = []

    /// Begins a ring.
    ///
    /// - Parameter name: how messages call it.
    init(_ name: String) {
        self.name = name
    }

    /// The keys that were read, each once, with the revocations that came apart from them.
    func certificates() -> [CertificateParts] {
        var all: [CertificateParts] = []
        var places: [[UInt8]: Int] = [:]
        for parts in finished + (current.map { [$0] } ?? []) {
            if let place = places[parts.primary.fingerprint] {
                all[place].merge(parts)
            } else {
                places[parts.primary.fingerprint] = all.count
                all.append(parts)
            }
        }
        for revocation in lostRevocations {
            for index in all.indices where revocation.mayRevoke(all[index].primary) {
                all[index].signatures.append(revocation)
            }
        }
        for index in all.indices { all[index].removeDuplicates() }
        return all
    }

    /// Reads the packets of one block.
    ///
    /// - Throws: `.malformed`, `.tooLarge`.
    mutating func read(_ bytes: [UInt8]) throws(OpenPGPError) {
        finish()
        do throws(OpenPGPError) {
            var reader = PacketReader(bytes[...], "the list of keys")
            while let packet = try reader.next() {
                packets += 1
                guard packets <= Self.maximumPackets else {
                    throw OpenPGPError(.tooLarge, "it has more than \(Self.maximumPackets) packets")
                }
                try take(packet)
            }
        } catch {
            let code: OpenPGPError.Code = error.code == .tooLarge ? .tooLarge : .malformed
            throw OpenPGPError(code, "\(name) is no list of public keys: \(error.reason)")
        }
        finish()
    }

    private mutating func finish() {
        if let current { finished.append(current) }
        current = nil
    }

    private mutating func take(_ packet: Packet) throws(OpenPGPError) {
        switch packet.tag {
        case .publicKey:
            finish()
            if let key = try Self.key(packet.body) { current = CertificateParts(primary: key) }
        case .publicSubkey:
            guard let key = try Self.key(packet.body) else {
                // What follows is about a key that cannot be read: no other key may get it.
                current?.skipsSignatures = true
                return
            }
            current?.subkeys.append(CertificateParts.Subkey(key: key))
        case .userID, .userAttribute:
            let isUserID = packet.tag == .userID
            guard packet.body.count <= (isUserID ? Self.maximumUserIDSize : Self.maximumAttributeSize) else {
                current?.skipsSignatures = true
                return
            }
            current?.identities.append(
                CertificateParts.Identity(isUserID: isUserID, body: packet.body)
            )
        case .signature:
            // Others may have signed in ways that are not known here; only what is understood can count.
            guard let signature = try? SignaturePacket(packet.body) else { return }
            if current == nil, signature.type == .keyRevocation {
                lostRevocations.append(signature)
                guard lostRevocations.count <= Self.maximumLostRevocations else {
                    throw OpenPGPError(
                        .tooLarge,
                        "it has more than \(Self.maximumLostRevocations) revocations without keys"
                    )
                }
                try countPart()
            }
            current?.add(signature)
            try count(signature)
            return
        case .secretKey, .secretSubkey:
            throw OpenPGPError(.malformed, "a secret key is in it, which belongs nowhere else than where it signs")
        case .trust, .marker, .padding: return
        default:
            // Private and unknown kinds that need not be understood (section 4.3).
            guard packet.tag.number >= 40 else {
                throw OpenPGPError(.malformed, "a packet of another purpose (\(packet.tag)) is in it")
            }
            return
        }
        current?.skipsSignatures = false
        try countPart()
    }

    private mutating func count(_ signature: SignaturePacket) throws(OpenPGPError) {
        // Famous keys bear thousands of signatures of others, which cost nothing.
        guard let current, signature.mayRevoke(current.primary) else { return }
        try countPart()
    }

    private mutating func countPart() throws(OpenPGPError) {
        parts += 1
        guard parts <= Self.maximumParts else {
            throw OpenPGPError(.tooLarge, "it has more than \(Self.maximumParts) keys, user ids and own signatures")
        }
    }

    /// A key; nil for versions that are passed over.
    private static func key(_ body: ArraySlice<UInt8>) throws(OpenPGPError) -> PublicKeyPacket? {
        do throws(OpenPGPError) {
            return try PublicKeyPacket(body)
        } catch  where error.code == .unsupported {
            return nil
        }
    }
}
