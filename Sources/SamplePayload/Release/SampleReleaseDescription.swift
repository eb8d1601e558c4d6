package import OCIModel

/// What a sample release came out as.
package struct SampleReleaseDescription: Hashable, Sendable {
    /// The payload by tag and digest.
    package let payload: ImageReference
    /// The components in the payload's order.
    package let components: [SampleComponent]
    /// How many images there are: components and payload, once per architecture; lists and signatures do not count.
    package let images: Int
    /// How many distinct blobs the release has, configs and layers, signatures included.
    package let blobs: Int
    /// The size of the distinct blobs in bytes.
    package let distinctBytes: Int64
    /// The size of all images in bytes, each with all its blobs.
    package let totalBytes: Int64
    /// How many blobs were written; the others were there already.
    package let writtenBlobs: Int
    /// The size of the blobs written, in bytes.
    package let writtenBytes: Int64
}

/// A component of a sample release.
package struct SampleComponent: Hashable, Sendable {
    /// Its name in the release.
    package let name: String
    /// Where it is, by digest.
    package let reference: ImageReference
}
