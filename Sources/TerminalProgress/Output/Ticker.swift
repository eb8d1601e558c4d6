import Dispatch
import Synchronization

/// Calls a function again and again on a thread of its own.
final class Ticker: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, Never>?
        var isStopped = false
    }

    private let queue = DispatchQueue(label: "progress.ticker")
    private let interval: Duration
    private let body: @Sendable () -> Void
    private let state = Mutex(State())

    /// Prepares to call a function.
    ///
    /// - Parameters:
    ///   - interval: the time from call to call.
    ///   - body: is called on one thread at a time.
    init(interval: Duration, _ body: @escaping @Sendable () -> Void) {
        self.interval = interval
        self.body = body
    }

    /// Calls the function until ``stop()``; once only.
    func run() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.continuation = continuation }
                return state.isStopped
            }
            if isStopped { return continuation.resume() }
            schedule()
        }
    }

    /// Lets ``run()`` return; no call begins after it has.
    func stop() {
        state.withLock { $0.isStopped = true }
        // Behind a call that is under way.
        queue.async { [self] in finish() }
    }

    private func schedule() {
        let seconds = interval / .seconds(1)
        queue.asyncAfter(deadline: .now() + seconds) { [self] in
            guard !state.withLock({ $0.isStopped }) else { return }
            body()
            schedule()
        }
    }

    private func finish() {
        let continuation = state.withLock { state in
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume()
    }
}
