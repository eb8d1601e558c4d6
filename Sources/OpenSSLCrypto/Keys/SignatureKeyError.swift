/// A key file that cannot be used to sign or to check signatures.
package struct SignatureKeyError: Error, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case tooLarge
            case notPEM
            case severalKeys
            case encrypted
            case wrongKind
            case malformed
            case unsupportedAlgorithm
        }

        private let value: Value

        /// The file is larger than any key.
        package static let tooLarge = Code(value: .tooLarge)
        /// There is no PEM block of a key or certificate.
        package static let notPEM = Code(value: .notPEM)
        /// There are several keys, and only one would count.
        package static let severalKeys = Code(value: .severalKeys)
        /// The private key needs a passphrase.
        package static let encrypted = Code(value: .encrypted)
        /// A public key where a private one is needed, or the other way round.
        package static let wrongKind = Code(value: .wrongKind)
        /// The content of the PEM block cannot be read.
        package static let malformed = Code(value: .malformed)
        /// The key is of another kind than ECDSA P-256 and Ed25519.
        package static let unsupportedAlgorithm = Code(value: .unsupportedAlgorithm)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// One sentence for the user; it holds nothing of the key.
    package let message: String

    /// Describes one failure.
    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// One sentence.
    package var description: String { message }
}
