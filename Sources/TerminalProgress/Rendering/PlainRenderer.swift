/// Writes lines that stay: one when a phase begins, one at least every five seconds, one when it ends.
struct PlainRenderer: ProgressRenderer {
    /// The longest time without a line.
    private static let longestSilence = Duration.seconds(5)
    /// The least time between two lines about retries; a host that goes away would cause hundreds at once.
    private static let retryPause = Duration.seconds(1)

    let interval: Duration? = .seconds(1)
    private var lastLine = Duration.zero
    private var lastRetry: Duration?

    mutating func render(
        _ event: ProgressEvent,
        transfer: (name: String, size: Int64)?,
        _ snapshot: ProgressSnapshot,
        _ size: TerminalSize?
    ) -> String {
        switch event {
        case .phaseStarted(let title): return line(LineText.safe(title), snapshot)
        case .phaseEnded: return line(ProgressFacts.ended(snapshot), snapshot)
        case .imageFailed(let name, let reason): return line(ProgressFacts.failure(name, reason), snapshot)
        case .message(let text): return line(LineText.safe(text), snapshot)
        case .retry(let subject, let reason):
            if let lastRetry, snapshot.elapsed - lastRetry < Self.retryPause { return "" }
            lastRetry = snapshot.elapsed
            return line("Trying again: \(LineText.safe(subject)): \(LineText.safe(reason))", snapshot)
        case .totals, .blobStarted, .blobAdvanced, .blobFinished, .blobAbandoned, .blobPresent, .imageFinished:
            return ""
        }
    }

    mutating func render(line: String, _ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String { line + "\n" }

    mutating func tick(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String {
        guard snapshot.elapsed - lastLine >= Self.longestSilence else { return "" }
        let title = LineText.safe(snapshot.phase ?? ProgressFacts.titleBetweenPhases)
        return line("\(title): " + ProgressFacts.running(snapshot).joined(separator: ", "), snapshot)
    }

    private mutating func line(_ text: String, _ snapshot: ProgressSnapshot) -> String {
        lastLine = snapshot.elapsed
        return text + "\n"
    }
}
