/// Why a piece of text is no version.
package struct SemanticVersionError: Error, Equatable, CustomStringConvertible {
    /// The kind of mistake; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case malformed
            case leadingZero
            case numberTooLarge
            case tooLong
        }

        private let value: Value

        /// Not of the form `X.Y.Z[-pre][+build]`, or for lenient parsing `[v]X[.Y[.Z]][-pre][+build]`.
        package static let malformed = Code(value: .malformed)
        /// A number is written with a zero in front.
        package static let leadingZero = Code(value: .leadingZero)
        /// A number does not fit 64 bits.
        package static let numberTooLarge = Code(value: .numberTooLarge)
        /// The text is longer than ``SemanticVersion/maximumLength``.
        package static let tooLong = Code(value: .tooLong)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of mistake.
    package let code: Code
    /// The offending text, at most 80 characters.
    package let subject: String
    /// What is wrong with it, as the second half of a sentence.
    package let reason: String

    init(_ code: Code, subject: some StringProtocol, reason: String) {
        self.code = code
        self.subject = subject.count > 80 ? subject.prefix(80) + "…" : String(subject)
        self.reason = reason
    }

    /// One sentence for the user.
    package var description: String { "\"\(subject)\" \(reason)" }
}
