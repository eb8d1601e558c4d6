import NIOCore
import SeededRandom
import Testing

@testable import TransferEngine

private func chunk(_ number: Int) -> ByteBuffer { ByteBuffer(bytes: [UInt8(truncatingIfNeeded: number)]) }

extension BlobFanOutState {
    /// The bytes of what waits for a consumer, taken.
    fileprivate mutating func drain(_ consumer: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while case .chunk(let chunk) = take(consumer) { bytes += Array(chunk.readableBytesView) }
        return bytes
    }
}

@Suite("Sharing a reading: decisions")
struct BlobFanOutStateTests {
    @Test func aReadingBeginsWhenEverybodyHasComeOrLeft() {
        var state = BlobFanOutState(consumers: 3, starts: [0], depth: 2)
        #expect(state.decision(isImpatient: false) == .idle)
        #expect(state.join(0, at: 0) == true)
        #expect(state.decision(isImpatient: false) == .gathering)
        #expect(state.join(1, at: 0) == true)
        state.leave(2)
        #expect(state.decision(isImpatient: false) == .start(0))
    }

    @Test func whoIsReadyDoesNotWaitForever() {
        var state = BlobFanOutState(consumers: 2, starts: [0], depth: 2)
        #expect(state.decision(isImpatient: true) == .idle, "nobody wants anything yet")
        #expect(state.join(0, at: 0) == true)
        #expect(state.decision(isImpatient: true) == .start(0))
        state.start(0)
        #expect(state.join(1, at: 0) == false, "who comes late reads by itself")
        #expect(state.join(1, at: 7) == false, "so does who begins elsewhere")
    }

    @Test func whoGoesOnFromWhereAnEarlierRunStoppedIsNotWaitedFor() {
        var state = BlobFanOutState(consumers: 2, starts: [0, 8], depth: 2)
        #expect(state.join(0, at: 0) == true)
        #expect(state.join(1, at: 5) == false)
        #expect(state.decision(isImpatient: false) == .start(0))
        state.start(0)
        state.detach(0)
        #expect(state.join(0, at: 8) == true)
        #expect(state.join(1, at: 8) == true, "it may come back")
        #expect(state.decision(isImpatient: false) == .start(8))
    }

