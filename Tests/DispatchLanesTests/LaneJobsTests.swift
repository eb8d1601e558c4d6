import DispatchLanes
import Synchronization
import Testing

@Suite("Jobs that are waited for together") struct LaneJobsTests {
    private struct Failure: Error, Equatable {
        let number: Int
    }

    @Test("jobs of one lane run in the order in which they were given, and all have ended after the wait")
    func order() async throws {
        let lanes = [DispatchLane(label: "test.a"), DispatchLane(label: "test.b")]
        let ran = Mutex<[[Int]]>([[], []])
        let jobs = LaneJobs()
        for number in 0..<1000 {
            jobs.add(to: lanes[number % 2]) { ran.withLock { $0[number % 2].append(number) } }
        }
        try await jobs.wait()
        #expect(ran.withLock { $0[0] } == Array(stride(from: 0, to: 1000, by: 2)))
        #expect(ran.withLock { $0[1] } == Array(stride(from: 1, to: 1000, by: 2)))
    }

    @Test("the first failure is thrown when all have ended, and stops no other job")
    func failure() async {
        let lane = DispatchLane(label: "test")
        let ended = Mutex(0)
        let jobs = LaneJobs()
        for number in 1...10 {
            jobs.add(to: lane) {
                ended.withLock { $0 += 1 }
                if number.isMultiple(of: 3) { throw Failure(number: number) }
            }
        }
        await #expect(throws: Failure(number: 3)) { try await jobs.wait() }
        #expect(ended.withLock { $0 } == 10)
    }

    @Test("without jobs there is nothing to wait for")
    func none() async throws {
        try await LaneJobs().wait()
    }
}
