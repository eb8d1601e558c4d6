import DispatchLanes
import NIOCore

extension HTTPTransport {
    /// Sends a request, follows redirects, and returns when the head of the answer is there.
    ///
    /// There is one try. Redirects are followed for GET and HEAD only. `Authorization` goes to the first origin only, so
    /// it crosses neither to another host or port nor from TLS to plain HTTP.
    ///
    /// - Throws: `HTTPTransportError`; `CancellationError`.
    package func open(_ request: HTTPRequest) async throws -> HTTPExchange {
        try await open(request, in: host(request.url.origin.authority).limits.downloads)
    }

    private func open(_ request: HTTPRequest, in lane: ConcurrencyLane) async throws -> HTTPExchange {
        var request = request
        var url = request.url
        var latency = Duration.zero
        if isInsecure(url.origin) { request.inheritsInsecurity = true }
        for _ in 0...max(0, configuration.maximumRedirects) {
            let exchange = try await sendNoting(request, to: url, in: lane)
            latency += exchange.latency
            guard request.followsRedirects, request.method == .get || request.method == .head,
                [301, 302, 303, 307, 308].contains(exchange.status), let location = exchange.fields["location"]
            else {
                exchange.lane = lane
                lane.answered(exchange, sentAt: exchange.sentAt, after: latency, time)
                return exchange
            }
            let target = try url.resolving(location)
            guard url.origin.scheme == .http || target.origin.scheme == .https || request.inheritsInsecurity else {
                throw HTTPTransportError(
                    .redirectRefused,
                    request.method,
                    url,
                    reason: "was redirected from TLS to plain HTTP at \(target.origin), which is not followed"
                )
            }
            // A short text comes with most redirects; reading it keeps the connection.
            _ = try await exchange.prefix(16 << 10)
            url = target
        }
        throw HTTPTransportError(
            .redirectLimit,
            request.method,
            request.url,
            reason: "was redirected more than \(configuration.maximumRedirects) times"
        )
    }

    private func sendNoting(
        _ request: HTTPRequest,
        to url: HTTPURL,
        in lane: ConcurrencyLane
    ) async throws -> HTTPExchange {
        let start = time.now()
        do {
            return try await send(request, to: url)
        } catch {
            lane.failed(error, request.method, sentAt: start, time)
            throw error
        }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// There is one try.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - limit: the largest body accepted with a 2xx status; of others 64 KiB are
    ///     read and the rest is dropped.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `HTTPTransportError`; `CancellationError`.
    package func attempt(_ request: HTTPRequest, upTo limit: Int) async throws -> HTTPAnswer {
        let lane = host(request.url.origin.authority).limits.requests
        return try await lane.withPermit(time) {
            let exchange = try await open(request, in: lane)
            return HTTPAnswer(
                status: exchange.status,
                fields: exchange.fields,
                body: (200..<300).contains(exchange.status)
                    ? try await exchange.collect(upTo: limit) : try await exchange.prefix(64 << 10),
                url: exchange.url
            )
        }
    }

    /// Sends a request, reads the whole answer, and tries again on faults as the retry policy says.
    ///
    /// - Parameters:
    ///   - request: the request; it is sent again as it is, so it must be safe to repeat.
    ///   - limit: the largest body accepted, in bytes.
    /// - Returns: the answer, of any status that does not ask for another try.
    /// - Throws: `HTTPTransportError` of the last try; `CancellationError`.
    package func collect(_ request: HTTPRequest, upTo limit: Int) async throws -> HTTPAnswer {
        var budget = retryBudget()
        while true {
            let failure: HTTPTransportError
            do {
                let answer = try await attempt(request, upTo: limit)
                guard let fault = fault(of: answer, to: request.method) else { return answer }
                failure = fault
            } catch let fault as HTTPTransportError {
                failure = fault
            }
            try await backOff(&budget, after: failure)
        }
    }

    /// Runs `body` while holding one of the host's slots for streams.
    ///
    /// Reading and sending have slots of their own, so a blob may be read and sent at once whatever the limits are. There
    /// are as many slots as the host was found to serve well; slots are given in the order in which they were asked for.
    ///
    /// - Throws: `CancellationError`; what `body` throws.
    package func withSlot<Result>(
        _ direction: StreamDirection,
        at origin: HTTPOrigin,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let limits = host(origin.authority).limits
        return try await (direction == .download ? limits.downloads : limits.uploads).withPermit(time, body)
    }

    /// Runs `body` as ``withSlot(_:at:_:)`` does when a slot is free now, and not at all otherwise.
    ///
    /// - Returns: what `body` returns; nil when no slot was free.
    /// - Throws: what `body` throws.
    package func withSlotIfFree<Result>(
        _ direction: StreamDirection,
        at origin: HTTPOrigin,
        _ body: () async throws -> Result
    ) async rethrows -> Result? {
        let limits = host(origin.authority).limits
        return try await (direction == .download ? limits.downloads : limits.uploads).withPermitIfFree(time, body)
    }
}

/// Which way a stream goes.
package enum StreamDirection: Sendable {
    case download
    case upload
}
