package import MirrorPlan

/// What a transfer did.
package struct TransferResult: Sendable {
    /// One image of the plan with its fate; nil means that it was read back with the right digest.
    package struct Image: Sendable {
        /// The image.
        package let image: PlannedImage
        /// Why it is not there, or nil.
        package let failure: TransferFailure?

        /// Joins the two.
        package init(image: PlannedImage, failure: TransferFailure?) {
            self.image = image
            self.failure = failure
        }
    }

    /// All images of the plan, in its order.
    package let images: [Image]
    /// What moved.
    package let traffic: MirrorReport.Traffic
    /// Why the run stopped early (a full disk), or nil.
    package let fatal: TransferFailure?
    /// Whether blobs were asked for and are not there; only a ``TargetVerifier`` says so.
    package var lacksBlobs = false
}
