import HTTPTransport
import ImageStorage
import NIOCore
package import OCIModel

extension RegistryClient {
    /// Begins an upload.
    ///
    /// - Returns: the answer, and the upload when there is one; it is to be finished or cancelled.
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probeUpload(
        in repository: RepositoryPath
    ) async throws -> (answer: ProbeAnswer, session: ProbeSession?) {
        let result = try await probe(
            uploadCall(.post, .path("/v2/\(repository)/blobs/uploads/"), repository, "push a blob")
        )
        return (result.answer, result.answer.isSuccess ? result.location.map { ProbeSession(url: $0) } : nil)
    }

    /// Asks for a mount: 201 says that it is done; with 202 the registry begins an upload instead.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probeMount(
        of digest: Digest,
        from origin: RepositoryPath,
        to repository: RepositoryPath
    ) async throws -> (answer: ProbeAnswer, session: ProbeSession?) {
        let path =
            "/v2/\(repository)/blobs/uploads/?mount=\(HTTPURL.queryEncoded(digest.description))"
            + "&from=\(HTTPURL.queryEncoded(origin.text))"
        let call = RegistryCall(
            .post,
            path: path,
            .mount(from: origin, to: repository),
            subject: digest.description,
            action: "mount a blob from \(origin)"
        )
        let result = try await probe(call)
        return (result.answer, result.answer.status == 202 ? result.location.map { ProbeSession(url: $0) } : nil)
    }

    /// Sends a part of an upload.
    ///
    /// - Parameters:
    ///   - bytes: the part.
    ///   - offset: where it begins.
    ///   - session: the upload.
    ///   - repository: where it was begun.
    /// - Returns: the answer, and where the upload goes on.
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probePart(
        _ bytes: [UInt8],
        at offset: Int,
        of session: ProbeSession,
        in repository: RepositoryPath
    ) async throws -> (answer: ProbeAnswer, session: ProbeSession) {
        var call = uploadCall(.patch, .url(session.url), repository, "push a part of a blob")
        call.fields = [
            "Content-Type": MediaType.octetStream.text,
            "Content-Range": "\(offset)-\(offset + max(bytes.count, 1) - 1)",
        ]
        call.body = ByteBuffer(bytes: bytes)
        let result = try await probe(call)
        return (result.answer, result.location.map { ProbeSession(url: $0) } ?? session)
    }

    /// Ends an upload with its last bytes.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    package func probeEnd(
        _ bytes: [UInt8],
        digest: Digest,
        of session: ProbeSession,
        in repository: RepositoryPath
    ) async throws -> ProbeAnswer {
        let url = session.url.adding(query: "digest", digest.description)
        var call = uploadCall(.put, .url(url), repository, "push a blob")
        call.fields = ["Content-Type": MediaType.octetStream.text]
        call.body = ByteBuffer(bytes: bytes)
        return try await probe(call).answer
    }

    /// Gives an upload up.
    ///
    /// - Throws: `RegistryClientError` when the registry cannot be reached; `CancellationError`.
    @discardableResult
    package func probeCancel(_ session: ProbeSession, in repository: RepositoryPath) async throws -> ProbeAnswer {
        try await probe(uploadCall(.delete, .url(session.url), repository, "give an upload up")).answer
    }

    /// Says that a part of some length follows, sends its beginning, and waits for an early refusal.
    ///
    /// Proxies that limit bodies (nginx, and what is built on it) look at `Content-Length` and answer 413 before they
    /// take any of it. Who says nothing meanwhile takes at least the beginning; then the connection is closed.
    ///
    /// - Parameters:
    ///   - length: the length that is claimed, in bytes.
    ///   - session: the upload.
    ///   - repository: where it was begun.
    ///   - patience: how long to wait for a refusal.
    /// - Returns: the status of an answer that came before the end; nil when there was none.
    /// - Throws: `RegistryClientError.unauthorized`; `HTTPTransportError`; `CancellationError`.
    package func probeLength(
        _ length: Int64,
        of session: ProbeSession,
        in repository: RepositoryPath,
        patience: Duration
    ) async throws -> Int? {
        let call = uploadCall(.patch, .url(session.url), repository, "push a large part of a blob")
        var request = try await request(call)
        request.fields["Content-Type"] = MediaType.octetStream.text
        let first = SingleConsumer<ByteBuffer?>(ByteBuffer(repeating: 0, count: 16 << 10))
        let time = transport.time
        do {
            let outcome = try await transport.upload(request, length: length) {
                if let chunk = first.value.take() { return chunk }
                try await time.sleep(patience)
                throw ClaimOver()
            }
            // A connection that broke before anything was said proves nothing.
            if case .answer(let answer) = outcome { return answer.status }
            return nil
        } catch is ClaimOver {
            return nil
        }
    }

    private struct ClaimOver: Error {}

    private func uploadCall(
        _ method: HTTPRequest.Method,
        _ target: RegistryCall.Target,
        _ repository: RepositoryPath,
        _ action: String
    ) -> RegistryCall {
        RegistryCall(method, target, .push(repository), subject: "upload", action: action)
    }
}
