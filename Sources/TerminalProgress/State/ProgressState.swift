import Foundation

/// Counts what events tell; no clock, no output.
///
/// Times are durations since the reporter was made and never run backwards.
struct ProgressState: Sendable {
    private struct Active {
        var description: TransferDescription
        var done: Int64
        /// The part of `done` that moved in this run.
        var moved: Int64 = 0
        let start: Duration
        var lastMove: Duration
    }

    private struct Phase {
        var title: String
        var start: Duration
    }

    private struct OpenWait {
        var subject: String
        var start: Duration
    }

    /// After how much silence it is said what is waited for.
    let patience: Duration
    private let startDate: Date
    private var phase: Phase?
    private var totals = ProgressTotals()
    private var done = ProgressTotals()
    /// What was shown of the phase; `done` may go back, this does not.
    private var shown = HighWater()
    /// The bytes among `done` that moved in this run, and the blobs: the pace is measured by these alone.
    private var movedBytes: Int64 = 0
    private var movedBlobs = 0
    private var failedImages = 0
    private var retries = 0
    private var active: [TransferID: Active] = [:]
    private var order: [TransferID] = []
    private var rate = RateMeter(start: .zero)
    private var pace = PaceMeter(start: .zero)
    private var hosts = HostActivity()
    private var waits: [WaitID: OpenWait] = [:]
    /// When something last moved, or a blob began or ended.
    private var lastMove = Duration.zero

    /// Starts with nothing.
    ///
    /// - Parameters:
    ///   - patience: after how much silence it is said what is waited for.
    ///   - startDate: the time of day at time zero.
    init(patience: Duration = .seconds(5), startDate: Date = Date(timeIntervalSince1970: 0)) {
        self.patience = patience
        self.startDate = startDate
    }

    /// Takes an event into account.
    mutating func apply(_ event: ProgressEvent, at time: Duration) {
        switch event {
        case .phaseStarted(let title): startPhase(title, at: time)
        case .phaseEnded: phase = nil
        case .totals(let totals): self.totals = totals
        case .blobStarted(let id, let description): start(id, description, at: time)
        case .blobAdvanced(let id, let bytes): advance(id, bytes, at: time)
        case .blobSkipped(let id, let bytes): skip(id, bytes)
        case .blobFinished(let id): finish(id, at: time)
        case .blobAbandoned(let id): abandon(id, at: time)
        case .blobPresent(let size):
            done.blobs += 1
            done.bytes = Self.sum(done.bytes, size)
        case .imageFinished: done.images += 1
        case .imageFailed: failedImages += 1
        case .requestSent(let host): hosts.sent(to: host, at: time)
        case .requestEnded(let host): hosts.ended(at: host, at: time)
        case .retry(let notice):
            retries += 1
            hosts.pause(notice, at: time)
        case .held(let notice): hosts.pause(notice, at: time)
        case .waitStarted(let id, let subject): waits[id] = OpenWait(subject: subject, start: time)
        case .waitEnded(let id): waits[id] = nil
        case .message, .runStarted, .runEnded, .hostSummary: break
        }
    }

    /// Takes into account how long a transfer took besides the moving of its bytes; to be called when it is complete.
    mutating func noteOverhead(_ overhead: Duration) { pace.ended(overhead: overhead) }

    /// Takes into account how long it took to the first byte of a transfer.
    mutating func noteOpening(_ delay: Duration) { pace.opened(after: delay) }

    /// What there is to draw.
    ///
    /// The pace is measured from call to call, so it wants to be called at least every few seconds.
    mutating func snapshot(at time: Duration) -> ProgressSnapshot {
        rate.note(movedBytes, at: time)
        pace.note(bytes: movedBytes, blobs: movedBlobs, active: active.count, at: time)
        shown.rise(to: done, of: totals, moved: movedBytes, isMoving: !active.isEmpty)
        return ProgressSnapshot(
            elapsed: time,
            phase: phase?.title,
            phaseElapsed: phase.map { time - $0.start } ?? .zero,
            totals: totals,
            done: shown.done,
            failedImages: failedImages,
            retries: retries,
            bytesPerSecond: totals.bytes > 0 || movedBytes > 0 ? rate.rate(over: RateMeter.shortWindow) : nil,
            timeLeft: timeLeft(),
            active: order.compactMap { id in
                active[id].map {
                    ProgressSnapshot.Transfer(
                        name: $0.description.name,
                        size: $0.description.size,
                        done: $0.done,
                        idle: time - $0.lastMove
                    )
                }
            },
            waits: currentWaits(at: time),
            start: startDate,
            movedBytes: shown.movedBytes,
            fraction: shown.fraction
        )
    }

