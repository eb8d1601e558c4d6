/// What a signature says (RFC 9580, section 5.2.1).
struct SignatureType: Hashable, Sendable {
    /// The number in the packet.
    let number: UInt8

    /// Over bytes.
    static let binary = SignatureType(number: 0x00)
    /// Over text whose lines end in CR LF.
    static let text = SignatureType(number: 0x01)
    /// By a primary key over a subkey.
    static let subkeyBinding = SignatureType(number: 0x18)
    /// By a subkey over itself and its primary key, inside a binding.
    static let primaryKeyBinding = SignatureType(number: 0x19)
    /// Over a key alone.
    static let directKey = SignatureType(number: 0x1f)
    /// Revokes a primary key.
    static let keyRevocation = SignatureType(number: 0x20)
    /// Revokes a subkey.
    static let subkeyRevocation = SignatureType(number: 0x28)
    /// Revokes the certification of a user id.
    static let certificationRevocation = SignatureType(number: 0x30)

    /// Whether it certifies a user id, with any degree of trust.
    var isCertification: Bool { (0x10...0x13).contains(number) }
}
