import AsyncHTTPClient
package import NIOCore
import NIOHTTP1

/// An answer whose body is still to be read, by one task at a time.
///
/// A body that is not read to its end costs the connection; it ends when the exchange is released.
package final class HTTPExchange: HTTPAnswerHead, @unchecked Sendable {
    /// The status code.
    package let status: Int
    /// The header fields.
    package let fields: HTTPFields
    /// The URL that answered, after redirects.
    package let url: HTTPURL
    let method: HTTPRequest.Method
    /// When the request was sent, and how long its answer took to begin.
    let sentAt: Duration
    let latency: Duration
    /// What the bytes of the body count for.
    var lane: ConcurrencyLane?
    private let host: HostState
    private let time: TransportTime
    private let throttle: ByteThrottle?
    // One consumer at a time by contract: the mutation inside `next()` cannot race.
    private var iterator: HTTPClientResponse.Body.AsyncIterator?

    init(
        _ response: HTTPClientResponse,
        method: HTTPRequest.Method,
        url: HTTPURL,
        host: HostState,
        sentAt: Duration,
        _ transport: HTTPTransport
    ) {
        status = Int(response.status.code)
        var fields = HTTPFields()
        for (name, value) in response.headers { fields.add(name, value) }
        self.fields = fields
        self.url = url
        self.method = method
        self.host = host
        self.sentAt = sentAt
        time = transport.time
        latency = time.now() - sentAt
        throttle = transport.limits.download
        iterator = response.body.makeAsyncIterator()
    }

    /// The `Content-Length`, if there is a valid one.
    package var contentLength: Int64? { fields["content-length"].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 } }

    /// The next piece of the body, not empty; nil at the end.
    ///
    /// - Throws: `HTTPTransportError` when the connection breaks, stalls, or ends before `Content-Length`;
    ///   `CancellationError`.
    package func next() async throws -> ByteBuffer? {
        do {
            while let chunk = try await iterator?.next() {
                guard chunk.readableBytes > 0 else { continue }
                host.countReceived(chunk.readableBytes)
                lane?.moved(chunk.readableBytes, time)
                try await throttle?.pass(chunk.readableBytes, time)
                return chunk
            }
            try Task.checkCancellation()
            iterator = nil
            return nil
        } catch {
            iterator = nil
            let fault = FaultClassifier.error(from: error, method, url)
            lane?.failed(fault, method, sentAt: sentAt, time)
            throw fault
        }
    }

    /// Reads the rest of the body.
    ///
    /// - Parameter limit: the largest number of bytes that is kept.
    /// - Returns: the rest.
    /// - Throws: `HTTPTransportError.bodyTooLarge`; what ``next()`` throws.
    package func collect(upTo limit: Int) async throws -> ByteBuffer {
        if method != .head, let contentLength, contentLength > Int64(limit) { throw tooLarge(limit) }
        var body = ByteBuffer()
        while var chunk = try await next() {
            guard chunk.readableBytes <= limit - body.readableBytes else { throw tooLarge(limit) }
            if body.readableBytes == 0 { body = chunk } else { body.writeBuffer(&chunk) }
        }
        return body
    }

    /// Reads at most `limit` bytes and drops the rest, for texts of errors.
    ///
    /// - Throws: what ``next()`` throws.
    package func prefix(_ limit: Int) async throws -> ByteBuffer {
        var body = ByteBuffer()
        while body.readableBytes < limit, var chunk = try await next() { body.writeBuffer(&chunk) }
        if body.readableBytes >= limit { iterator = nil }
        return body.readSlice(length: min(limit, body.readableBytes)) ?? ByteBuffer()
    }

    private func tooLarge(_ limit: Int) -> HTTPTransportError {
        iterator = nil
        return HTTPTransportError(
            .bodyTooLarge,
            method,
            url,
            reason: "was answered with more than the \(limit) bytes that are accepted there"
        )
    }
}
