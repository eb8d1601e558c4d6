import OCIModel
import TerminalProgress
import TransferEngine

/// Shows a transfer on the terminal.
struct ProgressObserver: TransferObserver {
    let progress: ProgressReporter

    func phaseBegan(_ name: String) { progress.report(.phaseStarted(title: name)) }

    func workKnown(images: Int, blobs: Int, bytes: Int64) {
        progress.report(.totals(ProgressTotals(images: images, blobs: blobs, bytes: bytes)))
    }

    func blobBegan(_ blob: Descriptor, name: String) -> any BlobMeter {
        Meter(transfer: progress.startBlob(name: name, size: blob.size))
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
        func end(complete: Bool) { complete ? transfer.finish() : transfer.abandon() }
    }
}
