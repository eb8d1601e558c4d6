import Synchronization

/// Lets at most a number of tasks pass at a time, in the order in which they asked; honours cancellation.
package final class AsyncSemaphore: Sendable {
    private let state: Mutex<AsyncSemaphoreState<CheckedContinuation<Void, any Error>>>
    /// How many permits there are, used and free.
    private let permits: Mutex<Int>

    /// Makes a semaphore.
    ///
    /// - Parameter permits: how many tasks may pass, at least 1.
    package init(permits: Int) {
        state = Mutex(AsyncSemaphoreState(permits: max(1, permits)))
        self.permits = Mutex(max(1, permits))
    }

    /// Changes how many tasks may pass.
    ///
    /// More pass at once; with fewer, those that have passed go on.
    ///
    /// - Parameter permits: the number, at least 1; asked for while no other change is made.
    package func resize(_ permits: () -> Int) {
        let waiters = self.permits.withLock { current in
            let wanted = max(1, permits())
            defer { current = wanted }
            return state.withLock { $0.add(wanted - current) }
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Runs `body` while holding a permit.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits; what `body` throws.
    package func withPermit<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await acquire()
        defer { release() }
        return try await body()
    }

    /// Runs `body` while holding a permit, if one is free now.
    ///
    /// - Returns: what `body` returns; nil when no permit was free.
    /// - Throws: what `body` throws.
    package func withPermitIfFree<Result>(_ body: () async throws -> Result) async rethrows -> Result? {
        guard state.withLock({ $0.acquireIfFree() }) else { return nil }
        defer { release() }
        return try await body()
    }

    private func acquire() async throws {
        let ticket = state.withLock { $0.takeTicket() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                switch state.withLock({ $0.acquire(ticket: ticket, waiter: continuation) }) {
                case .pass: continuation.resume()
                case .wait: break
                case .cancelled: continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            // The handler may run before, during or after `acquire`; the state decides which of the two resumes.
            state.withLock { $0.cancel(ticket: ticket) }?.resume(throwing: CancellationError())
        }
    }

    private func release() {
        state.withLock { $0.release() }?.resume()
    }
}
