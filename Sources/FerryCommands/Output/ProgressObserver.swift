import OCIModel
import TerminalProgress
import TransferEngine

/// Shows a transfer on the terminal.
struct ProgressObserver: TransferObserver {
    let progress: ProgressReporter
    /// Whether blobs come from where the plan says, and not from media.
    var readsRegistries = true

    func phaseBegan(_ name: String) { progress.report(.phaseStarted(title: name)) }

    func workKnown(images: Int, blobs: Int, bytes: Int64) {
        progress.report(.totals(ProgressTotals(images: images, blobs: blobs, bytes: bytes)))
    }

    func blobBegan(_ blob: MovingBlob) -> any BlobMeter {
        let description = TransferDescription(
            name: blob.name,
            size: blob.descriptor.size,
            digest: "\(blob.descriptor.digest)",
            image: blob.image.map { "\($0)" },
            source: readsRegistries ? blob.origin.map { "\($0)" } : nil,
            destination: blob.store.isEmpty ? nil : blob.store
        )
        return Meter(transfer: progress.startBlob(description))
    }

    func blobEnded(_ blob: Descriptor, moved: Bool) {
        if !moved { progress.report(.blobPresent(size: blob.size)) }
    }

    func imageEnded(_ origin: ImageReference, failure: TransferFailure?) {
        if let failure {
            progress.report(.imageFailed(name: origin.description, reason: failure.message))
        } else {
            progress.report(.imageFinished(name: origin.description))
        }
    }

    private struct Meter: BlobMeter {
        let transfer: TransferMeter

        func advance(by bytes: Int) { transfer.advance(by: bytes) }
        func resume(at offset: Int64) { transfer.resume(at: offset) }
        func end(complete: Bool) { complete ? transfer.finish() : transfer.abandon() }
    }
}
