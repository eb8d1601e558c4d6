/// The public keys that are trusted.
package struct KeyRing: Sendable {
    /// A primary key of the ring, for people.
    package struct Key: Hashable, Sendable {
        /// The fingerprint, 40 upper-case hexadecimal digits (64 for keys of version 6).
        package let fingerprint: String
        /// The user ids that the key itself has signed.
        package let userIDs: [String]
        /// When it was made, in seconds since 1970.
        package let created: Int64
        /// When it expires or expired, in seconds since 1970; nil for never.
        package let expires: Int64?
        /// Whether it was revoked.
        package let isRevoked: Bool

        /// Joins the parts.
        package init(fingerprint: String, userIDs: [String], created: Int64, expires: Int64?, isRevoked: Bool) {
            self.fingerprint = fingerprint
            self.userIDs = userIDs
            self.created = created
            self.expires = expires
            self.isRevoked = isRevoked
        }
    }

    /// How many bytes a ring may have.
    package static let maximumSize = 4 << 20

    /// The primary keys, in the order in which they were added, each once.
    package private(set) var keys: [Key] = []
    /// All keys that were read, also those by which nothing can be signed, so that it can be said why.
    private(set) var certificates: [Certificate] = []

    /// Makes an empty ring.
    package init() {}

    /// Reads public keys: armoured blocks, one or several with any text between them, or raw packets.
    ///
    /// Keys of unknown algorithms are passed over; they make no signature valid. A revoked key is listed, so that what it
    /// signed is refused for that reason.
    ///
    /// - Parameters:
    ///   - bytes: at most ``maximumSize``.
    ///   - name: how messages call it, a file's path as a rule.
    /// - Throws: `.malformed`, `.tooLarge`; `.noUsableKey` when no key remains.
    package init(decoding bytes: [UInt8], name: String) throws(OpenPGPError) {
        guard bytes.count <= Self.maximumSize else {
            throw OpenPGPError(.tooLarge, "\(name) is larger than \(Self.maximumSize >> 20) MiB: that is no key ring")
        }
        var reader = CertificateReader(name)
        for block in try Self.blocks(bytes, name) { try reader.read(block) }
        certificates = reader.certificates().map { Certificate($0) }
        keys = certificates.filter(\.isListed).map(\.key)
        guard !keys.isEmpty else { throw Self.nothingUsable(certificates, name) }
    }

    /// Adds the keys of another ring.
    ///
    /// A key that both have is joined: what either knows of it counts, as when one says that it was revoked.
    package mutating func add(_ other: KeyRing) {
        for certificate in other.certificates {
            let index = certificates.firstIndex { $0.key.fingerprint == certificate.key.fingerprint }
            if let index {
                certificates[index].merge(certificate)
            } else {
                certificates.append(certificate)
            }
        }
        keys = certificates.filter(\.isListed).map(\.key)
    }

    private static func blocks(_ bytes: [UInt8], _ name: String) throws(OpenPGPError) -> [[UInt8]] {
        guard let first = bytes.first else { throw OpenPGPError(.malformed, "\(name) is empty") }
        do throws(OpenPGPError) {
            // The mark of an editor may stand before the first line.
            let blocks = try Armor.publicKeyBlocks(in: bytes.dropFirst(bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0))
            guard blocks.isEmpty else { return blocks }
        } catch {
            throw OpenPGPError(error.code, "\(name) is no list of public keys: \(error.reason)")
        }
        guard first & 0x80 != 0 else {
            throw OpenPGPError(
                .malformed,
                "\(name) is no list of public keys: it has neither a PGP PUBLIC KEY BLOCK nor binary packets"
            )
        }
        return [bytes]
    }

    private static func nothingUsable(_ certificates: [Certificate], _ name: String) -> OpenPGPError {
        let reasons = certificates.prefix(3).map { "\($0.key.fingerprint) \($0.members[0].shortcoming)" }
        return OpenPGPError(
            .noUsableKey,
            "\(name) has no key by which a signature could be checked"
                + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; "))
        )
    }
}
