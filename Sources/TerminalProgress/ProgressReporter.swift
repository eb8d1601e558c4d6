package import Foundation
import Synchronization

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
        var seen: (done: Int64, jumped: Int64) = (0, 0)
        /// Whether the time to its first byte was taken into account.
        var isOpen = false
    }

    private struct State {
        var progress: ProgressState
        var channels: [Channel]
        var meters: [TransferID: Metered] = [:]
        var nextNumber = 0
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
    ///   - silence: after how much silence a line says how far it is, or what is waited for.
    ///   - startDate: the time of day now.
    ///   - now: the time since the reporter was made; never runs backwards.
    package init(
        channels: [ProgressChannel],
        silence: Duration = .seconds(5),
        startDate: Date = Date(),
        now: @escaping @Sendable () -> Duration
    ) {
        self.now = now
        state = Mutex(
            State(
                progress: ProgressState(patience: silence, startDate: startDate),
                channels: channels.map {
                    Channel(
                        renderer: $0.form.makeRenderer(silence: silence),
                        output: $0.output,
                        takesLogLines: $0.takesLogLines
                    )
                }
            )
        )
    }

    /// The time since the reporter was made.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = now().components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
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
    /// - Parameter description: what moves.
    /// - Returns: the counter for its bytes; to be ended.
    package func startBlob(_ description: TransferDescription) -> TransferMeter {
        state.withLock { state in
            // Counted down, so that numbers given by callers of `report` do not collide.
            state.nextNumber -= 1
            let meter = TransferMeter(id: TransferID(state.nextNumber), reporter: self)
            state.meters[meter.id] = Metered(meter: meter)
            apply(.blobStarted(meter.id, description), to: &state)
            return meter
        }
    }

    /// Says what is waited for while `body` runs, when that takes longer than a few seconds.
    ///
    /// - Parameters:
    ///   - subject: what is waited for, as the end of "waiting for ...".
    ///   - body: what may take long.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    package func waiting<Result>(for subject: String, _ body: () async throws -> Result) async rethrows -> Result {
        let end = startWaiting(for: subject)
        defer { end() }
        return try await body()
    }

    /// Says what is waited for until the result is called, when that takes longer than a few seconds.
    ///
    /// - Parameter subject: what is waited for, as the end of "waiting for ...".
    /// - Returns: ends the wait; to be called once.
    package func startWaiting(for subject: String) -> @Sendable () -> Void {
        let id = state.withLock { state in
            state.nextNumber -= 1
            return WaitID(state.nextNumber)
        }
        report(.waitStarted(id, subject))
        return { self.report(.waitEnded(id)) }
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
    ///
    /// The rhythm is that of a thread of its own: work that keeps all tasks from running must not make it look as if the
    /// program hung.
    package func run() async {
        guard let interval else { return }
        let ticker = Ticker(interval: interval) { [self] in tick() }
        await withTaskCancellationHandler {
            await ticker.run()
        } onCancel: {
            ticker.stop()
        }
    }

    /// The state as it is.
    var snapshotNow: ProgressSnapshot { state.withLock { snapshot(&$0) } }

    func end(_ meter: TransferMeter, with event: ProgressEvent) {
        state.withLock { state in
            guard state.meters[meter.id] != nil else { return }
            collect(&state)
            state.meters[meter.id] = nil
            if case .blobFinished = event { state.progress.noteOverhead(meter.overhead(at: nanoseconds)) }
            apply(event, to: &state)
        }
    }
}

extension ProgressReporter {
    private func apply(_ event: ProgressEvent, to state: inout State) {
        let time = now()
        var transfer: TransferRecord?
        var before: ProgressSnapshot?
        switch event {
        case .phaseStarted:
            state.isPhaseOpen = true
            state.meters = [:]
        case .phaseEnded:
            guard state.isPhaseOpen else { return }
            state.isPhaseOpen = false
            before = snapshot(&state)
        case .blobFinished(let id), .blobAbandoned(let id): transfer = state.progress.transfer(id, at: time)
        case .blobStarted(_, let description):
            transfer = TransferRecord(description: description, done: 0, elapsed: .zero)
        default: break
        }
        state.progress.apply(event, at: time)
        if Self.isSilent(event) { return }
        let snapshot = before ?? snapshot(&state)
        for index in state.channels.indices {
            let output = state.channels[index].output
            let text = state.channels[index].renderer.render(event, transfer: transfer, snapshot, output.terminalSize)
            output.write(text)
        }
        clearIfIdle(&state)
    }

    /// Whether an event is only counted, not shown: there are many of its kind.
    private static func isSilent(_ event: ProgressEvent) -> Bool {
        switch event {
        case .blobAdvanced, .blobSkipped, .requestSent, .requestEnded, .waitStarted, .waitEnded: true
        default: false
        }
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
            if !metered.isOpen, let opening = metered.meter.opening {
                state.meters[id]?.isOpen = true
                state.progress.noteOpening(opening)
            }
            let jumped = position.jumped &- metered.seen.jumped
            let moved = position.done &- metered.seen.done &- jumped
            if jumped != 0 { state.progress.apply(.blobSkipped(id, bytes: jumped), at: time) }
            if moved != 0 { state.progress.apply(.blobAdvanced(id, bytes: moved), at: time) }
        }
    }

    private func clear(_ state: inout State) {
        for index in state.channels.indices {
            let output = state.channels[index].output
            output.write(state.channels[index].renderer.clear(output.terminalSize))
        }
    }
}