    /// A transfer that is under way.
    func transfer(_ id: TransferID, at time: Duration) -> TransferRecord? {
        active[id].map { TransferRecord(description: $0.description, done: $0.done, elapsed: time - $0.start) }
    }

    private func timeLeft() -> Duration? {
        let (left, overflow) = totals.bytes.subtractingReportingOverflow(done.bytes)
        guard !overflow, left > 0 else { return nil }
        return pace.timeLeft(bytes: left, blobs: totals.blobs - done.blobs)
    }

    /// Pauses are always told, the rest only when nothing moves.
    private func currentWaits(at time: Duration) -> [ProgressSnapshot.Wait] {
        var found = hosts.pauses(at: time)
        let isQuiet = time - lastMove >= patience
        for wait in waits.sorted(by: { $0.key.value < $1.key.value }).map(\.value) where time - wait.start >= patience {
            found.append(.init(subject: wait.subject, kind: .other, duration: time - wait.start))
        }
        guard isQuiet else { return found }
        found += hosts.silences(at: time, over: patience)
            .filter { silence in !found.contains { $0.subject == silence.subject } }
        let stalled = order.compactMap { active[$0] }.max { $1.lastMove < $0.lastMove }
        if let stalled, time - stalled.lastMove >= patience {
            let place = (stalled.description.source ?? stalled.description.destination).map { " (\($0))" } ?? ""
            found.append(
                .init(subject: stalled.description.name + place, kind: .bytes, duration: time - stalled.lastMove)
            )
        }
        return found
    }

    private mutating func startPhase(_ title: String, at time: Duration) {
        phase = Phase(title: title, start: time)
        totals = ProgressTotals()
        done = ProgressTotals()
        shown = HighWater()
        movedBytes = 0
        movedBlobs = 0
        failedImages = 0
        retries = 0
        active = [:]
        order = []
        rate = RateMeter(start: time)
        pace = PaceMeter(start: time)
        lastMove = time
    }

    private mutating func start(_ id: TransferID, _ description: TransferDescription, at time: Duration) {
        var description = description
        description.size = max(0, description.size)
        let transfer = Active(description: description, done: 0, start: time, lastMove: time)
        if active.updateValue(transfer, forKey: id) == nil { order.append(id) }
        lastMove = time
    }

    private mutating func advance(_ id: TransferID, _ bytes: Int64, at time: Duration) {
        guard let transfer = active[id] else { return }
        active[id]?.done = Self.sum(transfer.done, bytes)
        active[id]?.moved = Self.sum(transfer.moved, bytes)
        active[id]?.lastMove = time
        lastMove = time
        movedBytes = Self.sum(movedBytes, bytes)
        done.bytes = Self.sum(done.bytes, bytes)
    }

    private mutating func skip(_ id: TransferID, _ bytes: Int64) {
        guard let transfer = active[id] else { return }
        active[id]?.done = Self.sum(transfer.done, bytes)
        done.bytes = Self.sum(done.bytes, bytes)
    }

    private mutating func finish(_ id: TransferID, at time: Duration) {
        guard let transfer = remove(id) else { return }
        // Bytes that nobody told of were there before; they are no sign of the pace.
        done.bytes = Self.sum(done.bytes, Self.difference(transfer.description.size, transfer.done))
        done.blobs += 1
        movedBlobs += 1
        lastMove = time
    }

    private mutating func abandon(_ id: TransferID, at time: Duration) {
        guard let transfer = remove(id) else { return }
        movedBytes = Self.sum(movedBytes, -transfer.moved)
        done.bytes = Self.sum(done.bytes, -transfer.done)
        lastMove = time
    }

    private mutating func remove(_ id: TransferID) -> Active? {
        guard let transfer = active.removeValue(forKey: id) else { return nil }
        order.removeAll { $0 == id }
        return transfer
    }

    /// Sizes come from manifests: a nonsensical one must not end the program.
    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (right > 0 ? .max : 0) : max(0, sum)
    }

    /// Both are at least zero.
    private static func difference(_ left: Int64, _ right: Int64) -> Int64 { left - right }
}
