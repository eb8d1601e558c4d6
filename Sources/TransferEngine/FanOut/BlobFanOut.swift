import ImageStorage
import NIOCore
import Synchronization

/// Gives the bytes of one blob to several targets from one reading of its source.
///
/// One task runs ``serve(from:)``; each consumer opens its streams with ``stream(for:at:)`` and ends with ``leave(_:)``.
/// A consumer that fails, ends early or is cancelled does not disturb the others.
final class BlobFanOut: Sendable {
    private let state: Mutex<BlobFanOutState>
    private let pauses: Set<Int64>
    private let patience: Duration
    private let sourceBell = Doorbell()
    /// A new one for each reading: one that was waited at by a cancelled task rings no more.
    private let bells: Mutex<[Doorbell]>

    /// Waits for consumers, numbered from 0.
    ///
    /// - Parameters:
    ///   - consumers: how many.
    ///   - pauses: where the source may pause, so that reading on from there is shared, too.
    ///   - depth: how many chunks may wait for a consumer.
    ///   - patience: how long those who are ready wait for the others; who comes later reads by itself.
    init(consumers: Int, pauses: [Int64], depth: Int = 4, patience: Duration) {
        state = Mutex(BlobFanOutState(consumers: consumers, starts: Set(pauses + [0]), depth: depth))
        self.pauses = Set(pauses)
        self.patience = patience
        bells = Mutex((0..<consumers).map { _ in Doorbell() })
    }

    // MARK: - Consumers

    /// The bytes from an offset for a consumer, until it calls ``detach(_:)``; nil when it has to read by itself.
    func stream(for consumer: Int, at offset: Int64) -> BlobStream? {
        let bell = Doorbell()
        bells.withLock { $0[consumer] = bell }
        defer { sourceBell.ring() }
        guard state.withLock({ $0.join(consumer, at: offset) }) else { return nil }
        return BlobStream { [self] in
            while true {
                switch state.withLock({ $0.take(consumer) }) {
                case .chunk(let chunk):
                    sourceBell.ring()
                    return chunk
                case .ended: return nil
                case .failed(let failure): throw failure
                case .wait:
                    // Where the source may pause, it is read on only when somebody waits.
                    sourceBell.ring()
                    try await bell.wait()
                }
            }
        }
    }

    /// A consumer takes no more of the stream that it got.
    func detach(_ consumer: Int) {
        state.withLock { $0.detach(consumer) }
        sourceBell.ring()
    }

    /// A consumer is done, or never opened a stream.
    func leave(_ consumer: Int) {
        state.withLock { $0.leave(consumer) }
        sourceBell.ring()
    }

    // MARK: - The source

    /// Reads the source for the consumers, until all have left; its failures are theirs.
    ///
    /// - Throws: `CancellationError`.
    func serve(from source: BlobOpener) async throws {
        while let offset = try await nextStart() {
            var failure: (any Error)?
            do {
                try await source.withStream(from: offset) { [self] stream in
                    try await distribute(stream, of: offset)
                }
            } catch {
                try Task.checkCancellation()
                failure = error
            }
            ring(state.withLock { $0.end(offset, failure) })
        }
    }

    /// Waits until a reading is wanted, and then for those who are still to come, as long as patience lasts.
    ///
    /// - Returns: where it begins; nil when everybody has left.
    private func nextStart() async throws -> Int64? {
        while case .idle = decision(isImpatient: false) { try await sourceBell.wait() }
        let deadline = ContinuousClock.now + patience
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                try await Task.sleep(until: deadline)
                sourceBell.ring()
            }
            defer { group.cancelAll() }
            while true {
                switch decision(isImpatient: ContinuousClock.now >= deadline) {
                case .start(let offset):
                    state.withLock { $0.start(offset) }
                    return offset
                case .over: return nil
                case .gathering, .idle: try await sourceBell.wait()
                }
            }
        }
    }

    private func decision(isImpatient: Bool) -> BlobFanOutState.Decision {
        state.withLock { $0.decision(isImpatient: isImpatient) }
    }

    private func distribute(_ stream: BlobStream, of offset: Int64) async throws {
        var position = offset
        while true {
            if position > offset, pauses.contains(position), try await !isWanted(offset) { return }
            guard let chunk = try await stream.next() else { return }
            position += Int64(chunk.readableBytes)
            guard try await hasDelivered(chunk, of: offset) else { return }
        }
    }

    /// Waits until all have room for a chunk; false when nobody is left.
    private func hasDelivered(_ chunk: ByteBuffer, of offset: Int64) async throws -> Bool {
        while true {
            switch state.withLock({ $0.offer(chunk, of: offset) }) {
            case .taken(let consumers):
                ring(consumers)
                return true
            case .unread: return false
            case .full: try await sourceBell.wait()
            }
        }
    }

    /// Waits until somebody wants more; false when nobody is left.
    private func isWanted(_ offset: Int64) async throws -> Bool {
        while true {
            switch state.withLock({ $0.demand(for: offset) }) {
            case .wanted: return true
            case .unread: return false
            case .notYet: try await sourceBell.wait()
            }
        }
    }

    private func ring(_ consumers: [Int]) {
        let bells = bells.withLock { bells in consumers.map { bells[$0] } }
        for bell in bells { bell.ring() }
    }
}
