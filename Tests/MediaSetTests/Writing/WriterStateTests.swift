import Testing

@testable import MediaSet

@Suite struct WriterStateTests {
    private let start = ContinuousClock.now

    @Test func completesOnlyAfterAFlush() throws {
        var state = WriterState(blobs: [.reached(0), .reached(5), .complete], sums: [:], now: start)
        #expect(state.remaining == 2)
        state.wrote(10, of: 0, upTo: 10, volumes: [1])
        #expect(state.reached(0) == 10)
        state.finished(0, sums: ["aa"], volumes: [1])
        #expect(state.blobs[0] == .written)
        #expect(state.isPresent(0))
        let early = state.takeCommit(now: start)
        #expect(early == nil)
        let commitTaken = state.takeCommit(now: start + .seconds(1))
        let commit = try #require(commitTaken)
        #expect(commit == WriterState.Commit(volumes: [1], blobs: [0], bytes: 10))
        #expect(state.blobs[0] == .written)
        let second = state.takeCommit(now: start + .seconds(9), force: true)
        #expect(second == nil)
        state.ended(commit, succeeded: true, now: start + .seconds(2))
        #expect(state.blobs[0] == .complete)
        #expect(state.sums[0] == ["aa"])
        #expect(state.remaining == 1)
    }

    @Test func manyBytesMakeAFlushDue() throws {
        var state = WriterState(blobs: [.reached(0)], sums: [:], now: start)
        state.wrote(WriterState.commitBytes - 1, of: 0, upTo: 1, volumes: [1])
        #expect(!state.isCommitDue(now: start + .seconds(100)))
        state.wrote(1, of: 0, upTo: 2, volumes: [2])
        let commitTaken = state.takeCommit(now: start)
        let commit = try #require(commitTaken)
        #expect(commit.volumes == [1, 2])
        #expect(commit.blobs.isEmpty)
    }

    @Test func aFailedFlushIsOwed() throws {
        var state = WriterState(blobs: [.reached(0), .reached(0)], sums: [:], now: start)
        state.finished(0, sums: [], volumes: [3])
        let commitTaken = state.takeCommit(now: start, force: true)
        let commit = try #require(commitTaken)
        state.finished(1, sums: [], volumes: [4])
        state.ended(commit, succeeded: false, now: start)
        #expect(state.blobs[0] == .written)
        let nextTaken = state.takeCommit(now: start, force: true)
        let next = try #require(nextTaken)
        #expect(next.volumes == [3, 4])
        #expect(next.blobs == [0, 1])
    }

    @Test func wrongBytesStartAgain() {
        var state = WriterState(blobs: [.reached(7)], sums: [:], now: start)
        state.reset(0)
        #expect(state.reached(0) == 0)
        #expect(!state.isPresent(0))
        #expect(state.remaining == 1)
    }
}
