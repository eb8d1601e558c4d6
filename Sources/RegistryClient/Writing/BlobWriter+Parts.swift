import HTTPTransport
import ImageStorage
import NIOCore
import OCIModel
import Synchronization

extension BlobWriter {
    /// Sends what comes next, up to a pause of the source or the end of the blob, from one stream of it.
    ///
    /// - Throws: what the source throws; `RegistryClientError`; `CancellationError`.
    func send(_ session: UploadSession, _ course: UploadCourse) async throws -> Step {
        let stop = source.pauses.first { $0 > session.offset && $0 < blob.size } ?? blob.size
        let start = min(session.offset, course.check.hashedBytes)
        let mayWait = source.pauses.contains { $0 > 0 && $0 >= start && $0 <= session.offset }
        let result = StepBox()
        let read: @Sendable () async throws -> Void = {
            try await source.withStream(from: start) { stream in
                let parts = BlobParts(stream, from: start)
                let step =
                    mayWait
                    ? try await sendAfterPause(parts, session, upTo: stop, course)
                    : try await sendParts(parts, session, upTo: stop, course)
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

    /// Sends what comes after a pause, in which the session may have been left alone for long.
    private func sendAfterPause(
        _ parts: BlobParts,
        _ session: UploadSession,
        upTo stop: Int64,
        _ course: UploadCourse
    ) async throws -> Step {
        try await parts.prime()
        return try await withSlot {
            var session = session
            do {
                switch try await state(of: session) {
                case .at(let found) where found.offset == session.offset: session = found
                case .unsaid: break
                case .at(let found) where goesOnByCount(session, said: found.offset, course):
                    session.url = found.url
                    session.isContinued = true
                    course.isDoubtful = true
                case .at, .gone:
                    return .failed(client.transport.interruption(.get, session.url, "ended while the source paused"))
                }
            } catch let fault as HTTPTransportError {
                return .failed(fault)
            }
            return try await sendParts(parts, session, upTo: stop, course)
        }
    }

    /// Whether what the registry says about a session counts less than what it took.
    private func goesOnByCount(_ session: UploadSession, said: Int64, _ course: UploadCourse) -> Bool {
        guard course.trust.taken == session.offset else { return false }
        switch course.trust.choice(said: said, sent: max(session.offset, course.check.hashedBytes)) {
        case .count: return true
        case .word: return false
        case .anew:
            course.session = nil
            return false
        }
    }

    /// Sends request after request while they pass.
    private func sendParts(
        _ parts: BlobParts,
        _ first: UploadSession,
        upTo stop: Int64,
        _ course: UploadCourse
    ) async throws -> Step {
        var session = first
        while true {
            let end = min(stop, course.chunking.end(from: session.offset, client.uploadLimits))
            let step = try await sendPart(parts, session, upTo: end, course)
            guard case .stored(let next) = step else { return step }
            course.session = next
            course.note(next.offset)
            await log.move(to: next.url)
            await log.pass(course.check.checkpoint)
            guard next.offset < stop else { return step }
            session = next
        }
    }

    private func sendPart(
        _ parts: BlobParts,
        _ session: UploadSession,
        upTo end: Int64,
        _ course: UploadCourse
    ) async throws -> Step {
        let isLast = end == blob.size
        let checked = course.check.checked(
            parts.part(upTo: isLast ? nil : end),
            from: parts.position,
            giving: session.offset..<end
        )
        // The source may give bytes that prove wrong: no request is begun before.
        let first = SingleConsumer(try await checked.next())
        let body = CountedBody(
            BlobStream {
                if let chunk = first.value.take() { return chunk }
                return try await checked.next()
            }
        )
        let began = client.transport.time.now()
        let step = try await send(body, session, upTo: end, course)
        let length = end - session.offset
        course.cut = nil
        switch step {
        case .done, .stored:
            course.chunking.passed(length, in: client.transport.time.now() - began)
            await client.learn { $0.passed(length) }
        case .failed(let fault) where fault.isCut:
            course.cut = UploadChunking.Cut(length: length, sent: body.count)
        default: break
        }
        return step
    }

    private func send(
        _ body: CountedBody,
        _ session: UploadSession,
        upTo end: Int64,
        _ course: UploadCourse
    ) async throws -> Step {
        let isLast = end == blob.size
        let length = end - session.offset
        let url = isLast ? session.url.adding(query: "digest", blob.digest.description) : session.url
        let call = call(isLast ? .put : .patch, .url(url))
        var request = try await self.request(call, session, upTo: end)
        // What cuts connections may count what they carried before.
        if course.chunking.wantsFreshConnections(client.uploadLimits) { request.fields["Connection"] = "close" }
        switch try await client.transport.upload(request, length: length, from: { try await body.next() }) {
        case .fault(let fault): return .failed(fault)
        case .answer(let answer):
            if try await client.asksForCredentials(answer) {
                // Asked before there is another token: a part on a slow line may outlive its own.
                let wasOver = client.authorizer.wasOver(request.authorization, for: call.access)
                _ = try await client.authorizer.renewed(
                    after: answer.fields,
                    of: client.baseURL(),
                    for: call.access,
                    rejected: request.authorization
                )
                return .renewed(TokenRefusal(wasOver: wasOver, length: length))
            }
            if answer.isSuccess, !isLast { return .stored(next(session, after: answer, at: end, course)) }
            return try step(answer, to: call, session, length: length)
        }
    }

    private func request(_ call: RegistryCall, _ session: UploadSession, upTo end: Int64) async throws -> HTTPRequest {
        var request = try await client.request(call)
        request.fields["Content-Type"] = MediaType.octetStream.text
        // A whole blob needs none; some registries (Quay) take all others for bytes from the beginning without it.
        if session.offset > 0 || call.method == .patch, end > session.offset {
            request.fields["Content-Range"] = "\(session.offset)-\(end - 1)"
        }
        return request
    }

    /// The session behind a part that was taken.
    ///
    /// That some answer with a `Range` of less is left to the digest.
    private func next(
        _ session: UploadSession,
        after answer: HTTPAnswer,
        at end: Int64,
        _ course: UploadCourse
    ) -> UploadSession {
        let said = answer.fields["range"].flatMap(UploadRange.size)
        if let said, said != end { course.isDoubtful = true }
        course.trust.took(upTo: end, said: said)
        return UploadSession(
            url: client.uploadSession(answer) ?? session.url,
            offset: end,
            isContinued: true,
            wasStored: true
        )
    }
}

/// Counts what is handed to a connection.
private final class CountedBody: Sendable {
    private let stream: BlobStream
    private let bytes = Atomic<Int64>(0)

    init(_ stream: BlobStream) {
        self.stream = stream
    }

    var count: Int64 { bytes.load(ordering: .relaxed) }

    func next() async throws -> ByteBuffer? {
        guard let chunk = try await stream.next() else { return nil }
        bytes.wrappingAdd(Int64(chunk.readableBytes), ordering: .relaxed)
        return chunk
    }
}

/// Carries the outcome out of the source's scope.
private final class StepBox: Sendable {
    let value = Mutex<BlobWriter.Step?>(nil)
}

extension HTTPTransportError {
    /// Whether the request may have been too long for somebody on the way: it broke off, or was taken too long over.
    fileprivate var isCut: Bool {
        switch code {
        case .connectionClosed, .timedOut: true
        case .status: [408, 502, 504].contains(status)
        default: false
        }
    }
}
