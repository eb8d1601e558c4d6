import Dispatch
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// Keeps count of the connections that are set up and not taken yet, so that a server that stops loses none of them.
///
/// The framework lets go of a connection that it has set up when nobody takes connections any more, for which SwiftNIO
/// ends the program (`Deinited NIOAsyncWriter without calling finish()`). So none is set up once a server is to stop, and
/// it is told to stop when those before have been taken.
final class ConnectionGate: Sendable {
    private struct State {
        var isClosed = false
        var underWay = 0
        var whenEmpty: (@Sendable () -> Void)?

        /// What is to be done now that somebody left or the gate was closed.
        mutating func due() -> (@Sendable () -> Void)? { underWay == 0 ? whenEmpty.take() : nil }
    }

    /// How long those under way are waited for: one that is lost for another reason must not keep the server from ending.
    private static let patience = DispatchTimeInterval.seconds(1)

    private let state = Mutex(State())

    /// A connection is about to be set up; to be followed by ``leave()``.
    ///
    /// - Returns: false when that is too late.
    func enter() -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.underWay += 1
            return true
        }
    }

    /// A connection was taken, or could not be set up.
    func leave() {
        let action = state.withLock { state in
            state.underWay -= 1
            return state.due()
        }
        action?()
    }

    /// Lets no more connections in.
    ///
    /// - Parameter action: called once, when none is under way any more; not called when the gate was closed before.
    func close(whenEmpty action: @escaping @Sendable () -> Void) {
        let now = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.isClosed else { return nil }
            (state.isClosed, state.whenEmpty) = (true, action)
            return state.due()
        }
        now?()
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [self] in
            let late = state.withLock { $0.whenEmpty.take() }
            late?()
        }
    }
}

/// Connections that pass a gate when they are set up.
struct GatedChannel<Base: ServerChildChannel>: ServerChildChannel {
    /// What is done with them.
    let base: Base
    /// The gate.
    let gate: ConnectionGate

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        guard gate.enter() else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        let made = base.setup(channel: channel, logger: logger)
        made.whenFailure { _ in gate.leave() }
        return made
    }

    func handle(value: Base.Value, logger: Logger) async {
        gate.leave()
        await base.handle(value: value, logger: logger)
    }
}
