/// Writes nothing but messages.
struct MessageRenderer: ProgressRenderer {
    let interval: Duration? = nil

    mutating func render(
        _ event: ProgressEvent,
        transfer: TransferRecord?,
        _ snapshot: ProgressSnapshot,
        _ size: TerminalSize?
    ) -> String {
        guard case .message(let text) = event else { return "" }
        return LineText.safe(text) + "\n"
    }

    mutating func render(line: String, _ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String { line + "\n" }

    mutating func tick(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String { "" }
}
