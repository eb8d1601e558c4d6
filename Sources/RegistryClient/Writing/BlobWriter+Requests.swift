import HTTPTransport
import ImageStorage
import OCIModel

extension BlobWriter {
    /// How a part of the body that was sent ended.
    enum Step: Sendable {
        /// The blob is complete.
        case done
        /// The part is, and the session stands at its end.
        case stored(UploadSession)
        /// A body of so many bytes was too large; the error is for when nothing can be done about it.
        case tooLarge(Int64, RegistryClientError)
        /// The registry takes no parts.
        case noParts(RegistryClientError)
        /// The body goes to another address.
        case moved(HTTPURL)
        /// Once more, with the token that was got meanwhile.
        case renewed(TokenRefusal)
        /// The session is gone, or stands somewhere else in the blob.
        case refused(HTTPTransportError)
        /// What the session holds is not the blob's beginning.
        case worthless(HTTPTransportError)
        case failed(HTTPTransportError)
    }

    var purpose: RegistryClientError.Purpose { client.purpose(of: call(.post, .path("/"))) }

    func call(_ method: HTTPRequest.Method, _ target: RegistryCall.Target) -> RegistryCall {
        RegistryCall(
            method,
            target,
            .push(repository),
            subject: blob.digest.description,
            action: "write blob \(blob.digest)"
        )
    }

    /// - Throws: `HTTPTransportError` for faults; `RegistryClientError`; `CancellationError`.
    /// - Returns: the session, and the least that it takes in a part that is not the last, if the registry says so.
    func openSession() async throws -> (url: HTTPURL, minimum: Int64?) {
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
        return (session, answer.fields["oci-chunk-min-length"].flatMap { Int64($0) })
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

    /// What an answer to a body means.
    func step(
        _ answer: HTTPAnswer,
        to call: RegistryCall,
        _ session: UploadSession,
        length: Int64
    ) throws -> Step {
        if let fault = client.fault(of: answer, to: call.method) { return .failed(fault) }
        if answer.isSuccess {
            try check(answer)
            return .done
        }
        if [307, 308].contains(answer.status), let target = client.uploadSession(answer) { return .moved(target) }
        if answer.status == 413 { return .tooLarge(length, client.failure(answer, call)) }
        if call.method == .patch, session.offset == 0, [405, 501].contains(answer.status) {
            return .noParts(client.failure(answer, call))
        }
        var fault = client.transport.statusFault(answer, to: call.method)
        if let text = client.words(of: answer) { fault.reason += " (\(text))" }
        if [404, 416].contains(answer.status) { return .refused(fault) }
        // A signed address of a storage behind the registry has an end; a new session has a new one.
        if [401, 403].contains(answer.status), answer.url.origin != origin { return .refused(fault) }
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
