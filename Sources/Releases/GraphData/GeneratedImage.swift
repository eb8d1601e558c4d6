package import OCIModel

/// An image that was made here: manifests and the blobs that no registry has yet.
package struct GeneratedImage: Sendable {
    /// A new blob with its bytes.
    package struct Blob: Sendable {
        /// Where the bytes are.
        package enum Content: Sendable {
            /// In memory.
            case bytes([UInt8])
            /// In a file.
            case file(ScratchFile)
        }

        /// Type, digest and size.
        package let descriptor: Descriptor
        /// The bytes.
        package let content: Content
    }

    /// The manifest or index that stands for the image.
    package let root: ManifestDocument
    /// All manifests: the root, and the children of an index.
    package let manifests: [ManifestDocument]
    /// The configs and the new layer; layers of the base are in its repository.
    package let blobs: [Blob]
}
