import HTTPTransport
import ImageStorage
import NIOCore
import OCIModel
import Synchronization

extension BlobWriter {
    /// How a part of the body that was sent ended.
    enum Step: Sendable {
        /// The blob is complete.
        case done
        /// The part is, and the session stands at its end.
        case stored(UploadSession)
        /// The body goes to another address.
        case moved(HTTPURL)
        /// Once more, with the token that was got meanwhile.
        case renewed
        /// The session is gone, or stands somewhere else in the blob.
        case refused(HTTPTransportError)
        /// What the session holds is not the blob's beginning.
        case worthless(HTTPTransportError)
        case failed(HTTPTransportError)
    }

    var purpose: RegistryClientError.Purpose { client.purpose(of: call(.post, .path("/"))) }

    private func call(_ method: HTTPRequest.Method, _ target: RegistryCall.Target) -> RegistryCall {
        RegistryCall(
            method,
            target,
            .push(repository),
            subject: blob.digest.description,
            action: "write blob \(blob.digest)"
        )
    }

    /// - Throws: `HTTPTransportError` for faults; `RegistryClientError`; `CancellationError`.
    func openSession() async throws -> HTTPURL {
        let call = call(.post, .path("/v2/\(repository)/blobs/uploads/"))
        let answer = try await client.attempt(call, upTo: 64 << 10)
        if let fault = client.fault(of: answer, to: .post) { throw fault }
        guard answer.isSuccess else { throw client.failure(answer, call) }
        guard let session = client.uploadSession(answer) else {
            throw RegistryClientError(
                invalid: "the answer to the start of the upload has no valid Location",
                purpose,
                status: answer.status
            )
        }
        return session
    }

    /// Asks how far a session is.
    ///
    /// Debian's docker-registry, and what is built on it, ends a session whose last request broke off, and says 404.
    ///
    /// - Throws: `HTTPTransportError` for faults that may pass; `RegistryClientError.unauthorized`; `CancellationError`.
    func state(of session: UploadSession) async throws -> UploadSession.State {
        let answer: HTTPAnswer
        do {
            answer = try await client.attempt(call(.get, .url(session.url)), upTo: 64 << 10)
        } catch let fault as HTTPTransportError where !fault.isRetryable {
            return .gone  // what is wrong with the registry itself shows when a new session is opened
        }
        switch answer.status {
        case 405, 501: return .unsaid
        case 500: return .gone
        case 200..<300:
            guard let size = answer.fields["range"].flatMap(UploadRange.size) else { return .unsaid }
            let url = client.uploadSession(answer) ?? session.url
            return .at(UploadSession(url: url, offset: size, isContinued: true))
        default:
            if let fault = client.fault(of: answer, to: .get) { throw fault }
            return .gone
        }
    }

    /// Sends what comes next, up to a pause of the source or the end of the blob, from a stream of its own.
    ///
    /// - Throws: what the source throws; `RegistryClientError`; `CancellationError`.
    func send(_ session: UploadSession, _ check: DigestCheck) async throws -> Step {
        let end = source.pauses.first { $0 > session.offset && $0 < blob.size } ?? blob.size
        let start = min(session.offset, check.hashedBytes)
        let mayWait = source.pauses.contains { $0 > 0 && $0 >= start && $0 <= session.offset }
        let result = StepBox()
        let read: @Sendable () async throws -> Void = {
            try await source.withStream(from: start) { stream in
                let checked = check.checked(stream, from: start, giving: session.offset..<end)
                // The source may need a person first, or give bytes that prove wrong: no request is begun before.
                let first = SingleConsumer(try await checked.next())
                let body = BlobStream {
                    if let chunk = first.value.take() { return chunk }
                    return try await checked.next()
                }
                let step =
                    mayWait
                    ? try await withSlot { try await sendAfterPause(body, session, upTo: end) }
                    : try await send(body, session, upTo: end)
                result.value.withLock { $0 = step }
            }
        }
        // Who waits for a person leaves its slot to those who do not.
        if mayWait { try await read() } else { try await withSlot(read) }
        guard let step = result.value.withLock({ $0 }) else {
            throw RegistryClientError(invalid: "its source gave no bytes", purpose)
        }
        return step
    }

    private func withSlot<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await client.transport.withSlot(.upload, at: origin, body)
    }

    /// Sends a part before which the session may have been left alone for long.
    private func sendAfterPause(_ body: BlobStream, _ session: UploadSession, upTo end: Int64) async throws -> Step {
        var session = session
        do {
            switch try await state(of: session) {
            case .at(let found) where found.offset == session.offset: session = found
            case .unsaid: break
            case .at, .gone:
                return .failed(client.transport.interruption(.get, session.url, "ended while the source paused"))
            }
        } catch let fault as HTTPTransportError {
            return .failed(fault)
        }
        return try await send(body, session, upTo: end)
    }

    private func send(_ body: BlobStream, _ session: UploadSession, upTo end: Int64) async throws -> Step {
        let isLast = end == blob.size
        let url = isLast ? session.url.adding(query: "digest", blob.digest.description) : session.url
        let call = call(isLast ? .put : .patch, .url(url))
        var request = try await client.request(call)
        request.fields["Content-Type"] = MediaType.octetStream.text
        // A whole blob needs none; some registries (Quay) take all others for bytes from the beginning without it.
        if session.offset > 0 || !isLast, end > session.offset {
            request.fields["Content-Range"] = "\(session.offset)-\(end - 1)"
        }
        let outcome = try await client.transport.upload(request, length: end - session.offset) {
            try await body.next()
        }
        switch outcome {
        case .fault(let fault): return .failed(fault)
        case .answer(let answer):
            if try await client.asksForCredentials(answer) {
                _ = try await client.authorizer.renewed(
                    after: answer.fields,
                    of: client.baseURL(),
                    for: call.access,
                    rejected: request.authorization
                )
                return .renewed
            }
            if answer.isSuccess, !isLast {
                let next = client.uploadSession(answer) ?? session.url
                return .stored(UploadSession(url: next, offset: end, isContinued: true))
            }
            return try step(answer, to: call, session)
        }
    }

    /// What an answer to a body means.
    private func step(_ answer: HTTPAnswer, to call: RegistryCall, _ session: UploadSession) throws -> Step {
        if let fault = client.fault(of: answer, to: call.method) { return .failed(fault) }
        if answer.isSuccess {
            try check(answer)
            return .done
        }
        if [307, 308].contains(answer.status), let target = client.uploadSession(answer) { return .moved(target) }
        var fault = client.transport.statusFault(answer, to: call.method)
        if let text = client.words(of: answer) { fault.reason += " (\(text))" }
        if [404, 416].contains(answer.status) { return .refused(fault) }
        if session.isContinued, [400, 409, 410].contains(answer.status) { return .worthless(fault) }
        if RegistryErrorDocument(answer).codes.contains("DIGEST_INVALID") {
            throw RegistryClientError(
                .digestMismatch,
                "the registry computed another digest of the bytes it got",
                purpose
            )
        }
        throw client.failure(answer, call)
    }

    private func check(_ answer: HTTPAnswer) throws {
        guard let digest = RegistryClient.contentDigest(answer), digest.algorithm == blob.digest.algorithm,
            digest != blob.digest
        else { return }
        throw RegistryClientError(.digestMismatch, "the registry says that it stored \(digest)", purpose)
    }
}

/// Carries the outcome out of the source's scope.
private final class StepBox: Sendable {
    let value = Mutex<BlobWriter.Step?>(nil)
}
