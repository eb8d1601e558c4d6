package import OCIModel
import OpenSSLCrypto

extension ManifestDocument {
    /// Makes a document of received bytes: hashes, compares with what was asked for, decodes.
    ///
    /// - Parameters:
    ///   - bytes: the body as received.
    ///   - contentType: its `Content-Type`, if any; a hint.
    ///   - expected: the digest that was asked for; nil when it was a tag.
    /// - Throws: `ImageStorageError.digestMismatch`; `OCIModelError` when it is no supported manifest; `OpenSSLError`.
    package init(verifying bytes: [UInt8], contentType: MediaType?, expected: Digest?) throws {
        let digest = try ContentHasher.digest(of: bytes, expected?.algorithm ?? .sha256)
        if let expected, digest != expected {
            throw ImageStorageError(
                .digestMismatch,
                subject: expected,
                message: "the bytes received for manifest \(expected) hash to \(digest)"
            )
        }
        self.init(bytes: bytes, digest: digest, manifest: try Manifest(decoding: bytes, contentType: contentType))
    }
}
