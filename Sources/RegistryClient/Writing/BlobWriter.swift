import HTTPTransport
package import ImageStorage
package import OCIModel

/// Uploads one blob: opens a session and sends the body; after a break goes on where the registry has got to.
///
/// Without pauses of the source that is one PUT, unless `UploadChunking` has reasons for parts. What comes before a pause
/// goes as a PATCH of its own, so that no connection waits for a person. Whatever a registry says about its state is a
/// hint; the digest at the end decides.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put
struct BlobWriter {
    let client: RegistryClient
    let blob: Descriptor
    let repository: RepositoryPath
    let source: BlobOpener
    /// Where bodies go, unless the registry says otherwise.
    let origin: HTTPOrigin
    let log: UploadLog

    /// How often in a row the registry may say that it has a blob that is not there.
    private static let maximumDisappointments = 2

    /// What is to be done after a request.
    private enum Outcome {
        case done
        case goOn
        /// The answer may have been lost, not the blob.
        case lookForBlob
    }

    /// - Throws: `RegistryClientError`; `ImageStorageError` when the source's bytes are wrong; what the source throws;
    ///   `CancellationError`.
    func write() async throws {
        do {
            let course = UploadCourse(
                try log.check(),
                UploadChunking(blob.size, client.configuration.chunking),
                UploadTrust(isWordWrong: client.knowledge.misstatesUploads),
                client.transport.retryBudget()
            )
            // An address that is none is as good as no record.
            if let record = await log.find(), let url = try? HTTPURL(record.location) {
                course.session = UploadSession(url: url, offset: 0, isInDoubt: true)
                course.checkpoints = record.checkpoints
                course.trustsJournal = true
            }
            while try await !isDone(after: step(course), course) {}
            await client.learn { course.chunking.completed(&$0) }
            if course.trust.followsCount { client.knowledge.misstatedUpload() }
            await log.end()
        } catch let fault as HTTPTransportError {
            throw RegistryClientError(fault, purpose)
        } catch let error as ImageStorageError where error.kind == .integrity {
            // Wrong bytes may be in the session, so that nobody must go on with it.
            await log.end()
            throw error
        }
    }

    private func isDone(after outcome: Outcome, _ course: UploadCourse) async throws -> Bool {
        switch outcome {
        case .goOn: return false
        case .lookForBlob: return try await client.containsBlob(blob, in: repository)
        case .done:
            // The session may have been at another registry that stood here before, or have lost parts.
            guard course.trustsJournal || course.isDoubtful else { return true }
            if try await client.containsBlob(blob, in: repository) { return true }
            course.disappointments += 1
            guard course.disappointments <= Self.maximumDisappointments else {
                throw RegistryClientError(invalid: "it says that it has the blob, and does not show it", purpose)
            }
            if course.isDoubtful { course.chunking.vanished() }
            course.session = nil
            return false
        }
    }

    /// Sends a part of the body, in a session that is asked for its state or opened where needed.
    private func step(_ course: UploadCourse) async throws -> Outcome {
        let failure: HTTPTransportError
        do {
            let session = try await readySession(course)
            switch try await send(session, course) {
            case .done: return .done
            case .stored: return .goOn
            case .moved(let url):
                try redirect(course, to: url)
                return .goOn
            case .renewed(let refusal):
                try renew(course, after: refusal)
                return .goOn
            case .tooLarge(let length, let error):
                try await shrink(course, after: length, error)
                return .goOn
            case .noParts(let error):
                guard !course.chunking.isVanished else { throw error }
                course.chunking.vanished()
                return .goOn
            case .refused(let fault):
                failure = fault
                if vanished(after: fault, course) {
                    course.session = nil
                } else {
                    course.session?.wasRefused = true
                    if fault.status == 416 { _ = course.trust.refused() }
                }
            case .worthless(let fault):
                let isExplained = course.trust.refused()
                if course.session?.wasStored == true, !isExplained { course.chunking.vanished() }
                course.session = nil
                failure = fault
            case .failed(let fault): failure = fault
            }
        } catch let fault as HTTPTransportError {
            failure = fault
        } catch let error as ImageStorageError where error.kind == .integrity && course.trustsJournal {
            // Not the bytes but the journal may be wrong.
            course.session = nil
            return .goOn
        }
        course.session?.isInDoubt = true
        try await client.transport.backOff(&course.budget, after: failure)
        return .lookForBlob
    }

    /// Whether a session is gone that took a part with the request before: those of registries behind some balancers.
    private func vanished(after fault: HTTPTransportError, _ course: UploadCourse) -> Bool {
        guard fault.status == 404, let session = course.session, session.wasStored else { return false }
        // At a pause of the source it may just have been left alone for too long.
        guard !source.pauses.contains(session.offset) else { return false }
        course.chunking.vanished()
        return true
    }

    private func shrink(_ course: UploadCourse, after length: Int64, _ error: RegistryClientError) async throws {
        var isWorthAnotherTry = false
        await client.learn { isWorthAnotherTry = course.chunking.refused(length, &$0) }
        guard isWorthAnotherTry else { throw error }
        course.session?.isContinued = true
        course.session?.wasStored = false
    }

    private func redirect(_ course: UploadCourse, to url: HTTPURL) throws {
        guard course.redirects < client.transport.configuration.maximumRedirects else {
            throw RegistryClientError(invalid: "the upload is redirected without end", purpose)
        }
        course.redirects += 1
        course.session?.url = url
        course.session?.isContinued = true
    }

    private func renew(_ course: UploadCourse, after refusal: TokenRefusal) throws {
        guard course.renewals.mayGoOn(after: refusal) else {
            throw RegistryClientError(
                .unauthorized,
                "each new token is refused",
                purpose,
                used: client.authorizer.identity(for: .push(repository))
            )
        }
        // One that is late twice in a row may be so because its part takes longer than it lives.
        if course.renewals.expired > 1 { course.chunking.expired(refusal.length) }
        course.session?.isContinued = true
    }
}

extension RegistryClient {
    package func writeBlob(_ blob: Descriptor, to repository: RepositoryPath, from source: BlobOpener) async throws {
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
        let writer = BlobWriter(
            client: self,
            blob: blob,
            repository: repository,
            source: source,
            origin: origin,
            log: UploadLog(self, blob, in: repository)
        )
        try await writer.write()
    }
}
