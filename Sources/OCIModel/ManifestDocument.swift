/// A manifest as received: its bytes, their digest, and the view over them.
package struct ManifestDocument: Hashable, Sendable {
    /// The bytes as received; what is stored and sent.
    package let bytes: [UInt8]
    /// The digest of `bytes`, computed from them by whoever made the document.
    package let digest: Digest
    /// The decoded view.
    package let manifest: Manifest

    /// Joins the three; `digest` must have been computed from `bytes`.
    package init(bytes: [UInt8], digest: Digest, manifest: Manifest) {
        self.bytes = bytes
        self.digest = digest
        self.manifest = manifest
    }

    /// The number of bytes.
    package var size: Int64 { Int64(bytes.count) }

    /// The type under which it is sent.
    package var mediaType: MediaType { manifest.mediaType }

    /// Two documents are the same when their digests are.
    package static func == (left: ManifestDocument, right: ManifestDocument) -> Bool { left.digest == right.digest }

    /// Hashes the digest.
    package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
