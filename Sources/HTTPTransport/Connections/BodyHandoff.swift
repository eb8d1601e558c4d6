import NIOCore
import Synchronization

/// Carries the chunks of an upload from the task that reads the source to the client's task that sends them.
///
/// The client reads a body in a task of its own, which may live a moment longer than the call. With the hand-off in
/// between, the source is only ever touched by the caller's own tasks.
final class BodyHandoff: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    private let state = Mutex(BodyHandoffState<Sender, Receiver>())

    typealias Sender = CheckedContinuation<Bool, Never>
    typealias Receiver = CheckedContinuation<ByteBuffer?, any Error>

    /// Gives a chunk to the receiver; waits while two others wait there.
    ///
    /// - Returns: false when nobody wants more.
    func send(_ chunk: ByteBuffer) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                perform(state.withLock { $0.send(chunk, sender: continuation) })
            }
        } onCancel: {
            close()
        }
    }

    /// Ends the body: no error when it is complete.
    func finish(throwing error: (any Error)? = nil) {
        perform(state.withLock { $0.finish(error) })
    }

    /// The error that the source ended with, if any.
    var failure: (any Error)? { state.withLock { $0.failure } }

    /// How many bytes the receiver has taken.
    var takenBytes: Int64 { state.withLock { $0.takenBytes } }

    /// Ends everything: the sender is told to stop, the receiver gets an error.
    func close() {
        perform(state.withLock { $0.close() })
    }

    func makeAsyncIterator() -> Iterator { Iterator(handoff: self) }

    struct Iterator: AsyncIteratorProtocol {
        let handoff: BodyHandoff

        func next() async throws -> ByteBuffer? {
            try await withCheckedThrowingContinuation { continuation in
                handoff.perform(handoff.state.withLock { $0.receive(continuation) })
            }
        }
    }

    private func perform(_ actions: [BodyHandoffState<Sender, Receiver>.Action]) {
        for action in actions {
            switch action {
            case .resumeSender(let sender, let isWanted): sender.resume(returning: isWanted)
            case .resumeReceiver(let receiver, let result): receiver.resume(with: result)
            }
        }
    }
}

/// The decisions of a hand-off.
struct BodyHandoffState<Sender, Receiver> {
    enum Action {
        case resumeSender(Sender, isWanted: Bool)
        case resumeReceiver(Receiver, Result<ByteBuffer?, any Error>)
    }

    private var chunks: [ByteBuffer] = []
    private var sender: Sender?
    private var receiver: Receiver?
    private var end: Result<Void, any Error>?
    private var isClosed = false
    /// How many bytes the receiver has taken.
    private(set) var takenBytes: Int64 = 0
    /// One chunk is being sent while the next waits, so that the socket is never idle.
    private let capacity = 2

    mutating func send(_ chunk: ByteBuffer, sender: Sender) -> [Action] {
        guard !isClosed, end == nil else { return [.resumeSender(sender, isWanted: false)] }
        if let receiver = receiver.take() {
            takenBytes += Int64(chunk.readableBytes)
            return [.resumeReceiver(receiver, .success(chunk)), .resumeSender(sender, isWanted: true)]
        }
        chunks.append(chunk)
        if chunks.count < capacity { return [.resumeSender(sender, isWanted: true)] }
        self.sender = sender
        return []
    }

    mutating func receive(_ receiver: Receiver) -> [Action] {
        if isClosed { return [.resumeReceiver(receiver, .failure(CancellationError()))] }
        if !chunks.isEmpty {
            let chunk = chunks.removeFirst()
            takenBytes += Int64(chunk.readableBytes)
            var actions: [Action] = [.resumeReceiver(receiver, .success(chunk))]
            if let sender = sender.take() { actions.append(.resumeSender(sender, isWanted: true)) }
            return actions
        }
        switch end {
        case .success: return [.resumeReceiver(receiver, .success(nil))]
        case .failure(let error): return [.resumeReceiver(receiver, .failure(error))]
        case nil:
            self.receiver = receiver
            return []
        }
    }

    mutating func finish(_ error: (any Error)?) -> [Action] {
        guard !isClosed, end == nil else { return [] }
        let end: Result<Void, any Error> = error.map { .failure($0) } ?? .success(())
        self.end = end
        // A broken body must not be sent any further.
        if error != nil { chunks = [] }
        guard let receiver = receiver.take() else { return [] }
        return [.resumeReceiver(receiver, end.map { nil })]
    }

    var failure: (any Error)? {
        if case .failure(let error) = end { return error }
        return nil
    }

    mutating func close() -> [Action] {
        isClosed = true
        chunks = []
        var actions: [Action] = []
        if let sender = sender.take() { actions.append(.resumeSender(sender, isWanted: false)) }
        if let receiver = receiver.take() { actions.append(.resumeReceiver(receiver, .failure(CancellationError()))) }
        return actions
    }
}
