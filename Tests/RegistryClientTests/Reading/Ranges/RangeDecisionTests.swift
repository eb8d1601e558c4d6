import Testing

@testable import RegistryClient

struct RangeDecisionTests {
    private static let mega: Int64 = 1 << 20

    /// Plays a download: rates in MiB per second of this blob and of all, by connections; returns what was decided.
    private func play(
        size: Int64 = 10_000,
        own: [Double],
        others: Double = 0,
        waiting: Double = 1,
        seconds: Int = 30
    ) -> [Int] {
        var decision = RangeDecision(size * Self.mega, RangeSettings())
        var (received, total, waited) = (0.0, 0.0, Duration.zero)
        var verdicts: [Int] = []
        for second in 0...seconds {
            let verdict = decision.note(
                .init(
                    time: .seconds(second),
                    waited: waited,
                    received: Int64(received) * Self.mega,
                    total: Int64(total) * Self.mega
                )
            )
            if case .use(let count) = verdict { verdicts.append(count) }
            let rate = own[min(decision.connections, own.count) - 1]
            received += rate
            total += rate + others
            waited += .seconds(waiting)
        }
        return verdicts
    }

    @Test func `uses as many as pay`() {
        #expect(play(own: [20, 40, 60, 80]) == [2, 3, 4])
        #expect(play(own: [20, 40, 44]) == [2, 3, 2])
        #expect(play(own: [20, 23]) == [2, 1])
        #expect(play(own: [20, 15]) == [2, 1])
    }

    @Test func `leaves small blobs, fast links and slow consumers alone`() {
        #expect(play(size: 256, own: [20, 40]) == [])
        #expect(play(own: [200, 400]) == [])
        #expect(play(own: [20, 40], waiting: 0.5) == [])
        // Nearly done.
        #expect(play(size: 257, own: [100, 200]) == [])
        #expect(play(own: [0, 0]) == [])
    }

    @Test func `counts what others lose`() {
        // The link is full: what this blob gains, others lose.
        var decision = RangeDecision(10_000 * Self.mega, RangeSettings())
        for (second, received, total) in [(0, 0, 0), (2, 40, 200), (4, 120, 400)] as [(Int, Int64, Int64)] {
            _ = decision.note(
                .init(
                    time: .seconds(second),
                    waited: .seconds(second),
                    received: received * Self.mega,
                    total: total * Self.mega
                )
            )
        }
        #expect(decision.connections == 1)
    }

    @Test func `does not ask again for what is not to be had`() {
        var decision = RangeDecision(10_000 * Self.mega, RangeSettings())
        var verdicts: [RangeDecision.Verdict] = []
        for second in 0..<20 {
            let verdict = decision.note(
                .init(
                    time: .seconds(second),
                    waited: .seconds(second),
                    received: Int64(second) * 20 * Self.mega,
                    total: Int64(second) * 20 * Self.mega
                )
            )
            if verdict != .stay {
                verdicts.append(verdict)
                decision.declined(using: 1)
            }
        }
        #expect(verdicts == [.use(2)])
        #expect(decision.connections == 1)
    }
}
