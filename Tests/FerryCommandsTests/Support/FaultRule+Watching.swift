import FerryTestSupport
import OCIModel
import RegistryServer
import Synchronization

extension FaultRule {
    /// A rule that spoils nothing and tells of every `GET` of a blob before it is answered.
    ///
    /// Without a digest it is about any blob; what is told must be quick and must not ask for the faults.
    static func watchBlobs(_ digest: Digest? = nil, _ body: @escaping @Sendable (RegistryRequest) -> Void) -> FaultRule
    {
        let counter = Target { request in
            if case .blob(let asked, _) = request.route, request.method == "GET", digest == nil || asked == digest {
                body(request)
            }
            return false
        }
        return FaultRule(.missing, on: counter)
    }

    /// The same for every request that begins or goes on with an upload.
    static func watchUploads(_ body: @escaping @Sendable () -> Void) -> FaultRule {
        let counter = Target { request in
            switch request.route {
            case .uploads, .upload: body()
            default: break
            }
            return false
        }
        return FaultRule(.missing, on: counter)
    }
}

/// Does something once, when the chosen request comes, to a process that is known only after its start.
final class Trigger: Sendable {
    private struct State {
        var process: RunningProcess?
        var remaining: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let action: @Sendable (RunningProcess) -> Void

    /// Waits for a number of requests.
    ///
    /// - Parameters:
    ///   - count: the request that it happens at, from 1; a later one when the process is not known by then.
    ///   - action: what happens; it must be quick.
    init(at count: Int, _ action: @escaping @Sendable (RunningProcess) -> Void) {
        state = Mutex(State(remaining: count))
        self.action = action
    }

    /// A trigger that sends a signal.
    static func signal(_ number: Int32, at count: Int) -> Trigger {
        Trigger(at: count) { $0.signal(number) }
    }

    /// Whether it has happened.
    var isDone: Bool { state.withLock { $0.remaining == 0 } }

    /// Names the process.
    func aim(at process: RunningProcess) {
        state.withLock { $0.process = process }
    }

    /// Counts a request.
    func pull() {
        let (process, waiters) = state.withLock { state -> (RunningProcess?, [CheckedContinuation<Void, Never>]) in
            guard state.remaining > 0 else { return (nil, []) }
            guard state.remaining == 1 else {
                state.remaining -= 1
                return (nil, [])
            }
            guard let process = state.process else { return (nil, []) }
            state.remaining = 0
            defer { state.waiters = [] }
            return (process, state.waiters)
        }
        guard let process else { return }
        action(process)
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until it has happened.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.remaining > 0 { state.waiters.append(continuation) }
                return state.remaining == 0
            }
            if isDone { continuation.resume() }
        }
    }
}
