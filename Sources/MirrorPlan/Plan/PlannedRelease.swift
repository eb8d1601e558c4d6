import Foundation
package import OCIModel

/// A release of a plan with the signatures that were found for it.
package struct PlannedRelease: Hashable, Sendable, Codable {
    /// What is mirrored: the digest of the payload, or of its list.
    package let digest: Digest
    /// The repository that the payload is known by upstream.
    package let repository: Repository
    /// The version.
    package let version: String
    /// The architecture in the update service's words: `amd64`, `multi`.
    package let architecture: String
    /// The product in the configuration's words, `ocp` or `okd`; decides which keys may have signed.
    package let product: String
    /// The release's tag at the destination, `4.18.1-x86_64`.
    package let tag: Tag
    /// Whether the configuration names it itself; others come from the update graph and must be signed.
    package let isPinned: Bool
    /// The signatures that were found right, of ``digest`` first, then of its children.
    package let signatures: [ReleaseSignature]
    /// Why there is no signature of ``digest``, one clause; nil when there is one, or when none was looked for.
    package let unsignedReason: String?

    /// Joins the parts.
    package init(
        digest: Digest,
        repository: Repository,
        version: String,
        architecture: String,
        product: String,
        tag: Tag,
        isPinned: Bool,
        signatures: [ReleaseSignature],
        unsignedReason: String? = nil
    ) {
        self.digest = digest
        self.repository = repository
        self.version = version
        self.architecture = architecture
        self.product = product
        self.tag = tag
        self.isPinned = isPinned
        self.signatures = signatures
        self.unsignedReason = unsignedReason
    }

    /// Whether a signature of what is mirrored is there.
    package var isSigned: Bool { signatures.contains { $0.digest == digest } }

    /// How messages call it: version and architecture.
    package var name: String { "\(version) (\(architecture))" }
}

extension PlannedRelease: Comparable {
    /// Orders by tag, repository and digest.
    package static func < (left: PlannedRelease, right: PlannedRelease) -> Bool { left.sortKey < right.sortKey }

    private var sortKey: (String, String, Digest) { (tag.text, repository.description, digest) }
}

/// A signature of a release as its store has it: an OpenPGP message.
package struct ReleaseSignature: Hashable, Sendable, Codable {
    /// What it signs.
    package let digest: Digest
    /// The message, byte for byte.
    package let bytes: [UInt8]

    /// Joins the two.
    package init(digest: Digest, bytes: [UInt8]) {
        self.digest = digest
        self.bytes = bytes
    }

    private enum CodingKeys: String, CodingKey {
        case digest
        case message
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        digest = try container.decode(Digest.self, forKey: .digest)
        bytes = Array(try container.decode(Data.self, forKey: .message))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(digest, forKey: .digest)
        try container.encode(Data(bytes), forKey: .message)
    }
}
