/// Writes lines that stay: one when a phase begins, one at least every few seconds, one when it ends.
struct PlainRenderer: ProgressRenderer {
    /// The least time between two lines about retries; a host that goes away would cause hundreds at once.
    private static let retryPause = Duration.seconds(1)

    /// The longest time without a line.
    let longestSilence: Duration
    private var lastLine = Duration.zero
    private var lastRetry: Duration?

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
        case .phaseStarted(let title): return line(LineText.safe(title), snapshot)
        case .phaseEnded: return line(ProgressFacts.ended(snapshot), snapshot)
        case .imageFailed(let name, let reason): return line(ProgressFacts.failure(name, reason), snapshot)
        case .message(let text): return line(LineText.safe(text), snapshot)
        case .retry(let notice):
            if let lastRetry, snapshot.elapsed - lastRetry < Self.retryPause { return "" }
            lastRetry = snapshot.elapsed
            return line(ProgressFacts.retry(notice, snapshot), snapshot)
        default: return ""
        }
    }

    mutating func render(line: String, _ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String { line + "\n" }

    mutating func tick(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String {
        guard snapshot.elapsed - lastLine >= longestSilence else { return "" }
        return line(snapshot.summary, snapshot)
    }

    private mutating func line(_ text: String, _ snapshot: ProgressSnapshot) -> String {
        lastLine = snapshot.elapsed
        return text + "\n"
    }
}
