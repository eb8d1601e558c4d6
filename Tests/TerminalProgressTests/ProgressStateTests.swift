import SeededRandom
import Testing

@testable import TerminalProgress

@Suite("The count of progress")
struct ProgressStateTests {
    private let one = TransferID(1)
    private let two = TransferID(2)

    @Test("Images, blobs and bytes are counted from events")
    func counting() {
        var state = ProgressState()
        let events: [ProgressEvent] = [
            .phaseStarted(title: "Copy"), .totals(ProgressTotals(images: 3, blobs: 4, bytes: 1_000)),
            .blobStarted(one, TransferDescription(name: "a", size: 300)),
            .blobStarted(two, TransferDescription(name: "b", size: 200)),
            .blobAdvanced(one, bytes: 100), .blobAdvanced(one, bytes: 50), .blobPresent(size: 400),
            .imageFinished(name: "x"), .imageFailed(name: "y", reason: "no"),
            .retry(RetryNotice(host: "h", reason: "503", cause: "status 503")),
        ]
        for event in events { state.apply(event, at: .seconds(1)) }
        var snapshot = state.snapshot(at: .seconds(3))
        #expect(snapshot.phase == "Copy")
        #expect(snapshot.phaseElapsed == .seconds(2))
        #expect(snapshot.done == ProgressTotals(images: 1, blobs: 1, bytes: 550))
        #expect(snapshot.failedImages == 1)
        #expect(snapshot.retries == 1)
        #expect(snapshot.active.map(\.name) == ["a", "b"])
        #expect(snapshot.active.map(\.done) == [150, 0])
        #expect(snapshot.percent == 55)

        state.apply(.blobFinished(one), at: .seconds(4))
        state.apply(.blobAbandoned(two), at: .seconds(4))
        snapshot = state.snapshot(at: .seconds(4))
        #expect(snapshot.done == ProgressTotals(images: 1, blobs: 2, bytes: 700))
        #expect(snapshot.active.isEmpty)
    }

    @Test("Bytes that were of no use count once when they move again, and never show as a step back")
    func takenBack() {
        var state = ProgressState()
        state.apply(.phaseStarted(title: "Copy"), at: .zero)
        state.apply(.totals(ProgressTotals(blobs: 2, bytes: 1_000)), at: .zero)
        state.apply(.blobStarted(one, TransferDescription(name: "a", size: 300)), at: .zero)
        state.apply(.blobAdvanced(one, bytes: 200), at: .zero)
        var snapshot = state.snapshot(at: .seconds(1))
        #expect(snapshot.done.bytes == 200 && snapshot.percent == 20)
        state.apply(.blobAdvanced(one, bytes: -150), at: .zero)
        snapshot = state.snapshot(at: .seconds(1))
        #expect(snapshot.done.bytes == 200 && snapshot.movedBytes == 200 && snapshot.percent == 20)
        #expect(snapshot.active.map(\.done) == [50])
        state.apply(.blobAbandoned(one), at: .zero)
        #expect(state.snapshot(at: .seconds(1)).done.bytes == 200)
        state.apply(.blobFinished(one), at: .zero)
        #expect(state.snapshot(at: .seconds(1)).done == ProgressTotals(bytes: 200))
        // The second try: the same 200 bytes add nothing, the others do.
        state.apply(.blobStarted(two, TransferDescription(name: "a", size: 300)), at: .zero)
        state.apply(.blobAdvanced(two, bytes: 200), at: .zero)
        #expect(state.snapshot(at: .seconds(2)).done.bytes == 200)
        state.apply(.blobAdvanced(two, bytes: 100), at: .zero)
        #expect(state.snapshot(at: .seconds(2)).done.bytes == 300)
    }

    @Test("A total that grows does not take back what was shown; a new phase begins anew")
    func growingTotals() {
        var state = ProgressState()
        state.apply(.phaseStarted(title: "Copy"), at: .zero)
        state.apply(.totals(ProgressTotals(bytes: 100)), at: .zero)
        state.apply(.blobPresent(size: 50), at: .zero)
        #expect(state.snapshot(at: .zero).percent == 50)
        state.apply(.totals(ProgressTotals(bytes: 1_000)), at: .zero)
        #expect(state.snapshot(at: .zero).percent == 50)
        state.apply(.blobPresent(size: 550), at: .zero)
        #expect(state.snapshot(at: .zero).percent == 60)
        state.apply(.phaseStarted(title: "Verify"), at: .zero)
        #expect(state.snapshot(at: .zero).percent == nil)
        #expect(state.snapshot(at: .zero).done == ProgressTotals())
    }

    @Test("A blob whose bytes have all moved, and that may still begin again, is not yet all")
    func notYetAll() {
        var state = ProgressState()
        state.apply(.phaseStarted(title: "Copy"), at: .zero)
        state.apply(.totals(ProgressTotals(blobs: 1, bytes: 100)), at: .zero)
        state.apply(.blobStarted(one, TransferDescription(name: "a", size: 100)), at: .zero)
        state.apply(.blobAdvanced(one, bytes: 100), at: .zero)
        #expect(state.snapshot(at: .zero).percent == 99)
        state.apply(.blobFinished(one), at: .zero)
        #expect(state.snapshot(at: .zero).percent == 100)
    }

