extension ProgressFacts {
    /// How many waits are told in one line.
    private static let mostWaits = 2

    /// What holds a run up, each a phrase; at most two.
    static func waits(_ snapshot: ProgressSnapshot) -> [String] {
        let shown = snapshot.waits.prefix(mostWaits).map { text($0, snapshot) }
        let hidden = snapshot.waits.count - shown.count
        return shown + (hidden > 0 ? ["waiting for \(hidden) more"] : [])
    }

    private static func text(_ wait: ProgressSnapshot.Wait, _ snapshot: ProgressSnapshot) -> String {
        let subject = LineText.safe(wait.subject)
        let time = DurationText.duration(wait.duration)
        switch wait.kind {
        case .pause(let pause, let cause):
            let until = wait.until.map { " until \(ClockText.time(snapshot.date(at: $0)))" } ?? ""
            return "waiting for \(subject)\(until) (\(reason(pause, cause)))"
        case .answer(let requests):
            return
                "waiting for \(subject), which has not answered \(requests == 1 ? "a request" : "\(requests) requests") for \(time)"
        case .bytes: return "no bytes of \(subject) for \(time)"
        case .other: return "waiting for \(subject) for \(time)"
        }
    }

    private static func reason(_ pause: RetryNotice.Pause, _ cause: String) -> String {
        switch pause {
        case .asked: "it asked for that, with \(LineText.safe(cause))"
        case .rateLimit: "too many requests, \(LineText.safe(cause))"
        case .backOff: "after \(LineText.safe(cause))"
        case .pace: "at most \(LineText.safe(cause))"
        }
    }

    /// A line about a request that is tried again.
    static func retry(_ notice: RetryNotice, _ snapshot: ProgressSnapshot) -> String {
        let host = LineText.safe(notice.host)
        let image = notice.image.map { " for \(LineText.safe($0))" } ?? ""
        let failure = "\(host)\(image): \(LineText.safe(notice.reason))"
        guard notice.delay >= HostActivity.shortestPause else { return "Trying again: \(failure)" }
        let time = ClockText.time(snapshot.date(at: snapshot.elapsed + notice.delay))
        let delay = DurationText.duration(notice.delay)
        return notice.pause == .asked
            ? "Trying again: \(failure); \(host) asked to wait \(delay), until \(time)"
            : "Trying again in \(delay), at \(time): \(failure)"
    }
}
