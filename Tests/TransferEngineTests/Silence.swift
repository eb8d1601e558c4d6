import OCIModel
import TransferEngine

/// An observer that tells nobody.
struct Silence: TransferObserver, BlobMeter {
    func phaseBegan(_ name: String) {}
    func workKnown(images: Int, blobs: Int, bytes: Int64) {}
    func blobBegan(_ blob: MovingBlob) -> any BlobMeter { self }
    func blobEnded(_ blob: Descriptor, moved: Bool) {}
    func imageEnded(_ origin: ImageReference, failure: TransferFailure?) {}
    func advance(by bytes: Int) {}
    func resume(at offset: Int64) {}
    func end(complete: Bool) {}
}
