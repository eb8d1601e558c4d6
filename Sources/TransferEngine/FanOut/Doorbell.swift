import ImageStorage

/// Wakes the one task that waits at it; a ring that comes too early is remembered.
final class Doorbell: Sendable {
    private let rings: AsyncStream<Void>.Continuation
    private let iterator: SingleConsumer<AsyncStream<Void>.Iterator>

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        rings = continuation
        iterator = SingleConsumer(stream.makeAsyncIterator())
    }

    /// Wakes who waits, or will.
    func ring() { rings.yield() }

    /// Waits for a ring.
    ///
    /// - Throws: `CancellationError`; the bell is of no more use then.
    func wait() async throws {
        guard await iterator.value.next() != nil else { throw CancellationError() }
    }
}
