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
    /// - Parameters:
    ///   - blob: what moves.
    ///   - name: the image that it is moved for, short.
    /// - Returns: what is told of each chunk.
    func blobBegan(_ blob: Descriptor, name: String) -> any BlobMeter

    /// A blob is at the target.
    ///
    /// - Parameters:
    ///   - blob: which.
    ///   - moved: false when it was there already or was mounted.
    func blobEnded(_ blob: Descriptor, moved: Bool)

    /// The manifests of an image are at the target, or it has failed.
    func imageEnded(_ origin: ImageReference, failure: TransferFailure?)
}

/// Is told of the bytes of one blob.
package protocol BlobMeter: Sendable {
    /// Some bytes have come in.
    ///
    /// - Parameter bytes: how many; negative when bytes turned out to be of no use and come again.
    func advance(by bytes: Int)

    /// The transfer of the blob has ended.
    ///
    /// - Parameter complete: whether the blob is at the target.
    func end(complete: Bool)
}
