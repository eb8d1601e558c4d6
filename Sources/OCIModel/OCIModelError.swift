/// Why a piece of text or JSON is not the value it claims to be.
///
/// Every validating initialiser of this module throws it. Foreign text in it is shortened and has its control characters
/// replaced, so that it neither floods a message nor steers a terminal; what may be a password before `@` is left out.
package struct OCIModelError: Error, Equatable, CustomStringConvertible {
    /// The kind of mistake; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidDigest
            case invalidRegistry
            case invalidRepository
            case invalidTag
            case invalidReference
            case invalidPlatform
            case invalidMediaType
            case invalidManifest
            case unsupportedManifest
        }

        private let value: Value

        /// Not `algorithm:hex` with a supported algorithm and the right number of lower-case hex digits.
        package static let invalidDigest = Code(value: .invalidDigest)
        /// Not a host name or address with an optional port.
        package static let invalidRegistry = Code(value: .invalidRegistry)
        /// Not a repository path of the distribution grammar.
        package static let invalidRepository = Code(value: .invalidRepository)
        /// Not a tag of the distribution grammar.
        package static let invalidTag = Code(value: .invalidTag)
        /// Not an image reference as a whole.
        package static let invalidReference = Code(value: .invalidReference)
        /// Not `os/architecture[/variant]`.
        package static let invalidPlatform = Code(value: .invalidPlatform)
        /// Not a media type.
        package static let invalidMediaType = Code(value: .invalidMediaType)
        /// Bytes that are no manifest or index.
        package static let invalidManifest = Code(value: .invalidManifest)
        /// A manifest of a kind that cannot be mirrored, such as schema version 1.
        package static let unsupportedManifest = Code(value: .unsupportedManifest)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of mistake.
    package let code: Code
    /// The offending text, at most 200 characters and a mark where it was cut.
    package let subject: String
    /// What is wrong with it, as the second half of a sentence, at most 500 characters.
    package let reason: String

    /// Describes one mistake.
    package init(_ code: Code, subject: some StringProtocol, reason: String) {
        self.code = code
        self.subject = Self.shown(Self.withoutSecret(subject), limit: 200)
        self.reason = Self.shown(reason, limit: 500)
    }

    /// A text without what stands before an `@` where references have none: people write `user:password@host/path`.
    ///
    /// The `@` of a digest is left alone, also of one that is misspelt.
    static func withoutSecret(_ text: some StringProtocol) -> String {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isDigestLast = parts.last.map { isLikeDigest($0) } ?? false
        // Behind this part begins what may be shown.
        let last = parts.count - (isDigestLast ? 3 : 2)
        guard last >= 0 else { return String(text) }
        let rest = parts[(last + 1)...].joined(separator: "@")
        var first = Substring(parts[0])
        if let scheme = first.firstRange(of: "://") { first = first[scheme.upperBound...] }
        let isFirstOfPath = !first.contains("/") && parts[...last].contains { $0.contains(":") }
        guard rest.contains("/") || isFirstOfPath else { return String(text) }
        return "***@" + rest
    }

    private static func isLikeDigest(_ text: some StringProtocol) -> Bool {
        guard let colon = text.firstIndex(of: ":"), !text.contains("/") else { return false }
        let hex = text[text.index(after: colon)...]
        return ["sha256", "sha512"].contains(text[..<colon].lowercased())
            || (hex.utf8.count >= 32 && hex.allSatisfy(\.isHexDigit))
    }

    /// Counts scalars, not characters: a single character can be as long as one likes.
    private static func shown(_ text: some StringProtocol, limit: Int) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: shown.append("\u{fffd}")
            default: shown.append(scalar)
            }
        }
        return String(shown) + (text.unicodeScalars.dropFirst(limit).isEmpty ? "" : "…")
    }

    /// One sentence for the user.
    package var description: String { "\"\(subject)\" \(reason)" }
}
