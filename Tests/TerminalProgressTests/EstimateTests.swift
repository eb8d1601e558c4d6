import Foundation
import SeededRandom
import Testing

@testable import TerminalProgress

@Suite("Time left over a simulated link")
struct EstimateTests {
    /// Few large blobs and many small ones, as releases have them.
    private static func release(seed: UInt64) -> [Int64] {
        var generator = SeededGenerator(seed: seed)
        let large = (0..<40).map { _ in Int64.random(in: 20_000_000...250_000_000, using: &generator) }
        let small = (0..<600).map { _ in Int64.random(in: 500...400_000, using: &generator) }
        return large + small
    }

    static let links: [(name: String, link: LinkSimulation)] = {
        var generator = SeededGenerator(seed: 4)
        let release = Self.release(seed: 1)
        let mixed = release.shuffled(using: &generator)
        let even = Array(repeating: Int64(5_000_000), count: 400)
        let tiny = Array(repeating: Int64(2_000), count: 2_000)
        return [
            ("largest first, fast", LinkSimulation(sizes: release.sorted(by: >), rate: 100e6)),
            ("largest first, slow", LinkSimulation(sizes: release.sorted(by: >), rate: 10e6)),
            (
                "largest first, limited per connection",
                LinkSimulation(sizes: release.sorted(by: >), rate: 200e6, ratePerTransfer: 20e6)
            ),
            ("in any order, fast", LinkSimulation(sizes: mixed, rate: 100e6)),
            ("in any order, slow", LinkSimulation(sizes: mixed, rate: 10e6)),
            ("one at a time", LinkSimulation(sizes: mixed, rate: 50e6, width: 1)),
            ("far away", LinkSimulation(sizes: mixed, rate: 50e6, before: 0.3, opening: 0.9, closing: 0.6)),
            (
                "far away, largest first",
                LinkSimulation(sizes: release.sorted(by: >), rate: 50e6, before: 0.3, opening: 0.9, closing: 0.6)
            ),
            ("all alike", LinkSimulation(sizes: even, rate: 40e6)),
            ("all tiny", LinkSimulation(sizes: tiny, rate: 40e6)),
            ("half of some was there", LinkSimulation(sizes: mixed, rate: 30e6, resumed: 0.5)),
            ("two blobs", LinkSimulation(sizes: [3_000_000_000, 1_000_000_000], rate: 50e6)),
        ]
    }()

    @Test("it is right within 20 % after the first tenth and up to the last", arguments: links.map(\.name))
    func steady(name: String) throws {
        let link = try #require(Self.links.first { $0.name == name }).link
        let clock = ManualClock()
        let reporter = ProgressReporter(channels: [], now: clock.now)
        let (estimates, seconds) = link.run(clock, reporter)
        var wrong = 0
        var judged = 0
        var worst = 0.0
        for estimate in estimates where estimate.share >= 0.1 && estimate.elapsed >= seconds / 10 {
            let truth = seconds - estimate.elapsed
            // In the last tenth it matters which blobs are still under way, and how few.
            guard truth > max(2, seconds / 10) else { continue }
            judged += 1
            let left = try #require(estimate.left, "\(estimate)")
            worst = max(worst, abs(left - truth) / truth)
            if abs(left - truth) > truth * 0.2 { wrong += 1 }
        }
        #expect(judged > 20)
        // In which order large and small blobs come is chance; what is left is not always like what was before.
        #expect(wrong * 50 <= judged, "\(wrong) of \(judged) estimates, the worst off by \(worst), of \(seconds) s")
        #expect(worst < 0.25)
    }

    @Test("what was there before and what must move again does not count for the pace")
    func resumed() throws {
        let clock = ManualClock()
        let reporter = ProgressReporter(channels: [], now: clock.now)
        reporter.report(.phaseStarted(title: "Moving"))
        reporter.report(.totals(ProgressTotals(images: 1, blobs: 1, bytes: 2_000_000_000)))
        let meter = reporter.startBlob(TransferDescription(name: "a", size: 2_000_000_000))
        meter.resume(at: 1_000_000_000)
        for _ in 0..<20 {
            meter.advance(by: 10_000_000)
            clock.advance(.seconds(1))
            reporter.tick()
        }
        var snapshot = reporter.snapshotNow
        #expect(snapshot.done.bytes == 1_200_000_000)
        #expect(snapshot.movedBytes == 200_000_000)
        #expect(snapshot.bytesPerSecond == 10_000_000)
        #expect(abs(try #require(snapshot.timeLeft) / .seconds(1) - 80) < 1)
        // The connection broke, and what was sent last is lost.
        meter.resume(at: 1_150_000_000)
        snapshot = reporter.snapshotNow
        #expect(snapshot.active.map(\.done) == [1_150_000_000])
        #expect(snapshot.done.bytes == 1_200_000_000)
        #expect(try #require(snapshot.bytesPerSecond) < 10_000_000)
        meter.finish()
        #expect(reporter.snapshotNow.done.bytes == 2_000_000_000)
        #expect(reporter.snapshotNow.movedBytes == 200_000_000)
    }
}
