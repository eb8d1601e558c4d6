import Dispatch
import Synchronization

/// Runs blocking work on a fixed number of serial Dispatch queues, away from the cooperative pool.
///
/// The width is the number of queues: on Linux a concurrent queue does not widen for work that blocks. Work on one
/// lane runs in the order in which it was given.
package final class DispatchLanes: Sendable {
    private let lanes: [DispatchLane]
    private let next = Atomic<Int>(0)

    /// Makes `width` lanes.
    ///
    /// - Parameters:
    ///   - label: what the queues are called in a debugger.
    ///   - width: how many jobs may block at the same time, at least 1.
    package init(label: String, width: Int) {
        lanes = (0..<max(1, width)).map { DispatchLane(label: "\(label).\($0)") }
    }

    /// The next lane, in turn.
    ///
    /// Whoever needs an order among several jobs keeps the lane and uses it for all of them.
    package func lane() -> DispatchLane {
        let index = next.wrappingAdd(1, ordering: .relaxed).newValue
        return lanes[Int(UInt(bitPattern: index) % UInt(lanes.count))]
    }

    /// Runs one job on the next lane.
    ///
    /// - Throws: what `work` throws.
    package func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await lane().run(work)
    }
}

/// One serial queue for blocking work.
package struct DispatchLane: Sendable {
    private let queue: DispatchQueue

    /// Makes a lane of its own.
    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    /// Has a job run after all jobs given before, and does not wait for it.
    fileprivate func run(in group: DispatchGroup, _ work: @escaping @Sendable () -> Void) {
        queue.async(group: group, execute: work)
    }

    /// Runs a job after all jobs given before, and returns its result.
    ///
    /// Cancellation does not stop a job that is queued or running: what it does to a file is either done or not begun
    /// when the call returns.
    ///
    /// - Throws: what `work` throws.
    package func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                // Given away: `resume(with:)` would hold the result, and what it keeps open, beyond the caller's going on.
                do {
                    continuation.resume(returning: try work())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}

/// Jobs on several lanes that are waited for together.
package final class LaneJobs: Sendable {
    private let group = DispatchGroup()
    private let failure = Mutex<(any Error)?>(nil)

    /// No jobs yet.
    package init() {}

    /// Gives a lane a job; it runs after all that were given to that lane before.
    package func add(to lane: DispatchLane, _ work: @escaping @Sendable () throws -> Void) {
        lane.run(in: group) { [self] in
            do {
                try work()
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
    }

    /// Waits until all jobs have ended; cancellation does not shorten that.
    ///
    /// - Throws: what the first job that failed has thrown.
    package func wait() async throws {
        await withCheckedContinuation { continuation in
            group.notify(queue: .global()) { continuation.resume() }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
