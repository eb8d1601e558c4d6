/// Why a key ring or a signed message is refused.
package struct OpenPGPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        /// Names a code; each part of the module declares its own in an extension.
        init(_ name: String) { self.name = name }

        /// The code's stable name.
        package var description: String { name }
    }

    /// The kind of failure.
    package let code: Code
    /// What is wrong, one clause; it names no secret and no byte of the content.
    package let reason: String

    /// Describes one failure.
    init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { reason }
}

extension OpenPGPError.Code {
    /// The bytes are no packets that can be read: cut off, lengths that do not fit, packets where none may be.
    package static let malformed = OpenPGPError.Code("malformed")
    /// Bytes follow the message.
    package static let trailingGarbage = OpenPGPError.Code("trailingGarbage")
    /// A well-formed message is cut off.
    package static let truncated = OpenPGPError.Code("truncated")
    /// A size is over a limit.
    package static let tooLarge = OpenPGPError.Code("tooLarge")
    /// The message carries no signature.
    package static let notSigned = OpenPGPError.Code("notSigned")
    /// An algorithm, version or compression that is not supported or too weak, other than SHA-1.
    package static let unsupported = OpenPGPError.Code("unsupported")
    /// The signature uses SHA-1 or MD5.
    package static let weakHash = OpenPGPError.Code("weakHash")
    /// No key of the ring has made the signature.
    package static let unknownKey = OpenPGPError.Code("unknownKey")
    /// The key may not sign (its usage flags, or a subkey without valid binding).
    package static let keyCannotSign = OpenPGPError.Code("keyCannotSign")
    /// The key was revoked.
    package static let keyRevoked = OpenPGPError.Code("keyRevoked")
    /// The signature was made after its key had expired, or before the key was made.
    package static let keyExpired = OpenPGPError.Code("keyExpired")
    /// The signature has expired by itself, or is dated in the future.
    package static let signatureExpired = OpenPGPError.Code("signatureExpired")
    /// The signature does not fit the content.
    package static let wrongSignature = OpenPGPError.Code("wrongSignature")
    /// A key ring holds no key that can be used.
    package static let noUsableKey = OpenPGPError.Code("noUsableKey")
}
