import Synchronization

/// One place that progress is written to, and how.
package struct ProgressChannel: Sendable {
    let mode: ProgressMode
    let output: any ProgressOutput
    let takesLogLines: Bool

    /// Joins an output and the form it gets.
    ///
    /// - Parameters:
    ///   - mode: the form; `auto` means `plain` here, so resolve it before.
    ///   - output: where it goes.
    ///   - takesLogLines: whether ``ProgressReporter/write(line:)`` is for this channel.
    package init(mode: ProgressMode, output: any ProgressOutput, takesLogLines: Bool = true) {
        self.mode = mode
        self.output = output
        self.takesLogLines = takesLogLines
    }
}

/// Takes events from any task and keeps what the user sees up to date.
///
/// Everything that is written to the terminal during a run goes through one reporter, so that lines and bars never
/// mix. No function waits for the output. Make it with ``withProgress(_:_:)``.
package final class ProgressReporter: Sendable {
    private struct Channel {
        var renderer: any ProgressRenderer
        let output: any ProgressOutput
        let takesLogLines: Bool
    }

    private struct Metered {
        let meter: TransferMeter
        var seen: Int64
    }

    private struct State {
        var progress = ProgressState()
        var channels: [Channel]
        var meters: [TransferID: Metered] = [:]
        var nextTransfer = 0
        var isPhaseOpen = false
        var isPaused = false
        var isClosed = false
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Duration

    /// Makes a reporter that draws when told to; ``withProgress(_:_:)`` makes one that draws by itself.
    ///
    /// - Parameters:
    ///   - channels: where to write; may be empty.
    ///   - now: the time since the reporter was made; never runs backwards.
    package init(channels: [ProgressChannel], now: @escaping @Sendable () -> Duration) {
        self.now = now
        state = Mutex(
            State(
                channels: channels.map {
                    Channel(renderer: $0.mode.makeRenderer(), output: $0.output, takesLogLines: $0.takesLogLines)
                }
            )
        )
    }

    /// How often ``tick()`` wants to be called; nil for never.
    package var interval: Duration? {
        state.withLock { $0.channels.compactMap(\.renderer.interval).min() }
    }

    /// Takes an event into account and shows what is to be shown of it.
    package func report(_ event: ProgressEvent) {
        state.withLock { state in
            if case .phaseStarted = event, state.isPhaseOpen { apply(.phaseEnded, to: &state) }
            apply(event, to: &state)
        }
    }

    /// Begins to show a blob that moves.
    ///
    /// - Parameters:
    ///   - name: what to call it.
    ///   - size: its size in bytes.
    /// - Returns: the counter for its bytes; to be ended.
    package func startBlob(name: String, size: Int64) -> TransferMeter {
        state.withLock { state in
            // Counted down, so that numbers given by callers of `report` do not collide.
            state.nextTransfer -= 1
            let meter = TransferMeter(id: TransferID(state.nextTransfer), reporter: self)
            state.meters[meter.id] = Metered(meter: meter, seen: 0)
            apply(.blobStarted(meter.id, name: name, size: size), to: &state)
            return meter
        }
    }

    /// Writes a line for the user, in the form that each channel has for it.
    package func message(_ text: String) {
        report(.message(text))
    }

    /// Writes a finished line, such as one of the log, as it is: the bar is cleared, the line written, the bar drawn.
    ///
    /// - Parameter line: without line break at its end; free of control characters.
    package func write(line: String) {
        state.withLock { state in
            let snapshot = snapshot(&state)
            for index in state.channels.indices where state.channels[index].takesLogLines {
                let output = state.channels[index].output
                output.write(state.channels[index].renderer.render(line: line, snapshot, output.terminalSize))
            }
            clearIfIdle(&state)
        }
    }

    /// Draws again where it is time to.
    package func tick() {
        state.withLock { state in
            guard !state.isPaused, !state.isClosed else { return }
            let snapshot = snapshot(&state)
            for index in state.channels.indices where !state.channels[index].output.isBusy {
                let output = state.channels[index].output
                output.write(state.channels[index].renderer.tick(snapshot, output.terminalSize))
            }
        }
    }

    /// Takes the bar away until ``resume()``, so that the user can be asked something.
    package func pause() {
        state.withLock { state in
            state.isPaused = true
            clear(&state)
        }
    }

    /// Draws again from the next tick on.
    package func resume() {
        state.withLock { $0.isPaused = false }
    }

    /// Takes away what is drawn and waits until everything is written; nothing is drawn after that.
    package func close() async {
        let outputs = state.withLock { state in
            state.isClosed = true
            state.meters = [:]
            clear(&state)
            return state.channels.map(\.output)
        }
        for output in outputs { await output.drain() }
    }

    /// Calls ``tick()`` in its rhythm until the task is cancelled.
    package func run() async {
        guard let interval else { return }
        do {
            while true {
                try await Task.sleep(for: interval)
                tick()
            }
        } catch {
            // Cancellation is the way this ends.
        }
    }

    func end(_ meter: TransferMeter, with event: ProgressEvent) {
        state.withLock { state in
            guard state.meters[meter.id] != nil else { return }
            collect(&state)
            state.meters[meter.id] = nil
            apply(event, to: &state)
        }
    }
}

extension ProgressReporter {
    private func apply(_ event: ProgressEvent, to state: inout State) {
        var transfer: (name: String, size: Int64)?
        var before: ProgressSnapshot?
        switch event {
        case .phaseStarted:
            state.isPhaseOpen = true
            state.meters = [:]
        case .phaseEnded:
            guard state.isPhaseOpen else { return }
            state.isPhaseOpen = false
            before = snapshot(&state)
        case .blobFinished(let id), .blobAbandoned(let id): transfer = state.progress.transfer(id)
        case .blobStarted(_, let name, let size): transfer = (name, size)
        default: break
        }
        state.progress.apply(event, at: now())
        if case .blobAdvanced = event { return }
        let snapshot = before ?? snapshot(&state)
        for index in state.channels.indices {
            let output = state.channels[index].output
            let text = state.channels[index].renderer.render(event, transfer: transfer, snapshot, output.terminalSize)
            output.write(text)
        }
        clearIfIdle(&state)
    }

    /// Lines are written also while nothing may be drawn; what is drawn below them goes again at once.
    private func clearIfIdle(_ state: inout State) {
        if state.isPaused || state.isClosed { clear(&state) }
    }

    private func snapshot(_ state: inout State) -> ProgressSnapshot {
        collect(&state)
        return state.progress.snapshot(at: now())
    }

    /// Turns what the meters have counted since the last time into events.
    private func collect(_ state: inout State) {
        let time = now()
        for (id, metered) in state.meters {
            let position = metered.meter.position
            guard position != metered.seen else { continue }
            state.meters[id]?.seen = position
            state.progress.apply(.blobAdvanced(id, bytes: position &- metered.seen), at: time)
        }
    }

    private func clear(_ state: inout State) {
        for index in state.channels.indices {
            let output = state.channels[index].output
            output.write(state.channels[index].renderer.clear(output.terminalSize))
        }
    }
}