    @Test(
        "Whatever happens, within a phase no count goes back, and moved bytes are among those done",
        arguments: 0..<20
    )
    func neverBack(run: UInt64) throws {
        var generator = FuzzSeed.generator(run)
        var state = ProgressState()
        var last = state.snapshot(at: .zero)
        for step in 1...300 {
            let time = Duration.milliseconds(step * 100)
            let event = Self.event(&generator)
            state.apply(event, at: time)
            // What happens between two looks may go back and forth.
            guard event.startsPhase || Int.random(in: 0..<3, using: &generator) > 0 else { continue }
            let snapshot = state.snapshot(at: time)
            defer { last = snapshot }
            let isSound = snapshot.isSound && (event.startsPhase || snapshot.follows(last))
            try #require(isSound, "step \(step), \(event): \(last) then \(snapshot)")
        }
    }

    /// Anything that may be told, in no sensible order.
    private static func event(_ generator: inout SeededGenerator) -> ProgressEvent {
        let id = TransferID(Int.random(in: 1...4, using: &generator))
        let bytes = Int64.random(in: -400...600, using: &generator)
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: return .phaseStarted(title: "Copy")
        case 1, 2:
            let count = Int.random(in: 0...9, using: &generator)
            return .totals(ProgressTotals(images: count, blobs: count, bytes: max(0, bytes * 10)))
        case 3..<10: return .blobStarted(id, TransferDescription(name: "a", size: max(0, bytes)))
        case 10..<14: return .blobFinished(id)
        case 14..<18: return .blobAbandoned(id)
        case 18..<21: return .blobSkipped(id, bytes: bytes)
        case 21: return .blobPresent(size: bytes)
        case 22: return .imageFinished(name: "x")
        case 23: return .imageFailed(name: "x", reason: "no")
        default: return .blobAdvanced(id, bytes: bytes)
        }
    }

    @Test("A new phase begins at zero, and events of blobs of the old one change nothing")
    func phases() {
        var state = ProgressState()
        state.apply(.phaseStarted(title: "A"), at: .zero)
        state.apply(.blobStarted(one, TransferDescription(name: "a", size: 300)), at: .zero)
        state.apply(.phaseStarted(title: "B"), at: .seconds(5))
        state.apply(.blobAdvanced(one, bytes: 200), at: .seconds(5))
        state.apply(.blobFinished(one), at: .seconds(5))
        let snapshot = state.snapshot(at: .seconds(6))
        #expect(snapshot.done == ProgressTotals())
        #expect(snapshot.phaseElapsed == .seconds(1))
        state.apply(.phaseEnded, at: .seconds(7))
        #expect(state.snapshot(at: .seconds(8)).phase == nil)
    }

    @Test("Nonsensical sizes do not end the program")
    func extremes() {
        var state = ProgressState()
        state.apply(.totals(ProgressTotals(images: .max, blobs: .max, bytes: .max)), at: .zero)
        state.apply(.blobStarted(one, TransferDescription(name: "a", size: .max)), at: .zero)
        state.apply(.blobAdvanced(one, bytes: .max), at: .zero)
        state.apply(.blobPresent(size: .max), at: .zero)
        state.apply(.blobPresent(size: .min), at: .zero)
        state.apply(.blobStarted(two, TransferDescription(name: "a", size: .min)), at: .zero)
        state.apply(.blobAdvanced(two, bytes: .min), at: .zero)
        state.apply(.blobFinished(two), at: .zero)
        state.apply(.blobFinished(one), at: .zero)
        let snapshot = state.snapshot(at: .seconds(5))
        #expect(snapshot.done.bytes >= 0)
        #expect((0...1).contains(snapshot.fraction ?? -1))
    }

    @Test("Per cent come from bytes, else blobs, else images, and reach 100 only at the end")
    func percent() {
        var state = ProgressState()
        #expect(state.snapshot(at: .zero).percent == nil)
        state.apply(.totals(ProgressTotals(images: 4)), at: .zero)
        state.apply(.imageFinished(name: "a"), at: .zero)
        #expect(state.snapshot(at: .zero).percent == 25)
        state.apply(.totals(ProgressTotals(images: 4, blobs: 1_000)), at: .zero)
        for _ in 0..<999 { state.apply(.blobPresent(size: 0), at: .zero) }
        #expect(state.snapshot(at: .zero).percent == 99)
        state.apply(.blobPresent(size: 0), at: .zero)
        #expect(state.snapshot(at: .zero).percent == 100)
    }
}

@Suite("Pace and time left")
struct PaceTests {
    private let id = TransferID(1)

    private func started(bytes: Int64, at time: Duration = .zero) -> ProgressState {
        var state = ProgressState()
        state.apply(.phaseStarted(title: "Copy"), at: time)
        state.apply(.totals(ProgressTotals(bytes: bytes)), at: time)
        state.apply(.blobStarted(id, TransferDescription(name: "a", size: bytes)), at: time)
        return state
    }

