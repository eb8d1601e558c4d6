import HTTPTestSupport
import NIOPosix
import Testing

@testable import HTTPTransport

struct HostLimitTests {
    private let origin = HTTPOrigin(scheme: .https, host: "r.example", port: 443)

    private func withTransport(
        streams: Int,
        time: SteppedTime = SteppedTime(),
        _ body: (HTTPTransport) async throws -> Void
    ) async throws {
        var configuration = HTTPTransportConfiguration()
        configuration.streamsPerHost = streams
        try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            time: time.time,
            body
        )
    }

    @Test func `pauses all requests to a host that asks for it`() async throws {
        let time = SteppedTime()
        let host = HostLimits(HTTPTransportConfiguration())
        host.hold(until: .seconds(5))
        host.hold(until: .seconds(3))
        try await host.waitForTurn(time.time)
        try await host.waitForTurn(time.time)
        #expect(time.sleeps == [.seconds(5)])
    }

    @Test func `tells of long waits for the pace, and not of pauses that were told where they began`() async throws {
        let time = SteppedTime()
        var configuration = HTTPTransportConfiguration()
        configuration.requestsPerSecond = 0.5
        let host = HostLimits(configuration)
        host.hold(until: .seconds(5))
        var told: [(Duration, RequestHold)] = []
        for _ in 0..<2 { try await host.waitForTurn(time.time) { told.append(($0, $1)) } }
        #expect(time.sleeps.first == .seconds(5))
        #expect(told.map(\.1) == [.pace(perSecond: 0.5)], "\(told)")
        #expect(told.allSatisfy { $0.0 > .seconds(1.9) && $0.0 <= .seconds(2) }, "\(told)")
    }

    @Test func `shares the pause of a fault, and not with other hosts`() async throws {
        let time = SteppedTime(random: 0)
        try await withTransport(streams: 1, time: time) { transport in
            let fault = HTTPTransportError(
                .status,
                request: "GET /",
                host: origin.authority,
                status: 429,
                retryAfter: .seconds(9),
                reason: ""
            )
            var budget = transport.retryBudget()
            try await transport.backOff(&budget, after: fault)
            #expect(time.sleeps == [.seconds(9)])
            transport.host("r.example").limits.hold(until: .seconds(20))
            try await transport.host("other.example").limits.waitForTurn(time.time)
            #expect(time.sleeps == [.seconds(9)])
            try await transport.host("r.example").limits.waitForTurn(time.time)
            #expect(time.sleeps == [.seconds(9), .seconds(11)])
        }
    }

    @Test func `is patient with a host that has answered`() {
        let host = HostState(HostLimits(HTTPTransportConfiguration()))
        #expect(host.mayTry(at: .seconds(100), within: .seconds(8)))
        host.willAsk(at: .seconds(100))
        host.willAsk(at: .seconds(107))
        #expect(host.mayTry(at: .seconds(108), within: .seconds(8)))
        #expect(!host.mayTry(at: .seconds(109), within: .seconds(8)))
        host.didAnswer()
        host.willAsk(at: .seconds(200))
        #expect(host.mayTry(at: .seconds(1_000), within: .seconds(8)))
    }

    @Test func `a single failure delays only its own request, and a run of them the host`() async throws {
        let time = SteppedTime(random: 1)
        try await withTransport(streams: 1, time: time) { transport in
            let broken = HTTPTransportError(.connectionClosed, request: "GET /", host: origin.authority, reason: "")
            let host = transport.host(origin.authority).limits
            var budget = transport.retryBudget()
            for _ in 0..<2 { try await transport.backOff(&budget, after: broken) }
            #expect(time.sleeps == [.milliseconds(500), .seconds(1)])
            // Nobody else waits until the third.
            let before = time.time.now()
            try await host.waitForTurn(time.time)
            #expect(time.time.now() == before)
            #expect(host.failed(broken) == .host)
        }
    }

    @Test func `shares pauses between the transports of a run, and keeps counters apart`() async throws {
        let time = SteppedTime()
        let limits = SharedLimits(HTTPTransportConfiguration())
        let group = MultiThreadedEventLoopGroup.singleton
        let configuration = HTTPTransportConfiguration()
        try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: group,
            limits: limits,
            time: time.time
        ) { source in
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: group,
                limits: limits,
                time: time.time
            ) { target in
                source.host("r.example").limits.hold(until: .seconds(20))
                try await target.host("r.example").limits.waitForTurn(time.time)
                #expect(time.sleeps == [.seconds(20)])
                source.host("r.example").countRetry()
                #expect(target.counters.retries == 0)
            }
        }
    }

    @Test func `counts the tries before a failure for good`() async throws {
        try await withTransport(streams: 1) { transport in
            var budget = transport.retryBudget()
            let refused = HTTPTransportError(.redirectRefused, request: "GET /", host: "r.example", reason: "")
            let broken = HTTPTransportError(.connectionClosed, request: "GET /", host: "r.example", reason: "")
            try await transport.backOff(&budget, after: broken)
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.backOff(&budget, after: refused)
            }
            #expect(error?.attempts == 2)
        }
    }

    @Test func `reads and writes at once even with one slot`() async throws {
        try await withTransport(streams: 1) { transport in
            let result = try await transport.withSlot(.upload, at: origin) {
                try await transport.withSlot(.download, at: origin) { 1 }
            }
            #expect(result == 1)
        }
    }

    @Test func `lets no more streams through than there are slots`() async throws {
        try await withTransport(streams: 3) { transport in
            let running = Counter()
            let ended = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask { [origin] in
                        try await transport.withSlot(.download, at: origin) {
                            let before = running.next() - ended.count
                            #expect(before < 3)
                            await Task.yield()
                            _ = ended.next()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(ended.count == 20)
        }
    }
}
