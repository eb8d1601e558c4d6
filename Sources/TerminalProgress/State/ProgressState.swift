/// Counts what events tell; no clock, no output.
///
/// Times are durations since the reporter was made and never run backwards.
struct ProgressState: Sendable {
    private struct Active {
        var name: String
        var size: Int64
        var done: Int64
    }

    private struct Phase {
        var title: String
        var start: Duration
    }

    private var phase: Phase?
    private var totals = ProgressTotals()
    private var done = ProgressTotals()
    /// The bytes among `done` that moved in this run: the pace is measured by these alone.
    private var movedBytes: Int64 = 0
    private var failedImages = 0
    private var retries = 0
    private var active: [TransferID: Active] = [:]
    private var order: [TransferID] = []
    private var rate = RateMeter(start: .zero)

    /// Takes an event into account.
    mutating func apply(_ event: ProgressEvent, at time: Duration) {
        switch event {
        case .phaseStarted(let title): startPhase(title, at: time)
        case .phaseEnded: phase = nil
        case .totals(let totals): self.totals = totals
        case .blobStarted(let id, let name, let size): start(id, Active(name: name, size: max(0, size), done: 0))
        case .blobAdvanced(let id, let bytes): advance(id, bytes)
        case .blobFinished(let id): finish(id)
        case .blobAbandoned(let id): abandon(id)
        case .blobPresent(let size):
            done.blobs += 1
            done.bytes = Self.sum(done.bytes, size)
        case .imageFinished: done.images += 1
        case .imageFailed: failedImages += 1
        case .retry: retries += 1
        case .message: break
        }
    }

    /// What there is to draw.
    ///
    /// The pace is measured from call to call, so it wants to be called at least every few seconds.
    mutating func snapshot(at time: Duration) -> ProgressSnapshot {
        rate.note(movedBytes, at: time)
        return ProgressSnapshot(
            elapsed: time,
            phase: phase?.title,
            phaseElapsed: phase.map { time - $0.start } ?? .zero,
            totals: totals,
            done: done,
            failedImages: failedImages,
            retries: retries,
            bytesPerSecond: totals.bytes > 0 || movedBytes > 0 ? rate.rate(over: RateMeter.shortWindow) : nil,
            timeLeft: timeLeft(),
            active: order.compactMap { id in
                active[id].map { ProgressSnapshot.Transfer(name: $0.name, size: $0.size, done: $0.done) }
            }
        )
    }

    /// The name and size of an active transfer.
    func transfer(_ id: TransferID) -> (name: String, size: Int64)? {
        active[id].map { ($0.name, $0.size) }
    }

    private func timeLeft() -> Duration? {
        let left = totals.bytes - done.bytes
        // A rate of nothing in the short window is a stall: the honest answer is none.
        guard left > 0, let recent = rate.rate(over: RateMeter.shortWindow), recent > 0,
            let pace = rate.rate(over: RateMeter.longWindow), pace > 0
        else { return nil }
        let seconds = Double(left) / pace
        return seconds < 1e8 ? .seconds(seconds) : nil
    }

    private mutating func startPhase(_ title: String, at time: Duration) {
        phase = Phase(title: title, start: time)
        totals = ProgressTotals()
        done = ProgressTotals()
        movedBytes = 0
        failedImages = 0
        retries = 0
        active = [:]
        order = []
        rate = RateMeter(start: time)
    }

    private mutating func start(_ id: TransferID, _ transfer: Active) {
        if active.updateValue(transfer, forKey: id) == nil { order.append(id) }
    }

    private mutating func advance(_ id: TransferID, _ bytes: Int64) {
        guard let transfer = active[id] else { return }
        active[id]?.done = Self.sum(transfer.done, bytes)
        count(bytes)
    }

    private mutating func finish(_ id: TransferID) {
        guard let transfer = remove(id) else { return }
        count(transfer.size - transfer.done)
        done.blobs += 1
    }

    private mutating func abandon(_ id: TransferID) {
        guard let transfer = remove(id) else { return }
        count(-transfer.done)
    }

    private mutating func remove(_ id: TransferID) -> Active? {
        guard let transfer = active.removeValue(forKey: id) else { return nil }
        order.removeAll { $0 == id }
        return transfer
    }

    private mutating func count(_ bytes: Int64) {
        movedBytes = Self.sum(movedBytes, bytes)
        done.bytes = Self.sum(done.bytes, bytes)
    }

    /// Sizes come from manifests: a nonsensical one must not end the program.
    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (right > 0 ? .max : 0) : max(0, sum)
    }
}
