/// Decides whom a failure concerns: the request alone, or all requests to its host.
struct HostHealth {
    /// Whom.
    enum Verdict: Hashable {
        /// One failure among many good answers: its request waits for a short time.
        case lone
        /// Its request waits.
        case request
        /// All requests to the host wait.
        case host
    }

    /// So many failures without a good answer between them are no chance.
    static let run = 3
    /// So many good answers before a failure make it a lone one.
    static let crowd = 8

    private var failures = 0
    private var answers = 0

    /// A good answer came.
    mutating func answered() {
        failures = 0
        answers += 1
    }

    /// A request failed.
    ///
    /// - Parameter isAsked: whether the host itself asked for a pause, or for fewer requests.
    /// - Returns: whom that concerns.
    mutating func failed(isAsked: Bool) -> Verdict {
        defer { answers = 0 }
        failures += 1
        if isAsked || failures >= Self.run { return .host }
        return answers >= Self.crowd ? .lone : .request
    }
}
