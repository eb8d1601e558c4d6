import Foundation
package import MirrorPlan
package import OCIModel
package import OpenPGP

/// A signature of a release that was found right.
package struct VerifiedReleaseSignature: Hashable, Sendable {
    /// The message as it was found, with the digest it is about.
    package let signature: ReleaseSignature
    /// The reference that was signed, as it stands; a name for people, which proves nothing.
    package let reference: String
    /// The tag of that reference; nil when there is none, or it is no reference.
    package let tag: Tag?
    /// The primary key, of which the signing key is one.
    package let key: KeyRing.Key
    /// The fingerprint of the key or subkey that signed.
    package let signingFingerprint: String
    /// When it was signed, in seconds since 1970, as the signature says.
    package let signedAt: Int64
    /// The program that made it, if it says so.
    package let creator: String?
    /// Where it was found, an address or a path; empty when it was checked without being looked for.
    package internal(set) var place = ""
    /// What people should know besides, such as that the key has expired since, or what else was found.
    package internal(set) var notes: [String]

    /// `567E…1D51 Red Hat, Inc. (release key 2) <security@redhat.com>`.
    package var signer: String { ([key.fingerprint] + key.userIDs.prefix(1)).joined(separator: " ") }
}

/// Decides whether bytes are a right signature of a release.
package struct ReleaseSignatureVerifier: Sendable {
    /// The largest signature in bytes; real ones have less than 2 KiB.
    package static let maximumBytes = 64 << 10

    private let keyRing: KeyRing
    private let now: Int64
    private let keyAdvice: String?

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - keyRing: the trusted keys, any of which may have signed.
    ///   - now: the present, in seconds since 1970.
    ///   - keyAdvice: what to do about a signature that the keys do not cover, one clause; nil for nothing to say.
    package init(keyRing: KeyRing, now: Int64, keyAdvice: String? = nil) {
        self.keyRing = keyRing
        self.now = now
        self.keyAdvice = keyAdvice
    }

    /// Checks a signature: the message by the keys, then what it signs.
    ///
    /// - Parameters:
    ///   - bytes: the message as a store has it.
    ///   - digest: the release that it must be about.
    /// - Returns: what was signed, by whom and when.
    /// - Throws: `ReleasesError` with one of ``ReleasesError/signatureFaults``, by what is wrong.
    package func check(_ bytes: [UInt8], of digest: Digest) throws(ReleasesError) -> VerifiedReleaseSignature {
        guard bytes.count <= Self.maximumBytes else { throw Self.tooLarge(digest) }
        let message: SignedMessage
        do {
            message = try SignedMessage.verify(bytes, with: keyRing, at: now)
        } catch {
            let isAboutKeys = error.code == .unknownKey || error.code == .keyExpired
            let advice = isAboutKeys ? keyAdvice.map { "; \($0)" } ?? "" : ""
            throw ReleasesError(
                Self.code(error.code),
                reference: digest,
                reason: "its signature is refused: \(error)\(advice)",
                underlying: error
            )
        }
        let document = try ReleaseSignatureDocument(decoding: message.content, of: digest)
        var notes: [String] = []
        if let expires = message.key.expires, expires <= now {
            notes.append("the key expired on \(Self.day(expires)), after the signature was made")
        }
        return VerifiedReleaseSignature(
            signature: ReleaseSignature(digest: digest, bytes: bytes),
            reference: document.reference,
            tag: document.tag,
            key: message.key,
            signingFingerprint: message.signingFingerprint,
            signedAt: message.signedAt,
            creator: document.creator,
            notes: notes
        )
    }

    /// The refusal of a signature that is not even read.
    static func tooLarge(_ digest: Digest) -> ReleasesError {
        ReleasesError(
            .signatureTooLarge,
            reference: digest,
            reason: "its signature is refused: it has more than \(maximumBytes) bytes"
        )
    }

    private static func day(_ seconds: Int64) -> String {
        let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
        return Date(timeIntervalSince1970: Double(seconds)).formatted(style)
    }

    private static func code(_ code: OpenPGPError.Code) -> ReleasesError.Code {
        switch code {
        case .trailingGarbage: .signatureTrailingGarbage
        case .truncated: .signatureTruncated
        case .tooLarge: .signatureTooLarge
        case .notSigned: .signatureNotSigned
        case .unsupported: .signatureUnsupported
        case .weakHash: .signatureWeakHash
        case .unknownKey: .signatureUnknownKey
        case .keyCannotSign: .signatureKeyCannotSign
        case .keyRevoked: .signatureKeyRevoked
        case .keyExpired: .signatureAfterKeyExpired
        case .signatureExpired: .signatureExpired
        case .wrongSignature: .signatureTampered
        default: .signatureMalformed
        }
    }
}
