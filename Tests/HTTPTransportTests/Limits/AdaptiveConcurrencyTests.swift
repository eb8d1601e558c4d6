import Testing

@testable import HTTPTransport

@Suite("How many requests a host gets at a time")
struct AdaptiveConcurrencyTests {
    private static let streams = AdaptiveConcurrency.Options(
        start: 6,
        ceiling: 24,
        countsBytes: true,
        watchesLatency: true,
        slack: 3
    )
    private static let requests = AdaptiveConcurrency.Options(
        start: 6,
        ceiling: 24,
        countsBytes: false,
        watchesLatency: true,
        slack: nil
    )

    private func fail(
        _ state: inout AdaptiveConcurrency,
        _ outcome: AdaptiveConcurrency.Outcome,
        sentAt start: Double,
        at moment: Double
    ) {
        state.answered(.get, after: nil, outcome, sentAt: .seconds(start), at: .seconds(moment))
    }

    @Test("a link that carries more than six streams gets more, and little more than it needs")
    func growsToTheLink() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.streams), total: 125e6, each: 20e6, roundTrip: 0.04)
        link.run(seconds: 3, size: 3e6)
        #expect((9...14).contains(link.state.limit))
        let before = link.bytes
        link.run(seconds: 5, size: 3e6)
        #expect((link.bytes - before) / 5 > 0.97 * 125e6)
        #expect((9...16).contains(link.state.limit))
    }

    @Test("small bodies need more streams for the same link and get them")
    func smallBodies() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.streams), total: 125e6, each: 20e6, roundTrip: 0.04)
        link.run(seconds: 3, size: 3e6)
        link.run(seconds: 6, size: 200e3)
        #expect(link.state.limit >= 20)
    }

    @Test("a link that six streams fill keeps about six")
    func stays() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.streams), total: 20e6, each: 20e6, roundTrip: 0.01)
        link.run(seconds: 10, size: 3e6)
        #expect((6...12).contains(link.state.limit))
    }

    @Test("without bound the ceiling holds")
    func ceiling() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.streams), total: 1e12, each: 20e6, roundTrip: 0.04)
        link.run(seconds: 20, size: 3e6)
        #expect(link.state.limit == 24)
    }

    @Test("a limit that is not used up does not grow")
    func unused() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.streams), total: 1e12, each: 20e6, roundTrip: 0.04)
        link.run(seconds: 10, size: 3e6, tasks: 3)
        #expect(link.state.limit == 6)
    }

    @Test("small requests grow with each round trip, also when they differ by half")
    func smallRequests() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.requests), total: 1e12, each: 1e12, roundTrip: 0.04)
        link.run(seconds: 1, size: 0)
        #expect(link.state.limit > 14)
    }

    @Test("being told to slow down shrinks at once, and once for all that were under way")
    func overload() {
        var state = AdaptiveConcurrency(
            .init(start: 20, ceiling: 24, countsBytes: true, watchesLatency: true, slack: 3)
        )
        for _ in 0..<20 { state.began(at: .seconds(1)) }
        for _ in 0..<20 { fail(&state, .overload, sentAt: 1, at: 2) }
        #expect(state.limit == 14)
        fail(&state, .overload, sentAt: 1.9, at: 2.5)
        #expect(state.limit == 14)
        fail(&state, .overload, sentAt: 2.1, at: 2.6)
        #expect(state.limit == 9)
    }

    @Test("it never goes below one")
    func floor() {
        var state = AdaptiveConcurrency(Self.streams)
        for round in 1...20 { fail(&state, .overload, sentAt: Double(round), at: Double(round)) }
        #expect(state.limit == 1)
    }

    @Test("one failure in thirty changes nothing, one in two does")
    func faults() {
        var state = AdaptiveConcurrency(Self.streams)
        var moment = 0.0
        func answer(_ outcome: AdaptiveConcurrency.Outcome) {
            moment += 0.001
            fail(&state, outcome, sentAt: moment, at: moment)
        }
        for number in 0..<3_000 { answer(number.isMultiple(of: 30) ? .fault : .good) }
        #expect(state.limit == 6)
        for number in 0..<40 { answer(number.isMultiple(of: 2) ? .fault : .good) }
        #expect(state.limit < 4)
    }

    @Test("answers that come much later than they used to shrink it, and it grows again afterwards")
    func latency() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.requests), total: 1e12, each: 1e12, roundTrip: 0.1)
        link.run(seconds: 4, size: 0)
        let before = link.state.limit
        link.roundTrip = 2
        link.run(seconds: 30, size: 0)
        #expect(link.state.limit < before)
        let least = link.state.limit
        link.roundTrip = 0.1
        link.run(seconds: 5, size: 0)
        #expect(link.state.limit > least)
    }

    @Test("it grows again from one")
    func growsFromOne() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.requests), total: 1e12, each: 1e12, roundTrip: 0.04)
        for round in 1...20 { fail(&link.state, .overload, sentAt: Double(round) / 1e6, at: Double(round) / 1e6) }
        #expect(link.state.limit == 1)
        link.run(seconds: 2, size: 0)
        #expect(link.state.limit > 6)
    }

    @Test("it grows again after a bad time")
    func recovers() {
        var link = SimulatedLink(AdaptiveConcurrency(Self.streams), total: 125e6, each: 20e6, roundTrip: 0.04)
        link.run(seconds: 3, size: 3e6)
        for _ in 0..<5 {
            link.state.answered(.get, after: nil, .overload, sentAt: link.moment, at: link.moment)
        }
        #expect(link.state.limit < 6)
        link.run(seconds: 5, size: 3e6)
        #expect(link.state.limit >= 9)
    }
}

/// Streams over one link, in steps of a millisecond: each waits for its answer and then shares the link.
private struct SimulatedLink {
    var state: AdaptiveConcurrency
    let total: Double
    let each: Double
    var roundTrip: Double
    private(set) var bytes = 0.0
    private var now = 0.0
    private var streams: [(start: Double, answer: Double, rest: Double, isAnswered: Bool)] = []

    init(_ state: AdaptiveConcurrency, total: Double, each: Double, roundTrip: Double) {
        self.state = state
        self.total = total
        self.each = each
        self.roundTrip = roundTrip
    }

    var moment: Duration { .seconds(now) }

    mutating func run(seconds: Double, size: Double, tasks: Int = .max) {
        let end = now + seconds
        let step = 0.001
        while now < end {
            while streams.count < min(state.limit, tasks) {
                state.began(at: moment)
                // Sizes differ, the same way each time.
                let share = 0.5 + Double((streams.count * 7 + Int(now * 1_000) * 3) % 11) / 10
                streams.append((now, now + roundTrip, size * share, false))
            }
            now += step
            let receiving = streams.count { $0.answer < now }
            let portion = min(each, total / Double(max(1, receiving))) * step
            for index in streams.indices where streams[index].answer < now {
                if !streams[index].isAnswered {
                    streams[index].isAnswered = true
                    let start = Duration.seconds(streams[index].start)
                    state.answered(.get, after: moment - start, .good, sentAt: start, at: moment)
                }
                let part = min(portion, streams[index].rest)
                streams[index].rest -= part
                bytes += part
                if part > 0 { state.moved(Int(part), at: moment) }
            }
            let ended = streams.count { $0.answer < now && $0.rest <= 0 }
            streams.removeAll { $0.answer < now && $0.rest <= 0 }
            for _ in 0..<ended { state.ended(at: moment) }
        }
    }
}
