package import OCIModel

/// The signatures of one release that was mirrored.
package struct ReleaseSignatureEntry: Hashable, Sendable {
    /// One signature that was verified.
    package struct Signature: Hashable, Sendable {
        /// What is signed: the release's own digest, or that of a platform's payload in its list.
        package let digest: Digest
        /// The signed message, untouched.
        package let bytes: [UInt8]

        /// Joins the two.
        package init(digest: Digest, bytes: [UInt8]) {
            self.digest = digest
            self.bytes = bytes
        }
    }

    /// The digest that the release is mirrored by.
    package let release: Digest
    /// Its signatures, in any order.
    package let signatures: [Signature]

    /// Joins the two.
    package init(release: Digest, signatures: [Signature]) {
        self.release = release
        self.signatures = signatures
    }
}
