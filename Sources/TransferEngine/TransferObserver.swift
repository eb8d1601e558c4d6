package import OCIModel

/// Is told what a transfer does; all functions may be called from many tasks and must return quickly.
package protocol TransferObserver: Sendable {
    /// A phase of the run begins, named as a user would read it.
    func phaseBegan(_ name: String)

    /// The amount of work is known.
    ///
    /// - Parameters:
    ///   - images: images that are not yet at the target.
    ///   - blobs: distinct blobs that may have to move.
    ///   - bytes: their bytes.
    func workKnown(images: Int, blobs: Int, bytes: Int64)

    /// A blob begins to move.
    ///
    /// - Parameter blob: what moves.
    /// - Returns: what is told of each chunk.
    func blobBegan(_ blob: MovingBlob) -> any BlobMeter

    /// A blob is at the target.
    ///
    /// - Parameters:
    ///   - blob: which.
    ///   - moved: false when it was there already or was mounted.
    func blobEnded(_ blob: Descriptor, moved: Bool)

    /// The manifests of an image are at the target, or it has failed.
    func imageEnded(_ origin: ImageReference, failure: TransferFailure?)
}

/// A blob that begins to move.
package struct MovingBlob: Sendable {
    /// The blob.
    package let descriptor: Descriptor
    /// The image that it is moved for, short.
    package let name: String
    /// That image; nil when it does not matter.
    package let image: ImageReference?
    /// The registry that has it by the plan.
    package let origin: RegistryName?
    /// The store that it is written to, as ``TransferDestination`` names it; empty for media.
    package let store: String

    /// Joins the parts.
    package init(
        _ descriptor: Descriptor,
        name: String,
        image: ImageReference? = nil,
        origin: RegistryName? = nil,
        store: String = ""
    ) {
        self.descriptor = descriptor
        self.name = name
        self.image = image
        self.origin = origin
        self.store = store
    }
}

/// Is told of the bytes of one blob.
package protocol BlobMeter: Sendable {
    /// Some bytes have come in.
    ///
    /// - Parameter bytes: how many; negative when bytes turned out to be of no use and come again.
    func advance(by bytes: Int)

    /// The blob is read from some byte on: what is before it is at the target, what comes after has to move (again).
    ///
    /// - Parameter offset: the byte.
    func resume(at offset: Int64)

    /// The transfer of the blob has ended.
    ///
    /// - Parameter complete: whether the blob is at the target.
    func end(complete: Bool)
}
