import HTTPTransport
package import ImageStorage
import NIOCore
package import OCIModel
import Synchronization

/// Uploads one blob: opens a session, sends the body in one request, starts over when that breaks.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put
struct BlobWriter {
    let client: RegistryClient
    let blob: Descriptor
    let repository: RepositoryPath
    let source: BlobOpener

    /// How a body that was sent ended.
    private enum Step {
        case done
        /// The body goes to another address.
        case moved(HTTPURL)
        /// Once more, with the token that was got meanwhile.
        case renewed
        case failed(HTTPTransportError)
    }

    /// - Throws: `RegistryClientError`; what the source throws; `CancellationError`.
    func write() async throws {
        var budget = client.transport.retryBudget()
        var session = client.knowledge.takeSession(for: .init(repository: repository, digest: blob.digest))
        var redirects = 0
        var renewals = 0
        do {
            while true {
                let failure: HTTPTransportError
                do {
                    let url = if let session { session } else { try await openSession() }
                    session = nil
                    switch try await send(to: url.adding(query: "digest", blob.digest.description)) {
                    case .done: return
                    case .moved(let url) where redirects < client.transport.configuration.maximumRedirects:
                        redirects += 1
                        session = url
                        continue
                    case .moved:
                        throw RegistryClientError(invalid: "the upload is redirected without end", purpose)
                    case .renewed where renewals < 2:
                        renewals += 1
                        continue
                    case .renewed:
                        throw RegistryClientError(
                            .unauthorized,
                            "each new token is refused; \(client.authorizer.identity(for: .push(repository)))",
                            purpose
                        )
                    case .failed(let fault): failure = fault
                    }
                } catch let fault as HTTPTransportError {
                    failure = fault
                }
                try await client.transport.backOff(&budget, after: failure)
                // The answer may have been lost, not the blob.
                if try await client.containsBlob(blob, in: repository) { return }
            }
        } catch let fault as HTTPTransportError {
            throw RegistryClientError(fault, purpose)
        }
    }

    private var purpose: RegistryClientError.Purpose { client.purpose(of: call(.post, .path("/"))) }

    private func call(_ method: HTTPRequest.Method, _ target: RegistryCall.Target) -> RegistryCall {
        RegistryCall(
            method,
            target,
            .push(repository),
            subject: blob.digest.description,
            action: "write blob \(blob.digest)"
        )
    }

    private func openSession() async throws -> HTTPURL {
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

    /// Sends the body once, from a stream of its own.
    private func send(to url: HTTPURL) async throws -> Step {
        let call = call(.put, .url(url))
        var request = try await client.request(call)
        request.fields["Content-Type"] = MediaType.octetStream.text
        let sent = try await outcome(of: request)
        switch sent {
        case .fault(let fault): return .failed(fault)
        case .answer(let answer):
            if let fault = client.fault(of: answer, to: .put) { return .failed(fault) }
            if try await client.asksForCredentials(answer) {
                _ = try await client.authorizer.renewed(
                    after: answer.fields,
                    of: client.baseURL(),
                    for: call.access,
                    rejected: request.authorization
                )
                return .renewed
            }
            if answer.isSuccess {
                try check(answer)
                return .done
            }
            if [307, 308].contains(answer.status), let target = client.uploadSession(answer) { return .moved(target) }
            // The session is gone or somewhere else in the blob; a new one begins at its start.
            if [404, 416].contains(answer.status) {
                return .failed(client.transport.statusFault(answer, to: .put))
            }
            if RegistryErrorDocument(answer).codes.contains("DIGEST_INVALID") {
                throw RegistryClientError(
                    .digestMismatch,
                    "the registry computed another digest of the bytes it got",
                    purpose
                )
            }
            throw client.failure(answer, call)
        }
    }

    /// Streams the blob through the check, so that the last bytes of a wrong blob are never sent.
    private func outcome(of request: HTTPRequest) async throws -> UploadOutcome {
        let transport = client.transport
        let result = OutcomeBox()
        let blob = blob
        try await source.withStream { stream in
            let checked = try DigestCheck(blob).checked(stream)
            let outcome = try await transport.upload(request, length: blob.size) { try await checked.next() }
            result.value.withLock { $0 = outcome }
        }
        guard let outcome = result.value.withLock({ $0 }) else {
            throw RegistryClientError(invalid: "its source gave no bytes", purpose)
        }
        return outcome
    }

    private func check(_ answer: HTTPAnswer) throws {
        guard let digest = RegistryClient.contentDigest(answer), digest.algorithm == blob.digest.algorithm,
            digest != blob.digest
        else { return }
        throw RegistryClientError(.digestMismatch, "the registry says that it stored \(digest)", purpose)
    }
}

/// Carries the outcome out of the source's scope.
private final class OutcomeBox: Sendable {
    let value = Mutex<UploadOutcome?>(nil)
}

extension RegistryClient {
    package func writeBlob(_ blob: Descriptor, to repository: RepositoryPath, from source: BlobOpener) async throws {
        let writer = BlobWriter(client: self, blob: blob, repository: repository, source: source)
        let origin: HTTPOrigin
        do {
            origin = try await baseURL().origin
        } catch let fault as HTTPTransportError {
            throw RegistryClientError(
                fault,
                .init(
                    registry: registry,
                    repository: repository,
                    subject: blob.digest.description,
                    action: "write blob \(blob.digest)"
                )
            )
        }
        try await transport.withSlot(.upload, at: origin) { try await writer.write() }
    }
}