    @Test func everybodyGetsEveryChunkAndTheSlowestGoverns() {
        var state = BlobFanOutState(consumers: 2, starts: [0], depth: 2)
        for consumer in 0..<2 { #expect(state.join(consumer, at: 0) == true) }
        state.start(0)
        #expect(state.offer(chunk(1), of: 0) == .taken([0, 1]))
        #expect(state.offer(chunk(2), of: 0) == .taken([0, 1]))
        #expect(state.drain(0) == [1, 2])
        #expect(state.offer(chunk(3), of: 0) == .full)
        #expect(state.drain(1) == [1, 2])
        #expect(state.offer(chunk(3), of: 0) == .taken([0, 1]))
        #expect(state.end(0, nil) == [0, 1])
        for consumer in 0..<2 { #expect(state.drain(consumer) == [3]) }
        guard case .ended = state.take(0) else { return #expect(Bool(false), "the end is told") }
    }

    @Test func whoLeavesHoldsNobodyUp() {
        var state = BlobFanOutState(consumers: 2, starts: [0], depth: 1)
        for consumer in 0..<2 { #expect(state.join(consumer, at: 0) == true) }
        state.start(0)
        #expect(state.offer(chunk(1), of: 0) == .taken([0, 1]))
        #expect(state.drain(0) == [1])
        #expect(state.offer(chunk(2), of: 0) == .full)
        state.leave(1)
        #expect(state.offer(chunk(2), of: 0) == .taken([0]))
        state.detach(0)
        #expect(state.offer(chunk(3), of: 0) == .unread)
        state.leave(0)
        #expect(state.decision(isImpatient: false) == .over)
    }

    @Test func theSourcesFailureReachesAllAfterWhatCameBefore() {
        struct Broken: Error {}
        var state = BlobFanOutState(consumers: 1, starts: [0], depth: 2)
        #expect(state.join(0, at: 0) == true)
        state.start(0)
        #expect(state.offer(chunk(1), of: 0) == .taken([0]))
        _ = state.end(0, Broken())
        #expect(state.drain(0) == [1])
        guard case .failed(let failure) = state.take(0) else { return #expect(Bool(false), "it is told") }
        #expect(failure is Broken)
    }

    @Test func readingOnAfterAPauseIsSharedWhenAllHaveGotThere() {
        var state = BlobFanOutState(consumers: 2, starts: [0, 2], depth: 4)
        for consumer in 0..<2 { #expect(state.join(consumer, at: 0) == true) }
        state.start(0)
        _ = state.offer(chunk(1), of: 0)
        _ = state.offer(chunk(2), of: 0)
        #expect(state.demand(for: 0) == .notYet)
        #expect(state.drain(0) == [1, 2])
        state.detach(0)
        #expect(state.join(0, at: 2) == true)
        #expect(state.demand(for: 0) == .notYet, "the other is not through")
        _ = state.take(1)
        _ = state.take(1)
        #expect(state.demand(for: 0) == .notYet, "it has all up to the pause and has not asked for more")
        state.detach(1)
        #expect(state.demand(for: 0) == .unread)
        _ = state.end(0, nil)
        #expect(state.decision(isImpatient: false) == .gathering)
        #expect(state.join(1, at: 2) == true)
        #expect(state.decision(isImpatient: false) == .start(2))
    }

    @Test func whoReadsOnOverAPauseIsServed() {
        var state = BlobFanOutState(consumers: 1, starts: [0, 1], depth: 4)
        #expect(state.join(0, at: 0) == true)
        state.start(0)
        _ = state.offer(chunk(1), of: 0)
        #expect(state.drain(0) == [1])
        #expect(state.demand(for: 0) == .wanted)
    }

    /// Whatever comes in whatever order: nobody gets other bytes than those of the blob, and nobody waits for nothing.
    @Test(arguments: 0..<200) func anyOrderGivesTheBytesInOrderAndComesToAnEnd(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let size = 20
        var state = BlobFanOutState(consumers: 3, starts: [0, 8], depth: 2)
        var got: [[UInt8]] = [[], [], []]
        var isWith = [false, false, false]
        var hasLeft = [false, false, false]
        var reading: (offset: Int64, next: Int)?
        for _ in 0..<3000 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                let who = Int.random(in: 0..<3, using: &random)
                guard !hasLeft[who], !isWith[who] else { continue }
                isWith[who] = state.join(who, at: Int64(got[who].count))
                // Who is refused reads by itself.
                if !isWith[who] {
                    got[who] = (0..<size).map(UInt8.init)
                    state.leave(who)
                    hasLeft[who] = true
                }
            case 1, 2:
                let who = Int.random(in: 0..<3, using: &random)
                guard isWith[who] else { continue }
                switch state.take(who) {
                case .chunk(let chunk):
                    got[who] += Array(chunk.readableBytesView)
                    if got[who].count == 8 {
                        state.detach(who)
                        isWith[who] = false
                    }
                case .wait: break
                case .ended, .failed:
                    state.leave(who)
                    (isWith[who], hasLeft[who]) = (false, true)
                }
            case 3:
                // Sometimes somebody breaks off in the middle, and starts over.
                let who = Int.random(in: 0..<3, using: &random)
                guard isWith[who], Int.random(in: 0..<20, using: &random) == 0 else { continue }
                state.detach(who)
                isWith[who] = false
                got[who] = []
            default:
                if let (offset, next) = reading {
                    if next == size {
                        _ = state.end(offset, nil)
                        reading = nil
                        continue
                    }
                    switch state.offer(chunk(next), of: offset) {
                    case .taken: reading = (offset, next + 1)
                    case .full: break
                    case .unread:
                        _ = state.end(offset, nil)
                        reading = nil
                    }
                } else if case .start(let offset) = state.decision(isImpatient: Bool.random(using: &random)) {
                    state.start(offset)
                    reading = (offset, Int(offset))
                }
            }
        }
        #expect(got.allSatisfy { $0 == (0..<size).map(UInt8.init) }, "\(got)")
    }
}
