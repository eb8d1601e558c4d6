/// Which hosts keep the run waiting; no clock.
///
/// Times are durations since the reporter was made and never run backwards.
struct HostActivity: Sendable {
    private struct Host {
        /// Requests that were sent and not answered.
        var open = 0
        /// Since when nothing was heard while a request was open.
        var quietSince = Duration.zero
        var pause: Pause?
    }

    private struct Pause {
        var start: Duration
        var end: Duration
        var kind: RetryNotice.Pause
        var cause: String
    }

    /// The least pause that is worth a word.
    static let shortestPause = Duration.seconds(1)

    private var hosts: [String: Host] = [:]

    /// A request was sent.
    mutating func sent(to host: String, at time: Duration) {
        if hosts[host, default: Host()].open == 0 { hosts[host, default: Host()].quietSince = time }
        hosts[host, default: Host()].open += 1
    }

    /// A request was answered, or will not be.
    mutating func ended(at host: String, at time: Duration) {
        guard let open = hosts[host]?.open, open > 0 else { return }
        hosts[host]?.open = open - 1
        hosts[host]?.quietSince = time
    }

    /// Nothing is sent to a host for some time.
    mutating func pause(_ notice: RetryNotice, at time: Duration) {
        let end = time + max(.zero, notice.delay)
        let known = hosts[notice.host]?.pause
        if let known, known.end > time, known.end >= end { return }
        let start = known.map { $0.end > time ? $0.start : time } ?? time
        hosts[notice.host, default: Host()].pause = Pause(
            start: start,
            end: end,
            kind: notice.pause,
            cause: notice.cause
        )
    }

    /// The hosts that nothing is sent to, the longest pause first.
    func pauses(at time: Duration) -> [ProgressSnapshot.Wait] {
        hosts.compactMap { name, host -> ProgressSnapshot.Wait? in
            guard let pause = host.pause, pause.end > time, pause.end - pause.start >= Self.shortestPause else {
                return nil
            }
            return ProgressSnapshot.Wait(
                subject: name,
                kind: .pause(pause.kind, cause: pause.cause),
                duration: time - pause.start,
                until: pause.end
            )
        }
        .sorted { ($1.until ?? .zero, $0.subject) < ($0.until ?? .zero, $1.subject) }
    }

    /// The hosts that owe an answer for some time, the longest silence first.
    func silences(at time: Duration, over limit: Duration) -> [ProgressSnapshot.Wait] {
        hosts.compactMap { name, host -> ProgressSnapshot.Wait? in
            guard host.open > 0, time - host.quietSince >= limit else { return nil }
            return ProgressSnapshot.Wait(
                subject: name,
                kind: .answer(requests: host.open),
                duration: time - host.quietSince
            )
        }
        .sorted { ($1.duration, $0.subject) < ($0.duration, $1.subject) }
    }
}
