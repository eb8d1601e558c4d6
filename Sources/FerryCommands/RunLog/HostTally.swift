import HTTPTransport
import Synchronization
import TerminalProgress

/// Sums up what each host did in a run, and how it held the run up.
final class HostTally: Sendable {
    private struct Host {
        var first: Duration
        var last: Duration
        var causes: [String: Int] = [:]
        var images: [String: Int] = [:]
        /// How long nothing was sent, pauses that overlap counted once.
        var waited = Duration.zero
        var pauseEnd = Duration.zero
    }

    private struct State {
        var hosts: [String: Host] = [:]
        var counters: [String: TransportCounters] = [:]
    }

    private let now: @Sendable () -> Duration
    private let state = Mutex(State())

    /// Begins to count.
    ///
    /// - Parameter now: the time since some fixed moment.
    init(now: @escaping @Sendable () -> Duration) {
        self.now = now
    }

    /// A host was asked, or has answered.
    func touch(_ host: String) {
        let time = now()
        state.withLock { $0.hosts[host, default: Host(first: time, last: time)].last = time }
    }

    /// A request is tried again.
    func note(_ notice: RetryNotice) {
        let time = now()
        state.withLock { state in
            var host = state.hosts[notice.host] ?? Host(first: time, last: time)
            let end = time + notice.delay
            host.waited += max(.zero, end - max(time, host.pauseEnd))
            host.pauseEnd = max(host.pauseEnd, end)
            host.last = time
            host.causes[notice.cause, default: 0] += 1
            if let image = notice.image { host.images[image, default: 0] += 1 }
            state.hosts[notice.host] = host
        }
    }

    /// Adds what a transport has counted, at its end.
    func add(_ counters: [String: TransportCounters]) {
        state.withLock { $0.counters.merge(counters) { $0 + $1 } }
    }

    /// How many requests were tried again in all.
    var retries: Int { state.withLock { $0.hosts.values.reduce(0) { $0 + $1.causes.values.reduce(0, +) } } }

    /// One summary for each host that was asked, those with most bytes first.
    func summaries() -> [HostSummary] {
        let time = now()
        return state.withLock { state in
            state.hosts.map { name, host in
                let counters = state.counters[name] ?? TransportCounters()
                let worst = host.images.max { ($0.value, $1.key) < ($1.value, $0.key) }
                return HostSummary(
                    host: name,
                    requests: counters.requests,
                    bytesReceived: counters.bytesReceived,
                    bytesSent: counters.bytesSent,
                    duration: host.last - host.first,
                    retries: host.causes,
                    // A pause that is cut short by the end of the run has not been waited for.
                    waited: max(.zero, host.waited - max(.zero, host.pauseEnd - time)),
                    worstImage: worst?.key
                )
            }
            .sorted { ($1.bytesReceived + $1.bytesSent, $0.host) < ($0.bytesReceived + $0.bytesSent, $1.host) }
        }
    }
}

extension RetryNotice {
    /// A wait that no failure has caused.
    ///
    /// - Parameters:
    ///   - hold: why requests wait.
    ///   - host: to which host, with its port.
    ///   - delay: how long.
    init(_ hold: RequestHold, at host: String, for delay: Duration) {
        let cause =
            switch hold {
            case .usedUp: "no requests remaining"
            case .pace(let rate): "\((rate * 100).rounded() / 100) requests per second"
            }
        let pause: Pause = if case .usedUp = hold { .asked } else { .pace }
        self.init(host: host, reason: cause, cause: cause, attempt: 0, delay: delay, pause: pause)
    }

    /// What an event of a transport says, with the image that the current task works for.
    ///
    /// - Parameters:
    ///   - error: the failure.
    ///   - failures: how many tries have failed in a row.
    ///   - delay: the pause.
    ///   - image: the image, if it is known.
    ///   - blob: the blob, if it is known.
    init(_ error: HTTPTransportError, failures: Int, after delay: Duration, image: String?, blob: String?) {
        self.init(
            host: error.host,
            reason: "\(error)",
            cause: error.status.map { "status \($0)" } ?? "\(error.code)",
            attempt: failures,
            delay: delay,
            pause: error.retryAfter != nil ? .asked : error.status == 429 ? .rateLimit : .backOff,
            image: image,
            blob: blob
        )
    }
}
