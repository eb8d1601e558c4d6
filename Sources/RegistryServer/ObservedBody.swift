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

    /// The request's body, counted.
    func observe(_ body: BlobStream) -> BlobStream {
        BlobStream { [self] in
            guard let chunk = try await body.next() else { return nil }
            let total = state.withLock { state in
                state.received += Int64(chunk.readableBytes)
                return state.received
            }
            if case .cutRequest(let limit) = intervention, total > limit { throw Cut() }
            return chunk
        }
    }

    /// What to send of a chunk of the answer, and whether the connection is to be cut behind it.
    fileprivate func pass(_ chunk: ByteBuffer) -> (chunk: ByteBuffer, isCut: Bool) {
        state.withLock { state in
            let start = state.sent
            var chunk = chunk
            var isCut = false
            switch intervention {
            case .cutAnswer(let limit) where start + Int64(chunk.readableBytes) > limit:
                isCut = true
                chunk = chunk.readSlice(length: Int(max(0, limit - start))) ?? chunk
            case .corruptAnswer(let position) where (start..<start + Int64(chunk.readableBytes)).contains(position):
                let index = chunk.readerIndex + Int(position - start)
                let byte: UInt8 = chunk.getInteger(at: index) ?? 0
                chunk.setInteger(~byte, at: index)
            default: break
            }
            state.sent += Int64(chunk.readableBytes)
            return (chunk, isCut)
        }
    }
}

extension ResponseBody {
    /// The same body, counted and spoilt; `done` learns whether it was sent to its end.
    func observed(by meter: BodyMeter, done: @escaping @Sendable (Bool) -> Void) -> ResponseBody {
        let body = self
        return ResponseBody(contentLength: contentLength) { writer in
            do {
                try await body.write(ObservedWriter(parent: writer, meter: meter))
                done(true)
            } catch {
                done(false)
                throw error
            }
        }
    }
}

private struct ObservedWriter: ResponseBodyWriter {
    var parent: any ResponseBodyWriter
    let meter: BodyMeter

    @concurrent
    mutating func write(_ buffer: ByteBuffer) async throws {
        let (chunk, isCut) = meter.pass(buffer)
        if chunk.readableBytes > 0 { try await parent.write(chunk) }
        if isCut { throw BodyMeter.Cut() }
    }

    @concurrent
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await parent.finish(trailingHeaders)
    }
}
