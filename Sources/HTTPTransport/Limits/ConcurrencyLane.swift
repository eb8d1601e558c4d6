import DispatchLanes
import Synchronization

/// The requests of one kind to one host: lets as many run as ``AdaptiveConcurrency`` says, in the order in which they
/// came.
final class ConcurrencyLane: Sendable {
    private let state: Mutex<AdaptiveConcurrency>
    private let semaphore: AsyncSemaphore

    init(_ options: AdaptiveConcurrency.Options) {
        let concurrency = AdaptiveConcurrency(options)
        semaphore = AsyncSemaphore(permits: concurrency.limit)
        state = Mutex(concurrency)
    }

    /// How many may run now.
    var limit: Int { state.withLock { $0.limit } }

    /// Runs `body` when its turn has come.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits; what `body` throws.
    func withPermit<Result>(_ time: TransportTime, _ body: () async throws -> Result) async throws -> Result {
        try await semaphore.withPermit {
            change { $0.began(at: time.now()) }
            defer { change { $0.ended(at: time.now()) } }
            return try await body()
        }
    }

    /// Runs `body` if it need not wait for its turn.
    ///
    /// - Returns: what `body` returns; nil when it would have had to wait.
    /// - Throws: what `body` throws.
    func withPermitIfFree<Result>(_ time: TransportTime, _ body: () async throws -> Result) async rethrows -> Result? {
        try await semaphore.withPermitIfFree {
            change { $0.began(at: time.now()) }
            defer { change { $0.ended(at: time.now()) } }
            return try await body()
        }
    }

    /// Bytes of bodies have moved.
    func moved(_ bytes: Int, _ time: TransportTime) { change { $0.moved(bytes, at: time.now()) } }

    /// The head of an answer has come.
    func answered(_ exchange: HTTPExchange, sentAt start: Duration, after latency: Duration?, _ time: TransportTime) {
        let outcome = Self.outcome(exchange.status, retryAfter: exchange.fields["retry-after"])
        change { $0.answered(exchange.method, after: latency, outcome, sentAt: start, at: time.now()) }
    }

    /// A request, or the body of an answer, broke off.
    func failed(_ error: any Error, _ method: HTTPRequest.Method, sentAt start: Duration, _ time: TransportTime) {
        guard let fault = error as? HTTPTransportError, fault.isRetryable else { return }
        change { $0.answered(method, after: nil, .fault, sentAt: start, at: time.now()) }
    }

    private static func outcome(_ status: Int, retryAfter: String?) -> AdaptiveConcurrency.Outcome {
        switch status {
        case 429: .overload
        // Who says when to come again is too busy; "0" is what those say who have no idea.
        case 503 where retryAfter.map { $0 != "0" } ?? false: .overload
        case let status where HTTPTransport.retryableStatuses.contains(status): .fault
        default: .good
        }
    }

    private func change(_ step: (inout AdaptiveConcurrency) -> Void) {
        let isChanged = state.withLock { state in
            let before = state.limit
            step(&state)
            return state.limit != before
        }
        // Asked for inside, so that of two changes the later one counts.
        if isChanged { semaphore.resize { state.withLock { $0.limit } } }
    }
}
