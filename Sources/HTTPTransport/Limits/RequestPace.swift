/// Decides when the next request to a host may go: at the rate that the user allows, that the host announces, and that
/// was learned from its refusals (429).
///
/// A number of requests at a time cannot keep a rate: the faster the answers, the more requests. After the first refusal
/// requests go one by one, at about the rate that was accepted before. The rate falls with each round of refusals and is
/// tried to be raised only after hundreds of requests without one, and each trial that fails makes the next one rarer: so
/// refusals stay under one in a hundred. Only when hardly anything had been accepted before, trials come sooner at first.
///
/// There is no clock inside: each step is told the moment.
struct RequestPace {
    /// The most requests per second, nil for any number.
    private let cap: Double?
    /// The rate that refusals taught, nil as long as there was none.
    private(set) var learned: Double?
    private var announced: (rate: Double, until: Duration)?
    /// When the next request may go.
    private var next = Duration.zero
    /// When a request had to wait last; only then a rate is tried out.
    private var lastWait: Duration?
    private var lastCut: Duration?
    private var accepted = RecentCount()
    /// How many requests were accepted at the rate of now, and how many since the last refusal.
    private var quiet = 0
    private var sinceCut = 0
    private var needed = Self.firstTrial
    private var step = Self.firstStep
    /// The rate and the step before the trial under way.
    private var beforeTrial: (rate: Double, step: Double)?

    private static let firstTrial = 300
    private static let soonTrial = 20
    private static let soonStep = 0.1
    private static let rarestTrial = 20_000
    private static let firstStep = 0.04
    private static let slowest = 0.05
    /// Beyond this many requests per second a rate binds nobody.
    private static let fastest = 5_000.0
    /// How much later than its turn a request may go without the next ones going later, too: timers are never exact.
    private static let credit = Duration.milliseconds(5)

    init(cap: Double?) {
        self.cap = cap
    }

    /// Requests per second at a moment; nil when there is no limit.
    func rate(at moment: Duration) -> Double? {
        let announced = announced.flatMap { moment < $0.until ? $0.rate : nil }
        return [cap, learned, announced].compactMap { $0 }.min()
    }

    /// Takes a turn.
    ///
    /// - Returns: how long to wait before asking again; nil when the request may go.
    mutating func turn(at moment: Duration) -> Duration? {
        guard let rate = rate(at: moment) else {
            next = moment
            return nil
        }
        guard next <= moment else {
            lastWait = moment
            return next - moment
        }
        next = max(next, moment - Self.credit) + .seconds(1 / rate)
        return nil
    }

    /// A request was answered, and not with a refusal.
    mutating func accept(at moment: Duration) {
        accepted.add(at: moment)
        guard let learned, let lastWait, moment - lastWait <= .seconds(1 + 2 / learned) else { return }
        quiet += 1
        sinceCut += 1
        guard quiet >= needed else { return }
        quiet = 0
        beforeTrial = (learned, step)
        let raised = learned * (1 + step)
        self.learned = raised < Self.fastest ? raised : nil
        // Whoever has got on so far is far from the limit.
        step = min(0.5, step * 2)
    }

    /// A request was refused with 429.
    ///
    /// - Parameters:
    ///   - start: when it was sent; those sent before the last cut were on their way already, and a second after it the
    ///     host may still be counting what came before.
    ///   - moment: now.
    mutating func refuse(sentAt start: Duration, at moment: Duration) {
        if let lastCut, start < lastCut || moment - lastCut < .seconds(1) { return }
        if let learned {
            cut(learned, at: moment)
        } else {
            let count = accepted.count(at: moment)
            learned = max(Self.slowest, 0.9 * min(accepted.perSecond(at: moment), cap ?? .infinity))
            if count < Self.soonTrial { (needed, step) = (Self.soonTrial, Self.soonStep) }
        }
        lastCut = moment
        sinceCut = 0
        quiet = 0
    }

    private mutating func cut(_ rate: Double, at moment: Duration) {
        if let before = beforeTrial {
            learned = before.rate
            step = max(Self.firstStep, before.step / 2)
            needed = min(needed * 2, Self.rarestTrial)
            beforeTrial = nil
        } else {
            // Two refusals with hardly anything between them: the rate is far off.
            let passed = Double(sinceCut) / max(1, (moment - (lastCut ?? .zero)) / .seconds(1))
            // Between two refusals a host accepts what it allows; pauses make it look less.
            learned = max(Self.slowest, sinceCut < 10 ? 0.7 * rate : 0.9 * max(0.78 * rate, min(rate, passed)))
            step = Self.firstStep
        }
    }

    /// The host says how many requests it will accept.
    ///
    /// - Parameters:
    ///   - remaining: how many, at least 1; nil when they are more than enough.
    ///   - time: until when.
    ///   - moment: now.
    mutating func announce(_ remaining: Int64?, within time: Duration, at moment: Duration) {
        let seconds = max(0.001, time / .seconds(1))
        announced = remaining.map { (rate: max(Self.slowest, Double($0) / seconds), until: moment + time) }
    }
}

/// How much happened in the last one to two seconds.
private struct RecentCount {
    private var start = Duration.zero
    private var current = 0
    private var previous = 0

    mutating func add(at moment: Duration) {
        let age = moment - start
        if age >= .seconds(1) {
            previous = age < .seconds(2) ? current : 0
            current = 0
            start = age < .seconds(2) ? start + .seconds(1) : moment
        }
        current += 1
    }

    func count(at moment: Duration) -> Int { moment - start < .seconds(2) ? current + previous : 0 }

    func perSecond(at moment: Duration) -> Double {
        let time = (moment - start) / .seconds(1) + (previous > 0 ? 1 : 0)
        return Double(current + previous) / max(1, time)
    }
}
