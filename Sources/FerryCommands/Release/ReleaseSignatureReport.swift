import ArgumentParser
import Foundation
import ImageStorage
import OCIModel
import OpenPGP
import Releases

/// What is known about the signatures of a release, for people and programs.
struct ReleaseSignatureReport: Encodable {
    /// How it is written.
    enum Format: String, ExpressibleByArgument {
        case text
        case json
    }

    /// A right signature.
    struct Signature: Encodable {
        /// The reference that was signed.
        let reference: String
        /// Its tag, if it has one.
        let tag: Tag?
        /// The fingerprint of the primary key.
        let key: String
        /// The user ids of the primary key.
        let userIDs: [String]
        /// The fingerprint of the key or subkey that signed.
        let signingKey: String
        /// When it was signed, `2019-04-09T18:14:24Z`.
        let signedAt: String
        /// The program that made it, if it says so.
        let creator: String?
        /// Where it was found.
        let place: String
        /// What people should know besides.
        let notes: [String]

        fileprivate init(_ signature: VerifiedReleaseSignature) {
            reference = signature.reference
            tag = signature.tag
            key = signature.key.fingerprint
            userIDs = signature.key.userIDs
            signingKey = signature.signingFingerprint
            signedAt = Date(timeIntervalSince1970: Double(signature.signedAt)).formatted(.iso8601)
            creator = signature.creator
            place = signature.place
            notes = signature.notes
        }
    }

    /// The release.
    let digest: Digest
    /// Whether a trusted key has signed it.
    let isVerified: Bool
    /// The right signatures; none when it is not verified.
    let signatures: [Signature]
    /// The stable name of why it is not verified.
    let code: String?
    /// Why it is not verified.
    let reason: String?
    /// How the command ends: 0, 32 for a release that is not verified, 1 when nothing could be found out.
    let exitCode: Int32

    private enum CodingKeys: String, CodingKey {
        case digest
        case isVerified = "verified"
        case signatures
        case code
        case reason
    }

    /// Reports right signatures.
    init(_ digest: Digest, _ signatures: [VerifiedReleaseSignature]) {
        self.digest = digest
        self.signatures = signatures.map { Signature($0) }
        isVerified = true
        code = nil
        reason = nil
        exitCode = 0
    }

    /// Reports that there is none.
    init(_ digest: Digest, refusal: ReleasesError) {
        self.digest = digest
        signatures = []
        isVerified = false
        code = refusal.code.description
        reason = refusal.reason
        exitCode = refusal.kind == .integrity ? 32 : 1
    }

    /// The report as text.
    ///
    /// For people a refusal is empty: it is an error, which is told elsewhere.
    ///
    /// - Throws: `EncodingError`.
    func text(as format: Format) throws -> String {
        switch format {
        case .json: try JSONOutput.text(self)
        case .text: PrintableText.of(signatures.map { text(of: $0) }.joined(separator: "\n"))
        }
    }

    private func text(of signature: Signature) -> String {
        var rows = [
            ("release", digest.description),
            ("signed as", signature.reference),
            ("signed at", signature.signedAt),
            ("by key", ([signature.key] + signature.userIDs.prefix(1)).joined(separator: "  ")),
        ]
        if signature.signingKey != signature.key { rows.append(("subkey", signature.signingKey)) }
        rows.append(("found at", signature.place))
        rows += signature.notes.map { ("note", $0) }
        return rows.map { name, value in
            name + String(repeating: " ", count: max(1, 11 - name.count))
                + value.replacing("\n", with: " ") + "\n"
        }.joined()
    }
}
