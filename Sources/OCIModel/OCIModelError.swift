/// Why a piece of text or JSON is not the value it claims to be.
///
/// Every validating initialiser of this module throws it; `subject` is the offending text, shortened to 200
/// characters so that foreign data never floods a message.
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
    /// The offending text, at most 200 characters.
    package let subject: String
    /// What is wrong with it, as the second half of a sentence.
    package let reason: String

    /// Describes one mistake.
    package init(_ code: Code, subject: some StringProtocol, reason: String) {
        self.code = code
        self.subject = subject.count > 200 ? subject.prefix(200) + "…" : String(subject)
        self.reason = reason
    }

    /// One sentence for the user.
    package var description: String { "\"\(subject)\" \(reason)" }
}
