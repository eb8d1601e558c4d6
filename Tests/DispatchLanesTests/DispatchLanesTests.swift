import Dispatch
import DispatchLanes
import Synchronization
import Testing

@Suite("Dispatch lanes", .timeLimit(.minutes(10)))
struct DispatchLanesTests {
    /// Lets everybody pass once a number of callers have arrived; false when they do not within 20 s.
    private final class Meeting: Sendable {
        private let missing: Mutex<Int>
        private let gate = DispatchSemaphore(value: 0)

        init(_ count: Int) {
            missing = Mutex(count)
        }

        func arrive() -> Bool {
            let isLast = missing.withLock { missing in
                missing -= 1
                return missing == 0
            }
            if isLast { gate.signal() }
            guard gate.wait(timeout: .now() + 20) == .success else { return false }
            gate.signal()
            return true
        }
    }

    @Test("As many jobs block at once as there are lanes", arguments: [1, 4, 16])
    func width(lanes: Int) async throws {
        let pool = DispatchLanes(label: "test", width: lanes)
        let meeting = Meeting(lanes)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<lanes { group.addTask { try await pool.run { meeting.arrive() } } }
            for try await arrived in group { #expect(arrived) }
        }
    }

    @Test("A width below one is one", arguments: [0, -5])
    func leastWidth(width: Int) async throws {
        #expect(try await DispatchLanes(label: "test", width: width).run { 7 } == 7)
    }

    @Test("Jobs of one lane never overlap, and run in order")
    func order() async throws {
        let lane = DispatchLanes(label: "test", width: 3).lane()
        let seen = Mutex<[Int]>([])
        for index in 0..<100 { try await lane.run { seen.withLock { $0.append(index) } } }
        #expect(seen.withLock { $0 } == Array(0..<100))

        let running = Counter()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await lane.run {
                        let count = running.add(1)
                        running.add(-1)
                        return count
                    }
                }
            }
            for try await count in group { #expect(count == 1) }
        }
    }

    @Test("A result is its caller's alone: what it holds goes when the caller lets it go")
    func ownership() async throws {
        final class Held: Sendable {}
        let lane = DispatchLanes(label: "test", width: 1).lane()
        var shared = 0
        for _ in 0..<20_000 {
            var held = try await lane.run { Held() }
            if !isKnownUniquelyReferenced(&held) { shared += 1 }
        }
        #expect(shared == 0)
    }

    @Test("Errors come back")
    func errors() async {
        struct Failure: Error {}
        let lanes = DispatchLanes(label: "test", width: 1)
        await #expect(throws: Failure.self) { try await lanes.run { throw Failure() } }
    }

    @Test("A cancelled task still gets its job done")
    func cancellation() async throws {
        let lanes = DispatchLanes(label: "test", width: 1)
        let done = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await lanes.run { done.add(1) }
                #expect(Task.isCancelled)
            }
            try await group.waitForAll()
        }
        #expect(done.value == 1)
    }
}
