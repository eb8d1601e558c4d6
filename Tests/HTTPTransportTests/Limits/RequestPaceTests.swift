import Testing

@testable import HTTPTransport

@Suite("When the next request may go")
struct RequestPaceTests {
    @Test("without limits nobody waits")
    func free() {
        var pace = RequestPace(cap: nil)
        for _ in 0..<100 {
            #expect(pace.turn(at: .zero) == nil)
            pace.accept(at: .zero)
        }
        #expect(pace.rate(at: .zero) == nil)
    }

    @Test("the user's rate is kept, fractions too", arguments: [0.5, 5, 1_000])
    func cap(rate: Double) {
        var pace = RequestPace(cap: rate)
        var now = Duration.zero
        for _ in 0..<101 {
            while let wait = pace.turn(at: now) { now += wait }
        }
        #expect(abs(now / .seconds(1) - 100 / rate) < 0.02 * 100 / rate)
    }

    @Test("timers that are late do not slow down the pace by more than a little")
    func lateTimers() {
        var pace = RequestPace(cap: 100)
        var now = Duration.zero
        for _ in 0..<1_001 {
            while let wait = pace.turn(at: now) { now += wait + .milliseconds(2) }
        }
        #expect(now / .seconds(1) < 10.1)
    }

    @Test("a pause earns no burst afterwards")
    func idle() {
        var pace = RequestPace(cap: 10)
        #expect(pace.turn(at: .zero) == nil)
        #expect(pace.turn(at: .seconds(60)) == nil)
        let wait = pace.turn(at: .seconds(60))
        #expect((wait ?? .zero) > .milliseconds(90))
    }

    @Test("refusals of requests that were under way count once")
    func oneRound() {
        var pace = RequestPace(cap: nil)
        for index in 0..<50 { pace.accept(at: .milliseconds(20 * index)) }
        for _ in 0..<20 { pace.refuse(sentAt: .milliseconds(990), at: .seconds(1)) }
        #expect(abs((pace.learned ?? 0) - 45) < 1)
    }

    @Test("refusals from the first request on end at a rate that is slow and not zero")
    func neverAccepted() {
        var pace = RequestPace(cap: nil)
        for second in 0..<100 { pace.refuse(sentAt: .seconds(second), at: .seconds(second)) }
        #expect(pace.learned == 0.05)
    }

    @Test(
        "a server that allows so many a second refuses less than one in a hundred, and its rate is used",
        arguments: [5.0, 40, 200],
        [SimulatedServer.Kind.bucket(1), .bucket(0.2), .bucket(4), .window]
    )
    func learns(rate: Double, kind: SimulatedServer.Kind) {
        var server = SimulatedServer(rate: rate, kind: kind)
        server.run(seconds: 60)
        let (accepted, refused, now) = (server.accepted, server.refused, server.now)
        server.run(seconds: max(200, 4_000 / rate))
        let share = Double(server.refused - refused) / Double(server.accepted + server.refused - accepted - refused)
        #expect(share < 0.01, "\(share)")
        let used = Double(server.accepted - accepted) / (server.now - now) / rate
        #expect(used > 0.75, "\(used)")
    }

    @Test("a server that gets faster is noticed in time")
    func getsFaster() {
        var server = SimulatedServer(rate: 5, kind: .bucket(1))
        server.run(seconds: 60)
        server.rate = 100
        server.run(seconds: 1_200)
        #expect((server.pace.rate(at: .seconds(server.now)) ?? .infinity) > 15)
    }

    @Test("what a host announces holds until its time is over")
    func announced() {
        var pace = RequestPace(cap: 100)
        pace.announce(20, within: .seconds(10), at: .zero)
        #expect(pace.rate(at: .zero) == 2)
        #expect(pace.rate(at: .seconds(10)) == 100)
        pace.announce(nil, within: .seconds(10), at: .zero)
        #expect(pace.rate(at: .zero) == 100)
    }
}

/// A server with a limit, and a client with sixteen requests at a time that keeps the pause of each refusal.
struct SimulatedServer {
    enum Kind: Sendable {
        /// So many seconds' worth of requests at once.
        case bucket(Double)
        /// So many in each second of the clock.
        case window
    }

    var rate: Double
    let kind: Kind
    private(set) var pace = RequestPace(cap: nil)
    private(set) var now = 0.0
    private(set) var accepted = 0
    private(set) var refused = 0
    private var allowance = 0.0
    private var last = 0.0
    private var hold = 0.0
    private var answers: [(at: Double, sent: Double, isRefused: Bool)] = []

    init(rate: Double, kind: Kind) {
        self.rate = rate
        self.kind = kind
        allowance = rate
    }

    private mutating func accepts() -> Bool {
        switch kind {
        case .bucket(let seconds):
            allowance = min(max(1, rate * seconds), allowance + (now - last) * rate)
        case .window:
            if now.rounded(.down) > last.rounded(.down) { allowance = rate }
        }
        last = now
        guard allowance >= 1 else { return false }
        allowance -= 1
        return true
    }

    mutating func run(seconds: Double) {
        let end = now + seconds
        while now < end {
            var next = answers.first?.at ?? .infinity
            if now < hold {
                next = min(next, hold)
            } else if answers.count < 16 {
                guard let wait = pace.turn(at: .seconds(now)) else {
                    answers.append((at: now + 0.03, sent: now, isRefused: !accepts()))
                    continue
                }
                next = min(next, now + wait / .seconds(1) + 1e-6)
            }
            now = max(now, next)
            while let answer = answers.first, answer.at <= now {
                answers.removeFirst()
                if answer.isRefused {
                    refused += 1
                    hold = max(hold, now + 0.25)
                    pace.refuse(sentAt: .seconds(answer.sent), at: .seconds(now))
                } else {
                    accepted += 1
                    pace.accept(at: .seconds(now))
                }
            }
        }
    }
}
