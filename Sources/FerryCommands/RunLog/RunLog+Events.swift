import Logging
import TerminalProgress

extension RunLog {
    /// Writes down what progress tells; twice a minute how far a phase is.
    ///
    /// It is quick, and calls nobody.
    func note(_ event: ProgressEvent?, _ transfer: TransferRecord?, _ snapshot: ProgressSnapshot) {
        switch event {
        case nil: note(.debug, snapshot.summary)
        case .phaseStarted(let title): note(.info, "phase begins: \(title)")
        case .phaseEnded: note(.info, "phase ends: \(snapshot.summary)")
        case .totals(let totals):
            note(.debug, "to do: \(totals.images) images, \(totals.blobs) blobs, \(SizeText.size(totals.bytes))")
        case .blobFinished: moved("blob moved", transfer)
        case .blobAbandoned: moved("blob given up for now", transfer)
        case .imageFinished(let name):
            if !name.isEmpty { note(.debug, "image finished: \(name)") }
        case .imageFailed(let name, let reason): note(.warning, "image failed: \(name): \(reason)")
        case .retry(let notice): retry(notice)
        case .held(let notice):
            note(.debug, "requests to \(notice.host) wait \(seconds(notice.delay)) s: \(notice.cause)")
        case .hostSummary(let summary): note(.info, summary.text)
        case .message(let text): note(.notice, text)
        default: break
        }
    }

    private func moved(_ what: String, _ transfer: TransferRecord?) {
        guard let transfer else { return }
        let blob = transfer.description
        var facts = ["size": "\(blob.size)", "seconds": seconds(transfer.elapsed)]
        facts["digest"] = blob.digest
        facts["image"] = blob.image
        facts["source"] = blob.source
        facts["destination"] = blob.destination
        note(.debug, what, facts)
    }

    private func retry(_ notice: RetryNotice) {
        var facts = [
            "host": notice.host, "cause": notice.cause, "attempt": "\(notice.attempt)", "delay": seconds(notice.delay),
            "pause": notice.pause.rawValue,
        ]
        facts["image"] = notice.image
        facts["blob"] = notice.blob
        note(.info, "trying again: \(notice.reason)", facts)
    }

    private func seconds(_ duration: Duration) -> String { "\((duration / .milliseconds(1)).rounded() / 1_000)" }
}
