/// Why a tar header cannot be made or read.
package struct TarHeaderError: Error, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidPath
            case invalidNumber
            case damaged
            case unsupported
            case libarchive
        }

        private let value: Value

        /// The path is empty, absolute, too long or leaves its folder.
        package static let invalidPath = Code(value: .invalidPath)
        /// A size or time is outside its range.
        package static let invalidNumber = Code(value: .invalidNumber)
        /// The block is no tar header, or its checksum is wrong.
        package static let damaged = Code(value: .damaged)
        /// The header is right but of a kind that is not read here.
        package static let unsupported = Code(value: .unsupported)
        /// libarchive refused.
        package static let libarchive = Code(value: .libarchive)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// The member's path, empty when it is not known.
    package let subject: String
    /// One sentence for the user.
    package let message: String

    /// Describes one failure.
    package init(_ code: Code, subject: String, message: String) {
        self.code = code
        self.subject = subject
        self.message = message
    }

    /// One sentence.
    package var description: String { message }
}
