/// Decides while a blob is read over how many connections that is done.
///
/// One connection is often limited by its window or by the server, a few together by the link. That cannot be known, so
/// it is tried: one more at a time, which stays when all transfers together became faster by it.
struct RangeDecision: Sendable {
    /// What is to be done.
    enum Verdict: Hashable, Sendable {
        case stay
        /// Read over so many connections from now on.
        case use(Int)
    }

    /// What was counted up to a moment.
    struct Reading: Hashable, Sendable {
        /// The time since some fixed moment.
        var time: Duration
        /// How long the reader waited for the network since the blob began.
        var waited: Duration
        /// How many bytes of this blob came.
        var received: Int64
        /// How many bytes came in all transfers together.
        var total: Int64
    }

    private let settings: RangeSettings
    private let size: Int64
    private(set) var connections = 1
    private var isSettled = false
    private var start: Reading?
    /// The throughput of all transfers before the last connection was added, in bytes per second.
    private var before: Double?

    /// Begins with one connection.
    init(_ size: Int64, _ settings: RangeSettings) {
        self.size = size
        self.settings = settings
        isSettled = size <= settings.smallestBlob || settings.maximumConnections < 2
    }

    /// Whether something is to be decided at a moment, so that counting is worth it: it is asked for each chunk.
    func isDue(at time: Duration) -> Bool {
        guard !isSettled else { return false }
        return start.map { time - $0.time >= settings.trial } ?? true
    }

    /// Takes in how far things are, and decides.
    mutating func note(_ reading: Reading) -> Verdict {
        guard !isSettled else { return .stay }
        guard let start else {
            self.start = reading
            return .stay
        }
        let time = reading.time - start.time
        guard time >= settings.trial else { return .stay }
        let seconds = time / .seconds(1)
        let rate = Double(reading.total - start.total) / seconds
        self.start = reading
        if let before {
            self.before = nil
            guard rate >= before * settings.gain else {
                isSettled = true
                connections -= 1
                return .use(connections)
            }
        }
        let own = Double(reading.received - start.received) / seconds
        let isNetworkSlow = (reading.waited - start.waited) / time >= settings.waitingShare
        // What is left must be worth another trial and more.
        let rest = own > 0 ? Double(size - reading.received) / own : 0
        guard connections < settings.maximumConnections, isNetworkSlow,
            own < Double(settings.fastEnough) * Double(connections), rest >= 2 * (settings.trial / .seconds(1))
        else { return .stay }
        before = rate
        connections += 1
        return .use(connections)
    }

    /// There is no connection or memory to be had for as many as were asked for: so many are used now.
    mutating func declined(using count: Int) {
        guard count < connections else { return }
        connections = max(1, count)
        before = nil
        isSettled = true
    }
}
