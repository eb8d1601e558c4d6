/// Writes one JSON object per line, keys sorted, for programs that follow a run: `docs/events.schema.json` describes them.
///
/// Every object has `event` and `elapsed` (seconds since the start, to the millisecond). New members and events may be
/// added; readers skip what they do not know. `progress` comes when totals become known and at least every few seconds.
struct JSONRenderer: ProgressRenderer {
    /// The longest time without a line.
    let longestSilence: Duration
    private var lastProgress = Duration.zero

    /// Makes a renderer that writes at least so often.
    init(longestSilence: Duration) {
        self.longestSilence = longestSilence
    }

    var interval: Duration? { min(.seconds(1), longestSilence) }

    mutating func render(
        _ event: ProgressEvent,
        transfer: TransferRecord?,
        _ snapshot: ProgressSnapshot,
        _ size: TerminalSize?
    ) -> String {
        switch event {
        case .runStarted(let run): EventObject(run, snapshot).line
        case .runEnded(let outcome): EventObject(outcome, snapshot).line
        case .hostSummary(let summary): EventObject(summary, snapshot).line
        case .phaseStarted(let title): EventObject(phaseStarted: title, snapshot).line
        case .phaseEnded: EventObject(phaseEnded: snapshot).line
        case .totals: progress(snapshot)
        case .blobStarted: EventObject("blob-started", transfer, snapshot).line
        case .blobFinished: EventObject("blob-finished", transfer, snapshot).line
        case .blobAbandoned: EventObject("blob-abandoned", transfer, snapshot).line
        case .imageFinished(let name): name.isEmpty ? "" : EventObject(finishedImage: name, snapshot).line
        case .imageFailed(let name, let reason): EventObject(failedImage: name, reason, snapshot).line
        case .retry(let notice): retry(notice, snapshot)
        case .held(let notice): EventObject(waiting: notice, snapshot).line
        case .message(let text): EventObject(message: text, snapshot).line
        case .blobAdvanced, .blobSkipped, .blobPresent, .requestSent, .requestEnded, .waitStarted, .waitEnded: ""
        }
    }

    mutating func render(line: String, _ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String { line + "\n" }

    mutating func tick(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String {
        guard snapshot.elapsed - lastProgress >= longestSilence else { return "" }
        return progress(snapshot)
    }

    private mutating func progress(_ snapshot: ProgressSnapshot) -> String {
        lastProgress = snapshot.elapsed
        return EventObject(progress: snapshot).line
    }

    /// A pause of some length is an event of its own, so that a reader need not add delays up.
    private func retry(_ notice: RetryNotice, _ snapshot: ProgressSnapshot) -> String {
        let line = EventObject(notice, snapshot).line
        return notice.delay >= HostActivity.shortestPause ? line + EventObject(waiting: notice, snapshot).line : line
    }
}
