import Hummingbird
import ImageStorage
import NIOCore
import Synchronization

/// Counts the bytes of a request and its answer, and spoils them as its intervention says.
///
/// Made only for servers with a ``RequestHook``; the others do not pay for it.
final class BodyMeter: Sendable {
    private struct State {
        var received: Int64 = 0
        var sent: Int64 = 0
    }

    /// Thrown where a hook cuts a connection.
    struct Cut: Error {}

    private let state = Mutex(State())
    private let intervention: Intervention

    /// Starts with nothing.
    init(_ intervention: Intervention) {
        self.intervention = intervention
    }

    /// What happened so far.
    func outcome(status: Int, isComplete: Bool) -> RequestOutcome {
        state.withLock {
            RequestOutcome(status: status, receivedBytes: $0.received, sentBytes: $0.sent, isComplete: isComplete)
        }
    }

    /// Whether the request's body was cut.
    var isRequestCut: Bool {
        guard let limit = intervention.upload.cutAfter else { return false }
        return state.withLock { $0.received > limit }
    }

    /// The request's body, counted and spoilt.
    func observe(_ body: BlobStream) -> BlobStream {
        let flow = intervention.upload
        return BlobStream { [self] in
            guard let chunk = try await body.next() else { return nil }
            let total = state.withLock { state in
                state.received += Int64(chunk.readableBytes)
                return state.received
            }
            if let limit = flow.cutAfter, total > limit { throw Cut() }
            if let limit = flow.stallAfter, total > limit { try await Self.stall() }
            try await Self.pause(chunk.readableBytes, flow.rate)
            return chunk
        }
    }

    /// What is to be done with a chunk of the answer.
    fileprivate struct Passage {
        var chunk: ByteBuffer
        var isCut = false
        var isStalled = false
        var rate: Int64?
    }

    fileprivate func pass(_ chunk: ByteBuffer) -> Passage {
        state.withLock { state in
            let start = state.sent
            let end = start + Int64(chunk.readableBytes)
            let flow = intervention.download
            var passage = Passage(chunk: chunk, rate: flow.rate)
            if let position = intervention.corruptedByte, (start..<end).contains(position) {
                let index = chunk.readerIndex + Int(position - start)
                let byte: UInt8 = chunk.getInteger(at: index) ?? 0
                passage.chunk.setInteger(~byte, at: index)
            }
            if let limit = [flow.cutAfter, flow.stallAfter].compactMap({ $0 }).min(), end > limit {
                passage.isCut = limit == flow.cutAfter
                passage.isStalled = !passage.isCut
                passage.chunk = passage.chunk.readSlice(length: Int(max(0, limit - start))) ?? ByteBuffer()
            }
            state.sent += Int64(passage.chunk.readableBytes)
            return passage
        }
    }

    /// Waits until the server is stopped.
    fileprivate static func stall() async throws {
        try await Task.sleep(for: .seconds(86_400))
    }

    /// Waits as long as bytes take at a rate.
    fileprivate static func pause(_ bytes: Int, _ rate: Int64?) async throws {
        guard let rate, rate > 0, bytes > 0 else { return }
        try await Task.sleep(for: .seconds(Double(bytes) / Double(rate)))
    }
}

extension ResponseBody {
    /// The same body, counted and spoilt; `done` learns once whether it was sent to its end.
    ///
    /// Whoever has the last byte has the answer, and may look at what was noted of it: it is noted before that byte goes.
    func observed(
        by meter: BodyMeter,
        isHead: Bool,
        done: @escaping @Sendable (Bool) -> Void
    ) -> ResponseBody {
        let body = self
        let end = AnswerEnd(length: isHead ? 0 : contentLength, done)
        end.passed(0)
        return ResponseBody(contentLength: contentLength) { writer in
            do {
                try await body.write(ObservedWriter(parent: writer, meter: meter, end: end))
                end.reach(isComplete: true)
            } catch {
                end.reach(isComplete: false)
                throw error
            }
        }
    }
}

/// Tells once how an answer ended.
private final class AnswerEnd: Sendable {
    private let state: Mutex<(left: Int?, isTold: Bool)>
    private let done: @Sendable (Bool) -> Void

    init(length: Int?, _ done: @escaping @Sendable (Bool) -> Void) {
        state = Mutex((length, false))
        self.done = done
    }

    /// So many bytes are about to be sent.
    func passed(_ bytes: Int) {
        let isLast = state.withLock { state in
            guard let left = state.left else { return false }
            state.left = left - bytes
            return left <= bytes
        }
        if isLast { reach(isComplete: true) }
    }

    /// This is the end, unless it was reached before.
    func reach(isComplete: Bool) {
        let isFirst = state.withLock { state in
            defer { state.isTold = true }
            return !state.isTold
        }
        if isFirst { done(isComplete) }
    }
}

private struct ObservedWriter: ResponseBodyWriter {
    var parent: any ResponseBodyWriter
    let meter: BodyMeter
    let end: AnswerEnd

    @concurrent
    mutating func write(_ buffer: ByteBuffer) async throws {
        let passage = meter.pass(buffer)
        var chunk = passage.chunk
        // A slow body comes in small pieces, twenty a second, as it does from a slow server.
        let piece = passage.rate.map { max(1, Int($0 / 20)) } ?? Int.max
        while let part = chunk.readSlice(length: min(piece, chunk.readableBytes)), part.readableBytes > 0 {
            try await BodyMeter.pause(part.readableBytes, passage.rate)
            end.passed(part.readableBytes)
            try await parent.write(part)
        }
        if passage.isStalled { try await BodyMeter.stall() }
        if passage.isCut { throw BodyMeter.Cut() }
    }

    @concurrent
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        end.reach(isComplete: true)
        try await parent.finish(trailingHeaders)
    }
}
