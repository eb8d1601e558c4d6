/// Why a registry server cannot run.
package struct RegistryServerError: Error, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case cannotListen
            case invalidTLS
            case invalidUsers
        }

        private let value: Value

        /// The address cannot be bound.
        package static let cannotListen = Code(value: .cannotListen)
        /// Certificate or key cannot be used.
        package static let invalidTLS = Code(value: .invalidTLS)
        /// The list of users cannot be used.
        package static let invalidUsers = Code(value: .invalidUsers)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// One sentence for the user, without credentials.
    package let message: String
    /// What caused it.
    package let underlying: (any Error)?

    /// Describes one failure.
    package init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// One sentence.
    package var description: String { message }
}
