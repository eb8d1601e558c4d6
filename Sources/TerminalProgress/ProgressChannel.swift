/// One place that progress is written to, and how.
package struct ProgressChannel: Sendable {
    /// What a channel gets.
    enum Form: Sendable {
        case mode(ProgressMode)
        case observer(@Sendable (ProgressEvent?, TransferRecord?, ProgressSnapshot) -> Void)
    }

    let form: Form
    let output: any ProgressOutput
    let takesLogLines: Bool

    /// Joins an output and the form it gets.
    ///
    /// - Parameters:
    ///   - mode: the form; `auto` means `plain` here, so resolve it before.
    ///   - output: where it goes.
    ///   - takesLogLines: whether ``ProgressReporter/write(line:)`` is for this channel.
    package init(mode: ProgressMode, output: any ProgressOutput, takesLogLines: Bool = true) {
        form = .mode(mode)
        self.output = output
        self.takesLogLines = takesLogLines
    }

    /// A channel that writes nothing and tells a function of everything.
    ///
    /// - Parameter observer: gets each event that is shown, or nil twice a minute when only time has passed; the blob
    ///   that the event is about; and the state. It must be quick and must not call the reporter.
    package init(observer: @escaping @Sendable (ProgressEvent?, TransferRecord?, ProgressSnapshot) -> Void) {
        form = .observer(observer)
        output = NoOutput()
        takesLogLines = false
    }
}

/// Takes nothing.
private struct NoOutput: ProgressOutput {
    var terminalSize: TerminalSize? { nil }
    var isBusy: Bool { false }
    func write(_ text: String) {}
    func drain() async {}
}

/// Tells a function of events and of the passing of time.
struct ObservingRenderer: ProgressRenderer {
    private static let pause = Duration.seconds(30)

    let interval: Duration? = .seconds(5)
    let observer: @Sendable (ProgressEvent?, TransferRecord?, ProgressSnapshot) -> Void
    private var last = Duration.zero

    init(_ observer: @escaping @Sendable (ProgressEvent?, TransferRecord?, ProgressSnapshot) -> Void) {
        self.observer = observer
    }

    mutating func render(
        _ event: ProgressEvent,
        transfer: TransferRecord?,
        _ snapshot: ProgressSnapshot,
        _ size: TerminalSize?
    ) -> String {
        observer(event, transfer, snapshot)
        return ""
    }

    mutating func render(line: String, _ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String { "" }

    mutating func tick(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String {
        guard snapshot.elapsed - last >= Self.pause else { return "" }
        last = snapshot.elapsed
        observer(nil, nil, snapshot)
        return ""
    }
}