    @Test(
        "On a steady link the time left is right within 20 % after the first tenth",
        arguments: [1, 7, 60, 900, 7_200]
    )
    func steady(seconds: Int) throws {
        var state = started(bytes: Int64(seconds) * 10_000_000, at: .seconds(100))
        for tick in 1..<(seconds * 10) {
            let time = Duration.seconds(100) + .milliseconds(100 * tick)
            state.apply(.blobAdvanced(id, bytes: 1_000_000), at: time)
            let snapshot = state.snapshot(at: time)
            guard tick >= seconds, tick >= 10 else { continue }
            let left = try #require(snapshot.timeLeft) / .seconds(1)
            let truth = Double(seconds) - Double(tick) / 10
            #expect(abs(left - truth) <= truth * 0.2 + 0.001)
            let rate = try #require(snapshot.bytesPerSecond)
            #expect(abs(rate - 10e6) < 1e6)
        }
    }

    @Test("A jittery link of steady mean is told within 20 % too", arguments: 0..<10)
    func jitter(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let total: Int64 = 6_000_000_000
        var state = started(bytes: total)
        var moved: Int64 = 0
        for tick in 1...5_000 {
            let time = Duration.milliseconds(100 * tick)
            let bytes = Int64.random(in: 0...2_000_000, using: &generator)
            moved += bytes
            state.apply(.blobAdvanced(id, bytes: bytes), at: time)
            let left = state.snapshot(at: time).timeLeft
            guard tick > 600 else { continue }
            let truth = Double(total - moved) / 10e6
            #expect(abs(try #require(left) / .seconds(1) - truth) < truth * 0.2)
        }
    }

    @Test("What was there already does not count for the pace")
    func present() throws {
        var state = started(bytes: 2_000_000_000)
        state.apply(.blobPresent(size: 1_000_000_000), at: .seconds(1))
        for second in 1...10 {
            state.apply(.blobAdvanced(id, bytes: 10_000_000), at: .seconds(second))
            _ = state.snapshot(at: .seconds(second))
        }
        let snapshot = state.snapshot(at: .seconds(10))
        #expect(abs(try #require(snapshot.bytesPerSecond) - 10e6) < 0.5e6)
        #expect(abs(try #require(snapshot.timeLeft) / .seconds(1) - 90) < 5)
    }

    @Test("A stall shows a rate of nothing and claims no time left; then it recovers")
    func stall() throws {
        var state = started(bytes: 10_000_000_000)
        for second in 1...20 {
            state.apply(.blobAdvanced(id, bytes: 10_000_000), at: .seconds(second))
            _ = state.snapshot(at: .seconds(second))
        }
        #expect(state.snapshot(at: .seconds(20)).timeLeft != nil)
        for second in 21...30 { _ = state.snapshot(at: .seconds(second)) }
        let stalled = state.snapshot(at: .seconds(30))
        #expect(stalled.bytesPerSecond == 0)
        #expect(stalled.timeLeft == nil)
        for second in 31...70 {
            state.apply(.blobAdvanced(id, bytes: 20_000_000), at: .seconds(second))
            _ = state.snapshot(at: .seconds(second))
        }
        #expect(abs(try #require(state.snapshot(at: .seconds(70)).bytesPerSecond) - 20e6) < 1e6)
    }

    @Test("Nothing is said at the very start, nor without a total, nor when all is done")
    func unknown() {
        var state = started(bytes: 1_000)
        state.apply(.blobAdvanced(id, bytes: 10), at: .milliseconds(100))
        #expect(state.snapshot(at: .milliseconds(100)).timeLeft == nil)
        #expect(state.snapshot(at: .milliseconds(100)).bytesPerSecond == nil)
        state.apply(.blobFinished(id), at: .seconds(2))
        #expect(state.snapshot(at: .seconds(3)).timeLeft == nil)
        var other = ProgressState()
        other.apply(.phaseStarted(title: "Plan"), at: .zero)
        #expect(other.snapshot(at: .seconds(9)).bytesPerSecond == nil)
    }
}

extension ProgressEvent {
    /// Whether counting begins anew with it.
    fileprivate var startsPhase: Bool {
        if case .phaseStarted = self { true } else { false }
    }
}

extension ProgressSnapshot {
    /// Whether its sums fit one another.
    fileprivate var isSound: Bool {
        (0...done.bytes).contains(movedBytes) && (0...1).contains(fraction ?? 0)
    }

    /// Whether nothing is less than before, and all is done when that is new.
    fileprivate func follows(_ last: ProgressSnapshot) -> Bool {
        let isWhole = percent != 100 || last.percent == 100 || (active.isEmpty && done.blobs >= totals.blobs)
        return isWhole && done.images >= last.done.images && done.blobs >= last.done.blobs
            && done.bytes >= last.done.bytes && movedBytes >= last.movedBytes
            && (fraction ?? 0) >= (last.fraction ?? 0) && (percent ?? 0) >= (last.percent ?? 0)
    }
}
