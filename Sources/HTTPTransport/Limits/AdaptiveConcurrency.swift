/// Decides how many requests of one kind a host gets at a time: additive increase, multiplicative decrease.
///
/// Time is divided into rounds of about as many requests as may run. For each round it is reckoned how long its requests
/// would have taken alone, by the shortest times and the best speed of a stream that were seen; what they took longer,
/// they waited for each other. The limit grows by one (for small requests it doubles, until it first had to shrink) after
/// a round in which it was used up and hardly anybody waited: then one more moves more. It shrinks when the host says that
/// it is too much, when failures come thick, and when answers come much later than they used to.
///
/// There is no clock inside: each step is told the moment, which never goes back.
struct AdaptiveConcurrency {
    /// What is measured, and how far the limit goes.
    struct Options: Hashable {
        /// The limit at first, at least 1.
        var start: Int
        /// The highest limit, at least `start`.
        var ceiling: Int
        /// Whether bytes are the work, or requests.
        var countsBytes: Bool
        /// Whether the time to the answer says how busy the host is; it does not when it contains sending a body.
        var watchesLatency: Bool
        /// How many may be found waiting for each other before the limit stops growing: a number, or half of the limit.
        var slack: Double?
    }

    /// How a request ended, as far as it tells about the host.
    enum Outcome: Hashable {
        case good
        /// A failure that may be chance.
        case fault
        /// The host asks for less.
        case overload
    }

    /// What became of the work of a kind of request so far in the round.
    private struct Round {
        var start = 0.0
        /// The sum of the times of all that ran.
        var busy = 0.0
        var bytes = 0.0
        var answers = 0
        /// What the answers took, and what they take at best.
        var latency = 0.0
        var shortest = 0.0
    }

    private let options: Options
    /// How many may run.
    private(set) var limit: Int
    private var running = 0
    private var now = 0.0
    private var round = Round()
    /// The shortest time to an answer, by method.
    private var baselines: [HTTPRequest.Method: Double] = [:]
    /// Bytes per second of one stream: lately, and at best.
    private var speed: Double?
    private var bestSpeed = 0.0
    private var trouble = 0.0
    private var lastDecrease: Double?

    /// Faults less a share of the good answers: so many mean that failing is no chance.
    private static let troubleLimit = 3.0
    private static let relief = 0.25
    private static let decrease = 0.7

    init(_ options: Options) {
        self.options = options
        limit = max(1, options.start)
    }

    /// A request got leave to run.
    mutating func began(at moment: Duration) {
        // What nobody used says nothing; a moment without requests is only the change from one to the next.
        let isIdle = running == 0 && seconds(moment) - now > 0.05
        advance(to: moment)
        if isIdle { startRound() }
        running += 1
    }

    /// A request has ended, however.
    mutating func ended(at moment: Duration) {
        advance(to: moment)
        running = max(0, running - 1)
        endRoundIfDue()
    }

    /// Bytes of bodies have moved.
    mutating func moved(_ bytes: Int, at moment: Duration) {
        advance(to: moment)
        round.bytes += Double(bytes)
        endRoundIfDue()
    }

    /// An answer came, or failed to come.
    ///
    /// - Parameters:
    ///   - method: the method, since reading takes other times than writing.
    ///   - time: from sending to the head of the answer; nil when there was none.
    ///   - outcome: what it means.
    ///   - start: when the request was sent.
    ///   - moment: now.
    mutating func answered(
        _ method: HTTPRequest.Method,
        after time: Duration?,
        _ outcome: Outcome,
        sentAt start: Duration,
        at moment: Duration
    ) {
        advance(to: moment)
        switch outcome {
        case .good:
            trouble = max(0, trouble - Self.relief)
            if let time { note(seconds(time), method) }
        case .overload: shrink(for: seconds(start))
        case .fault:
            trouble += 1
            if trouble >= Self.troubleLimit { shrink(for: seconds(start)) }
        }
        endRoundIfDue()
    }

    private mutating func note(_ time: Double, _ method: HTTPRequest.Method) {
        let shortest = min(time, baselines[method] ?? time)
        baselines[method] = shortest
        round.answers += 1
        round.latency += time
        round.shortest += shortest
    }

    /// Those that were sent before the last decrease tell what it was made for: there is one for each round of requests.
    private mutating func shrink(for start: Double) {
        guard start >= lastDecrease ?? -.infinity else { return }
        shrink()
    }

    private mutating func shrink() {
        limit = max(1, Int(Double(limit) * Self.decrease))
        lastDecrease = now
        trouble = 0
        startRound()
    }

    // MARK: - Rounds

    private mutating func advance(to moment: Duration) {
        let next = max(now, seconds(moment))
        round.busy += Double(running) * (next - now)
        now = next
    }

    private mutating func startRound() {
        round = Round()
        round.start = now
    }

    private mutating func endRoundIfDue() {
        let elapsed = now - round.start
        let latency = baselines.values.max() ?? 0
        // Long enough for what is under way to be seen, short enough to grow within seconds.
        guard elapsed >= max(0.05, 2 * latency) else { return }
        guard round.answers >= limit || elapsed >= max(0.25, 4 * latency) else { return }
        judge(elapsed)
        startRound()
    }

    private mutating func judge(_ elapsed: Double) {
        if options.countsBytes { measureSpeed() }
        // What was best may be so no more: it is forgotten within minutes.
        for method in baselines.keys { baselines[method]? *= 1.01 }
        if isSlowingDown { return shrink() }
        guard limit < options.ceiling, round.busy >= 0.75 * Double(limit) * elapsed, round.busy > 0 else { return }
        let alone = round.shortest + (bestSpeed > 0 ? round.bytes / bestSpeed : 0)
        let waiting = Double(limit) * (1 - min(1, alone / round.busy))
        guard waiting < options.slack ?? Double(limit) / 2 else { return }
        // As long as nothing has ever been too much, the way from the cautious start is a short one for small requests;
        // streams that are too many would share the line without gain.
        let isFresh = lastDecrease == nil && !options.countsBytes && waiting < Double(limit) / 4
        limit = min(options.ceiling, isFresh ? 2 * limit : limit + 1)
    }

    private mutating func measureSpeed() {
        bestSpeed *= 0.995
        // With hardly any bytes the division would tell nothing.
        let streaming = round.busy - round.shortest
        guard round.bytes > 0, streaming > 0.25 * round.busy else { return }
        let measured = round.bytes / streaming
        let smooth = speed.map { 0.7 * $0 + 0.3 * measured } ?? measured
        speed = smooth
        bestSpeed = max(bestSpeed, smooth)
    }

    private var isSlowingDown: Bool {
        guard options.watchesLatency, round.answers >= limit, limit > 1 else { return false }
        return round.latency >= 4 * round.shortest
            && round.latency - round.shortest >= 0.5 * Double(round.answers)
    }

    private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
