package import OCIModel

/// What the current task works for, so that what happens far below (a request that is tried again) can be told with the
/// name of an image.
package struct WorkSubject: Hashable, Sendable {
    /// What the current task works for; nil when that is no single image.
    @TaskLocal package static var current: WorkSubject?

    /// The image.
    package let image: ImageReference
    /// Its blob, when the work is about one.
    package let blob: Digest?

    /// Joins the two.
    package init(image: ImageReference, blob: Digest? = nil) {
        self.image = image
        self.blob = blob
    }
}
