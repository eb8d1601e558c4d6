/// Points to a blob or manifest by type, digest and size.
///
/// https://github.com/opencontainers/image-spec/blob/main/descriptor.md
package struct Descriptor: Hashable, Sendable {
    /// The type of what it points to.
    package let mediaType: MediaType
    /// The digest of what it points to.
    package let digest: Digest
    /// The size of what it points to in bytes, 0 to 2^62.
    package let size: Int64
    /// The platform, in entries of an index.
    package let platform: Platform?
    /// The artifact type, in entries of a referrers list.
    package let artifactType: String?
    /// Annotations as they stand.
    package let annotations: [String: String]

    /// The largest size that a descriptor may claim, in bytes; sums of sizes cannot overflow below it.
    package static let maximumSize: Int64 = 1 << 50

    /// Joins the parts.
    ///
    /// - Throws: `OCIModelError.invalidManifest` when the size is negative or over ``maximumSize``.
    package init(
        mediaType: MediaType,
        digest: Digest,
        size: Int64,
        platform: Platform? = nil,
        artifactType: String? = nil,
        annotations: [String: String] = [:]
    ) throws(OCIModelError) {
        guard (0...Self.maximumSize).contains(size) else {
            throw OCIModelError(.invalidManifest, subject: digest.description, reason: "claims a size of \(size) bytes")
        }
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.platform = platform
        self.artifactType = artifactType
        self.annotations = annotations
    }
}
