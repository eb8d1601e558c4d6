/// Turns events and the passing of time into text for one output; pure but for what it has written before.
protocol ProgressRenderer: Sendable {
    /// How often `tick` wants to be called; nil for never.
    var interval: Duration? { get }

    /// The text for an event.
    ///
    /// - Parameters:
    ///   - event: what happened; no `blobAdvanced`.
    ///   - transfer: the blob that the event is about, if it is about one.
    ///   - snapshot: the state after the event; before it for the end of a phase.
    ///   - size: the size of the terminal, nil when there is none.
    /// - Returns: what to write; often nothing.
    mutating func render(
        _ event: ProgressEvent,
        transfer: TransferRecord?,
        _ snapshot: ProgressSnapshot,
        _ size: TerminalSize?
    ) -> String

    /// A finished line of somebody else, such as the log's, without its line break.
    mutating func render(line: String, _ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String

    /// The text for the passing of time.
    mutating func tick(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String

    /// Takes away what is drawn and not meant to stay.
    mutating func clear(_ size: TerminalSize?) -> String
}

extension ProgressRenderer {
    func clear(_ size: TerminalSize?) -> String { "" }
}

extension ProgressChannel.Form {
    /// A renderer; the mode `auto` is drawn plainly here.
    ///
    /// - Parameter silence: the longest time without a line.
    /// - Returns: the renderer.
    func makeRenderer(silence: Duration) -> any ProgressRenderer {
        switch self {
        case .mode(.bar): BarRenderer()
        case .mode(.auto), .mode(.plain): PlainRenderer(longestSilence: silence)
        case .mode(.json): JSONRenderer(longestSilence: silence)
        case .mode(.none): MessageRenderer()
        case .observer(let observer): ObservingRenderer(observer)
        }
    }
}
