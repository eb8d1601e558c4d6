import AsyncHTTPClient
package import NIOCore

/// How an upload ended, when its source did not fail.
package enum UploadOutcome: Sendable {
    /// The server answered, with whatever status.
    case answer(HTTPAnswer)
    /// There was no answer; how much of the body went out is not known.
    case fault(HTTPTransportError)
}

extension HTTPTransport {
    /// Sends a request whose body is pulled from a source, and reads the answer.
    ///
    /// There is one try, and redirects are not followed.
    /// When the call returns, `pull` is not running and is not called any more.
    ///
    /// - Parameters:
    ///   - request: the request, without body.
    ///   - length: how many bytes `pull` gives in all. When it throws instead of giving the last of them, the server
    ///     never sees a complete body.
    ///   - pull: gives the next chunk, nil at the end.
    /// - Returns: the answer or the fault of the connection.
    /// - Throws: what `pull` throws; `CancellationError`.
    package func upload(
        _ request: HTTPRequest,
        length: Int64,
        from pull: @escaping @Sendable () async throws -> ByteBuffer?
    ) async throws -> UploadOutcome {
        let handoff = BodyHandoff()
        let host = host(request.url.origin.authority)
        let (lane, throttle, time) = (host.limits.uploads, limits.upload, time)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    while let chunk = try await pull() {
                        var rest = chunk
                        let portion = throttle?.portion ?? .max
                        // Portions pass without letting the other streams wait for long.
                        while let piece = rest.readSlice(length: min(portion, rest.readableBytes)),
                            piece.readableBytes > 0
                        {
                            try await throttle?.pass(piece.readableBytes, time)
                            host.countSent(piece.readableBytes)
                            lane.moved(piece.readableBytes, time)
                            guard await handoff.send(piece) else { return }
                        }
                    }
                    handoff.finish()
                } catch {
                    handoff.finish(throwing: error)
                }
            }
            defer {
                handoff.close()
                group.cancelAll()
            }
            let outcome = try await exchange(request, length: length, handoff)
            if case .answer(let answer) = outcome, answer.isSuccess, handoff.takenBytes >= length {
                // The body is complete at the other end: the reading task is about to see the end of its source, and
                // broken off it would cost the source's connection. A server that is content with less than the body
                // takes no more, and the reading task would wait for it forever.
                try await group.waitForAll()
            }
            if let error = handoff.failure { throw error }
            try Task.checkCancellation()
            return outcome
        }
    }

    private func exchange(_ request: HTTPRequest, length: Int64, _ body: BodyHandoff) async throws -> UploadOutcome {
        let lane = host(request.url.origin.authority).limits.uploads
        let start = time.now()
        do {
            let exchange = try await send(
                request,
                to: request.url,
                streaming: .stream(body, length: .known(length))
            )
            lane.answered(exchange, sentAt: exchange.sentAt, after: exchange.latency, time)
            return .answer(
                HTTPAnswer(
                    status: exchange.status,
                    fields: exchange.fields,
                    body: try await exchange.prefix(64 << 10),
                    url: exchange.url
                )
            )
        } catch let fault as HTTPTransportError {
            lane.failed(fault, request.method, sentAt: start, time)
            return .fault(fault)
        }
    }
}
