import NIOCore
import Synchronization

/// Holds all streams of a run together to a number of bytes per second, one way.
final class ByteThrottle: Sendable {
    /// The largest portion that should pass at once, in bytes: a fiftieth of a second's, so that all streams move.
    let portion: Int
    private let state: Mutex<ByteRate>

    init(_ bytesPerSecond: Int64) {
        portion = Self.portion(bytesPerSecond)
        state = Mutex(ByteRate(bytesPerSecond))
    }

    /// The largest portion at a rate.
    static func portion(_ bytesPerSecond: Int64) -> Int {
        Int(min(1 << 20, max(4 << 10, bytesPerSecond / 50)))
    }

    /// Waits until so many bytes may pass.
    ///
    /// - Throws: `CancellationError`.
    func pass(_ bytes: Int, _ time: TransportTime) async throws {
        let now = time.now()
        let wait = state.withLock { $0.take(bytes, at: now) } - now
        if wait > .zero { try await time.sleep(wait) }
    }
}
