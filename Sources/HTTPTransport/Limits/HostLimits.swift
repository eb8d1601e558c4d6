import DispatchLanes
import Synchronization

/// What all requests of a run to one host share: how many at a time, how many per second, and the pauses after failures.
final class HostLimits: Sendable {
    private struct State {
        var pace: RequestPace
        var health = HostHealth()
        var refusals = RefusalShare()
        var notBefore = Duration.zero
        /// Until when the host has said that it accepts nothing, as long as nobody was told.
        var usedUpUntil: Duration?
        var hasToldAllowance = false
    }

    let downloads: ConcurrencyLane
    let uploads: ConcurrencyLane
    let requests: ConcurrencyLane
    private let state: Mutex<State>
    /// Those who have to wait go one by one, in the order in which they came.
    private let turns = AsyncSemaphore(permits: 1)
    private let maximumPause: Duration

    /// Windows up to this length are kept to; over longer ones nobody waits.
    static let longestWindow = Duration.seconds(300)

    init(_ configuration: HTTPTransportConfiguration) {
        func lane(_ ceiling: Int, bytes: Bool, latency: Bool, slack: Double?) -> ConcurrencyLane {
            ConcurrencyLane(
                .init(
                    start: min(configuration.startPerHost, ceiling),
                    ceiling: ceiling,
                    countsBytes: bytes,
                    watchesLatency: latency,
                    slack: slack
                )
            )
        }
        downloads = lane(configuration.streamsPerHost, bytes: true, latency: true, slack: 3)
        uploads = lane(configuration.streamsPerHost, bytes: true, latency: false, slack: 3)
        // Small requests differ among themselves much more than streams do.
        requests = lane(configuration.requestsPerHost, bytes: false, latency: true, slack: nil)
        state = Mutex(State(pace: RequestPace(cap: configuration.requestsPerSecond)))
        maximumPause = configuration.retryPolicy.maximumRetryAfter
    }

    /// Lets no request go before a moment.
    func hold(until moment: Duration) {
        state.withLock { $0.notBefore = max($0.notBefore, moment) }
    }

    /// Waits until a request may go.
    ///
    /// - Parameters:
    ///   - time: clocks.
    ///   - tell: is told of waits of a second and more; not of pauses after failures, which are told where they begin.
    /// - Throws: `CancellationError`.
    func waitForTurn(
        _ time: TransportTime,
        tell: (Duration, RequestHold) -> Void = { _, _ in }
    ) async throws {
        let isFree = state.withLock { state in
            let now = time.now()
            return state.notBefore <= now && state.pace.rate(at: now) == nil
        }
        if isFree { return }
        try await turns.withPermit {
            while let (wait, hold) = state.withLock({ Self.wait(&$0, at: time.now()) }) {
                if let hold, wait >= .seconds(1) { tell(wait, hold) }
                try await time.sleep(wait)
            }
        }
    }

    private static func wait(_ state: inout State, at now: Duration) -> (Duration, RequestHold?)? {
        // A turn is taken only when the request can go.
        guard state.notBefore <= now else {
            let isUsedUp = state.usedUpUntil.take() == state.notBefore
            return (state.notBefore - now, isUsedUp ? .usedUp : nil)
        }
        let rate = state.pace.rate(at: now)
        return state.pace.turn(at: now).map { ($0, rate.map { .pace(perSecond: $0) }) }
    }

    /// The head of an answer has come.
    ///
    /// - Parameters:
    ///   - exchange: the answer.
    ///   - start: when its request was sent.
    ///   - time: clocks.
    /// - Returns: what the host says about a window so long that requests are not slowed down for it, the first time.
    func answered(_ exchange: HTTPExchange, sentAt start: Duration, _ time: TransportTime) -> RateAllowance? {
        let allowance = RateAllowance(exchange.fields, unixSeconds: time.unixSeconds())
        let now = time.now()
        return state.withLock { state in
            let isPicky = state.refusals.note(isRefusal: exchange.status == 503)
            if exchange.status == 429 || isPicky {
                state.pace.refuse(sentAt: start, at: now)
            } else if exchange.status != 503 {
                state.pace.accept(at: now)
                if !HTTPTransport.retryableStatuses.contains(exchange.status) { state.health.answered() }
            }
            guard let allowance else { return nil }
            return note(allowance, &state, at: now)
        }
    }

    private func note(_ allowance: RateAllowance, _ state: inout State, at now: Duration) -> RateAllowance? {
        if let window = allowance.window, window <= Self.longestWindow {
            if allowance.remaining == 0 {
                let end = now + min(window, maximumPause)
                if end > state.notBefore { (state.notBefore, state.usedUpUntil) = (end, end) }
            } else {
                // Far from the end nobody has to wait.
                let isLow = allowance.remaining <= max(20, (allowance.limit ?? 0) / 4)
                state.pace.announce(isLow ? allowance.remaining : nil, within: window, at: now)
            }
            return nil
        }
        guard !state.hasToldAllowance else { return nil }
        state.hasToldAllowance = true
        return allowance
    }

    /// A request failed and is to be sent again: whom that concerns.
    func failed(_ fault: HTTPTransportError) -> HostHealth.Verdict {
        let isAsked = fault.status == 429 || fault.retryAfter.map { $0 > .zero } ?? false
        return state.withLock { $0.health.failed(isAsked: isAsked) }
    }
}
