import Synchronization

/// What one transport knows of one host: whether it has ever answered, counters, and the limits that may be shared.
final class HostState: Sendable {
    /// Shared with the other transports of the run.
    let limits: HostLimits
    private let firstContact = Mutex(FirstContact.none)
    private let requestCount = Atomic<Int64>(0)
    private let retryCount = Atomic<Int64>(0)
    private let receivedCount = Atomic<Int64>(0)
    private let sentCount = Atomic<Int64>(0)

    init(_ limits: HostLimits) {
        self.limits = limits
    }

    func countRequest() { requestCount.wrappingAdd(1, ordering: .relaxed) }

    func countRetry() { retryCount.wrappingAdd(1, ordering: .relaxed) }

    func countReceived(_ bytes: Int) { receivedCount.wrappingAdd(Int64(bytes), ordering: .relaxed) }

    func countSent(_ bytes: Int) { sentCount.wrappingAdd(Int64(bytes), ordering: .relaxed) }

    var counters: TransportCounters {
        var counters = TransportCounters()
        counters.requests = requestCount.load(ordering: .relaxed)
        counters.retries = retryCount.load(ordering: .relaxed)
        counters.bytesReceived = receivedCount.load(ordering: .relaxed)
        counters.bytesSent = sentCount.load(ordering: .relaxed)
        return counters
    }

    /// A request is about to be sent.
    func willAsk(at moment: Duration) {
        firstContact.withLock { if case .none = $0 { $0 = .asked(since: moment) } }
    }

    /// The host has answered, with whatever status.
    func didAnswer() { firstContact.withLock { $0 = .answered } }

    /// Whether the host has ever answered.
    var hasAnswered: Bool {
        firstContact.withLock { if case .answered = $0 { true } else { false } }
    }

    /// Whether another try at a moment is worth it: a host that has never answered gets only so much time in all.
    func mayTry(at moment: Duration, within limit: Duration) -> Bool {
        firstContact.withLock { contact in
            guard case .asked(let since) = contact else { return true }
            return moment - since <= limit
        }
    }
}

/// Whether a host has ever answered.
private enum FirstContact {
    case none
    case asked(since: Duration)
    case answered
}
