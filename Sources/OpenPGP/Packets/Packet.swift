/// One packet, its body put together.
struct Packet {
    /// What a packet is (RFC 9580, section 5, https://www.rfc-editor.org/rfc/rfc9580#section-5).
    struct Tag: Hashable, Sendable, CustomStringConvertible {
        /// The number in the header.
        let number: UInt8

        static let signature = Tag(number: 2)
        static let onePassSignature = Tag(number: 4)
        static let secretKey = Tag(number: 5)
        static let publicKey = Tag(number: 6)
        static let secretSubkey = Tag(number: 7)
        static let compressed = Tag(number: 8)
        static let marker = Tag(number: 10)
        static let literal = Tag(number: 11)
        static let trust = Tag(number: 12)
        static let userID = Tag(number: 13)
        static let publicSubkey = Tag(number: 14)
        static let userAttribute = Tag(number: 17)
        static let padding = Tag(number: 21)

        /// Packets of encryption: keys for it, and encrypted data.
        static let encryption: Set<Tag> = Set([1, 3, 9, 18, 20].map(Tag.init))

        /// Whether the length may be left open: only where data of any length come (section 4.2.1.4).
        var isData: Bool { self == .compressed || self == .literal }

        var description: String {
            switch self {
            case .signature: "signature"
            case .onePassSignature: "one-pass signature"
            case .secretKey, .secretSubkey: "secret key"
            case .publicKey: "public key"
            case .compressed: "compressed data"
            case .marker: "marker"
            case .literal: "literal data"
            case .userID: "user id"
            case .publicSubkey: "public subkey"
            default: Self.encryption.contains(self) ? "encryption" : "number \(number)"
            }
        }
    }

    /// What it is.
    let tag: Tag
    /// All after the header, without the lengths of parts.
    let body: ArraySlice<UInt8>
}
