internal import Dispatch
internal import Synchronization

/// Hands pieces of bytes from an asynchronous sender to a receiver that blocks its thread, a bounded number at a time.
final class HandOver<Piece: Collection<UInt8> & Sendable>: Sendable {
    private let state: Mutex<HandOverState<Piece, CheckedContinuation<Void, Never>>>
    private let arrival = DispatchSemaphore(value: 0)

    /// Makes a hand-over with at most `limit` bytes on their way.
    init(limit: Int) {
        state = Mutex(HandOverState(limit: limit))
    }

    /// Sends one piece, waiting for room; a piece that nobody takes any more is dropped.
    func send(_ piece: Piece) async {
        let size = piece.count
        while true {
            switch state.withLock({ $0.offer(piece, size: size) }) {
            case .accepted(let wakes):
                if wakes { arrival.signal() }
                return
            case .dropped: return
            case .wait:
                await withCheckedContinuation { continuation in
                    if !state.withLock({ $0.wait(continuation, for: size) }) { continuation.resume() }
                }
            }
        }
    }

    /// Tells the receiver that all is sent, or why not.
    func finish(_ result: Result<Void, any Error>) {
        if state.withLock({ $0.finish(result) }) { arrival.signal() }
    }

    /// Blocks the thread until there is a piece; nil at the end.
    ///
    /// - Throws: what ``finish(_:)`` was told.
    func receive() throws -> Piece? {
        while true {
            switch state.withLock({ $0.receive() }) {
            case .piece(let piece, let sender):
                sender?.resume()
                return piece
            case .wait: arrival.wait()
            case .end: return nil
            case .failure(let error): throw error
            }
        }
    }

    /// Tells the sender that nothing more is taken.
    func close() {
        state.withLock({ $0.close() })?.resume()
    }
}
