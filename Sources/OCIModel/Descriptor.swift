/// Points to a blob or manifest by type, digest and size.
///
/// https://github.com/opencontainers/image-spec/blob/main/descriptor.md
package struct Descriptor: Hashable, Sendable {
    /// The type of what it points to.
    package let mediaType: MediaType
    /// The digest of what it points to.
    package let digest: Digest
    /// The size of what it points to in bytes, 0 to ``maximumSize``.
    package let size: Int64
    /// The platform, in entries of an index.
    package let platform: Platform?
    /// The artifact type, in entries of a referrers list.
    package let artifactType: String?
    /// Annotations as they stand.
    package let annotations: [String: String]

    /// The largest size that a descriptor may claim, in bytes (4 TiB).
    ///
    /// The sizes of two million descriptors can be added without overflow.
    package static let maximumSize: Int64 = 1 << 42

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
            throw OCIModelError(
                .invalidManifest,
                subject: digest.description,
                reason: "claims a size of \(size) bytes; 0 to \(Self.maximumSize) are possible"
            )
        }
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.platform = platform
        self.artifactType = artifactType
        self.annotations = annotations
    }
}
