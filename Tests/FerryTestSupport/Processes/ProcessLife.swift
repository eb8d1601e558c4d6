import Glibc
import Synchronization

/// What is known of a program between its start and its end.
final class ProcessLife: Sendable {
    private enum State {
        case starting
        case running(Int32)
        case ended(Int32, status: Int32)
        case failed(any Error)
    }

    private let state = Mutex<(state: State, waiters: [CheckedContinuation<Void, Never>])>((.starting, []))

    /// Its process number; 0 before it was started.
    var identifier: Int32 {
        state.withLock { state in
            switch state.state {
            case .starting, .failed: 0
            case .running(let identifier), .ended(let identifier, _): identifier
            }
        }
    }

    /// It runs now.
    func start(_ identifier: Int32) { move { _ in .running(identifier) } }

    /// It has ended, with an exit status, or with 128 and a signal's number.
    func end(_ status: Int32) {
        move { old in
            guard case .running(let identifier) = old else { return old }
            return .ended(identifier, status: status)
        }
    }

    /// It could not be started.
    func fail(_ error: any Error) { move { _ in .failed(error) } }

    /// Waits until it runs.
    ///
    /// - Throws: why it could not be started.
    func started() async throws {
        while true {
            switch state.withLock({ $0.state }) {
            case .starting: await change { if case .starting = $0 { true } else { false } }
            case .running, .ended: return
            case .failed(let error): throw error
            }
        }
    }

    /// Waits for the end; returns the exit status, or 128 and the signal's number.
    func wait() async -> Int32 {
        while true {
            switch state.withLock({ $0.state }) {
            case .starting: await change { if case .starting = $0 { true } else { false } }
            case .running: await change { if case .running = $0 { true } else { false } }
            case .ended(_, let status): return status
            // Only when the system lost sight of it.
            case .failed: return -1
            }
        }
    }

    /// Sends a signal while it runs.
    func signal(_ number: Int32) {
        state.withLock { state in
            guard case .running(let identifier) = state.state else { return }
            _ = kill(identifier, number)
        }
    }

    /// Asks it to end, and ends it when it has not done so after the grace period.
    func stop(grace: Duration = .seconds(10)) async {
        signal(SIGTERM)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                // Only an upper bound; the task is cancelled as soon as the process has ended.
                guard (try? await Task.sleep(for: grace)) != nil else { return }
                signal(SIGKILL)
            }
            _ = await wait()
            group.cancelAll()
        }
    }

    private func move(_ change: (State) -> State) {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.state = change(state.state)
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits for the next change while the state is one of these.
    private func change(while isSame: @Sendable (State) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isPast = state.withLock { state in
                guard isSame(state.state) else { return true }
                state.waiters.append(continuation)
                return false
            }
            if isPast { continuation.resume() }
        }
    }
}
