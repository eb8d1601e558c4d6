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

    /// The primary keys, in the order in which they were added, each once.
    package private(set) var keys: [Key] = []

    /// Makes an empty ring.
    package init() {}

    /// Reads public keys: armoured blocks, one or several with any text between them, or raw packets.
    ///
    /// Keys of unknown algorithms are passed over; they make no signature valid.
    ///
    /// - Parameters:
    ///   - bytes: at most 4 MiB.
    ///   - name: how messages call it, a file's path as a rule.
    /// - Throws: `.malformed`, `.tooLarge`; `.noUsableKey` when no key remains.
    package init(decoding bytes: [UInt8], name: String) throws(OpenPGPError) {
        throw OpenPGPError(.unsupported, "\(name): key rings cannot be read yet")
    }

    /// Adds the keys of another ring.
    package mutating func add(_ other: KeyRing) {
        keys += other.keys.filter { !keys.contains($0) }
    }
}
