extension ReleasesError.Code {
    /// The address of a signature store is none; ``ReleasesError/reference`` is the address.
    package static let invalidSignatureStore = ReleasesError.Code("invalidSignatureStore")
    /// No store that answered has a signature.
    package static let signatureNotFound = ReleasesError.Code("signatureNotFound")
    /// No store could be asked, so nothing is known.
    package static let signatureStoreUnavailable = ReleasesError.Code("signatureStoreUnavailable")
    /// The signature was made by none of the trusted keys.
    package static let signatureUnknownKey = ReleasesError.Code("signatureUnknownKey")
    /// The signature was made after its key had expired, or before the key was made.
    package static let signatureAfterKeyExpired = ReleasesError.Code("signatureAfterKeyExpired")
    /// The key was revoked.
    package static let signatureKeyRevoked = ReleasesError.Code("signatureKeyRevoked")
    /// The key may not sign.
    package static let signatureKeyCannotSign = ReleasesError.Code("signatureKeyCannotSign")
    /// The signature has expired by itself, or is dated in the future.
    package static let signatureExpired = ReleasesError.Code("signatureExpired")
    /// The signature does not fit what it signs: one of the two was changed.
    package static let signatureTampered = ReleasesError.Code("signatureTampered")
    /// The signature uses SHA-1 or MD5.
    package static let signatureWeakHash = ReleasesError.Code("signatureWeakHash")
    /// The signature uses what is not supported or too weak.
    package static let signatureUnsupported = ReleasesError.Code("signatureUnsupported")
    /// The message carries no signature.
    package static let signatureNotSigned = ReleasesError.Code("signatureNotSigned")
    /// The message is cut off.
    package static let signatureTruncated = ReleasesError.Code("signatureTruncated")
    /// Bytes follow the message.
    package static let signatureTrailingGarbage = ReleasesError.Code("signatureTrailingGarbage")
    /// The bytes are no OpenPGP message.
    package static let signatureMalformed = ReleasesError.Code("signatureMalformed")
    /// The message goes over a limit.
    package static let signatureTooLarge = ReleasesError.Code("signatureTooLarge")
    /// What is signed, rightly, is not the document that signs releases.
    package static let signatureInvalidContent = ReleasesError.Code("signatureInvalidContent")
    /// What is signed, rightly, is another release.
    package static let signatureWrongDigest = ReleasesError.Code("signatureWrongDigest")
}

extension ReleasesError {
    /// The codes that mean: this release is not proven to be what it claims.
    package static let signatureFaults: Set<Code> = [
        .signatureNotFound, .signatureUnknownKey, .signatureAfterKeyExpired, .signatureKeyRevoked,
        .signatureKeyCannotSign, .signatureExpired, .signatureTampered, .signatureWeakHash, .signatureUnsupported,
        .signatureNotSigned, .signatureTruncated, .signatureTrailingGarbage, .signatureMalformed, .signatureTooLarge,
        .signatureInvalidContent, .signatureWrongDigest,
    ]
}
