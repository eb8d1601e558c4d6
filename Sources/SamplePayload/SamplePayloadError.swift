/// Why a sample cannot be made.
package struct SamplePayloadError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidOption
        }

        private let value: Value

        /// An option is out of its range.
        package static let invalidOption = Code(value: .invalidOption)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// What is wrong, one sentence.
    package let reason: String

    /// Describes one failure.
    package init(_ code: Code, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// One sentence.
    package var description: String { reason }
}
