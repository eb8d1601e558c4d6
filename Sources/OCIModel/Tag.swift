/// A human-readable name of a manifest within its repository.
///
/// Grammar: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`,
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
package struct Tag: Hashable, Sendable, Comparable {
    /// The longest tag, in characters.
    package static let maximumLength = 128

    /// The tag as written.
    package let text: String

    /// Validates a tag.
    ///
    /// - Throws: `OCIModelError.invalidTag`.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        let bytes = Substring(text).utf8
        guard let first = bytes.first else {
            throw OCIModelError(.invalidTag, subject: text, reason: "is an empty tag")
        }
        guard bytes.count <= Self.maximumLength else {
            throw OCIModelError(
                .invalidTag,
                subject: text,
                reason: "is a tag of more than \(Self.maximumLength) characters"
            )
        }
        let isAllowed = { (byte: UInt8) in
            Self.isWord(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        }
        guard Self.isWord(first), bytes.allSatisfy(isAllowed) else {
            throw OCIModelError(
                .invalidTag,
                subject: text,
                reason: "is not a tag: letters, digits, \"_\", \".\" and \"-\" are allowed, the last two not in front"
            )
        }
        self.text = String(text)
    }

    /// The tag under which an image known only by digest is stored, and the fallback tag of its referrers.
    ///
    /// `sha256-<hex>`; a longer hash is cut to 64 digits:
    /// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
    ///
    /// - Throws: nothing in practice; the grammar allows all such tags.
    package init(digest: Digest) throws(OCIModelError) {
        try self.init("\(digest.algorithm.rawValue)-\(digest.hex.prefix(64))")
    }

    /// Orders by text.
    package static func < (left: Tag, right: Tag) -> Bool { left.text < right.text }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension Tag: CustomStringConvertible {
    /// The text.
    package var description: String { text }
}

extension Tag: Codable {
    /// Decodes the text form.
    ///
    /// - Throws: `OCIModelError.invalidTag` when it is no tag.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
