package import OCIModel

/// The short name of a media set: the first twelve hex digits of the SHA-256 of its set manifest.
package struct SetIdentifier: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The twelve lower-case hex digits.
    package let text: String

    /// Validates an identifier.
    ///
    /// - Throws: `MediaSetError.invalidName` when the text is not twelve lower-case hex digits.
    package init(_ text: some StringProtocol) throws(MediaSetError) {
        let isHex = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard text.utf8.count == 12, isHex else {
            throw MediaSetError(
                .invalidName,
                subject: String(text.prefix(80)),
                message: "\"\(text.prefix(80))\" is not a set id: twelve digits of 0-9 and a-f are needed"
            )
        }
        self.text = String(text)
    }

    /// The identifier of the set whose manifest has this digest.
    package init(manifestDigest digest: Digest) {
        text = digest.short
    }

    /// The twelve digits.
    package var description: String { text }

    /// Orders by text.
    package static func < (left: SetIdentifier, right: SetIdentifier) -> Bool { left.text < right.text }
}

extension SetIdentifier: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
