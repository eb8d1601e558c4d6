import HTTPTransport
package import ImageStorage
package import OCIModel

/// Uploads one blob: opens a session and sends the body; after a break goes on where the registry has got to.
///
/// Without pauses of the source that is one PUT. What comes before a pause goes as a PATCH of its own, so that no
/// connection waits for a person. Whatever a registry says about its state is a hint; the digest at the end decides.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put
struct BlobWriter {
    let client: RegistryClient
    let blob: Descriptor
    let repository: RepositoryPath
    let source: BlobOpener
    /// Where bodies go, unless the registry says otherwise.
    let origin: HTTPOrigin

    /// After how many tries in a row without any gain a session is given up for a new one.
    private static let maximumStalls = 3

    /// What changes while the blob is on its way.
    private struct Progress {
        /// Nil when one is to be opened.
        var session: UploadSession?
        var check: DigestCheck
        /// What an earlier run knew of the hash; the latest last.
        var checkpoints: [HashCheckpoint] = []
        /// Whether the session, and perhaps the check, came from an earlier run.
        var trustsJournal = false
        /// The most bytes that any session was found to have: only more than ever is progress, so that tries end.
        var highest: Int64 = 0
        var redirects = 0
        var renewals = 0
        var budget: RetryBudget
    }

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
        let log = UploadLog(client, blob, in: repository)
        do {
            var progress = Progress(check: try log.check(), budget: client.transport.retryBudget())
            // An address that is none is as good as no record.
            if let record = await log.find(), let url = try? HTTPURL(record.location) {
                progress.session = UploadSession(url: url, offset: 0, isInDoubt: true)
                progress.checkpoints = record.checkpoints
                progress.trustsJournal = true
            }
            while true {
                switch try await step(&progress, log) {
                case .goOn: continue
                case .done where progress.trustsJournal:
                    // The session may have been at another registry that stood here before.
                    if try await client.containsBlob(blob, in: repository) { return await log.end() }
                    progress.session = nil
                case .lookForBlob where try await !client.containsBlob(blob, in: repository): continue
                case .done, .lookForBlob: return await log.end()
                }
            }
        } catch let fault as HTTPTransportError {
            throw RegistryClientError(fault, purpose)
        } catch let error as ImageStorageError where error.kind == .integrity {
            // Wrong bytes may be in the session, so that nobody must go on with it.
            await log.end()
            throw error
        }
    }

    /// Sends a part of the body, in a session that is asked for its state or opened where needed.
    private func step(_ progress: inout Progress, _ log: UploadLog) async throws -> Outcome {
        let failure: HTTPTransportError
        do {
            let session = try await readySession(&progress, log)
            switch try await send(session, progress.check) {
            case .done: return .done
            case .stored(let next):
                note(next.offset, &progress)
                progress.session = next
                await log.move(to: next.url)
                await log.pass(progress.check.checkpoint)
                return .goOn
            case .moved(let url):
                try redirect(&progress, to: url)
                return .goOn
            case .renewed:
                try renew(&progress)
                return .goOn
            case .refused(let fault):
                progress.session?.wasRefused = true
                failure = fault
            case .worthless(let fault):
                progress.session = nil
                failure = fault
            case .failed(let fault): failure = fault
            }
        } catch let fault as HTTPTransportError {
            failure = fault
        } catch let error as ImageStorageError where error.kind == .integrity && progress.trustsJournal {
            // Not the bytes but the journal may be wrong.
            progress.session = nil
            return .goOn
        }
        progress.session?.isInDoubt = true
        try await client.transport.backOff(&progress.budget, after: failure)
        return .lookForBlob
    }

    /// The session to send to, with the place to go on from.
    private func readySession(_ progress: inout Progress, _ log: UploadLog) async throws -> UploadSession {
        if let session = progress.session {
            guard session.isInDoubt else { return session }
            if let found = try await confirmed(session, progress) {
                note(found.offset, &progress)
                let checkpoint = progress.checkpoints.last { $0.offset <= found.offset }
                if let checkpoint, checkpoint.offset > progress.check.hashedBytes {
                    // One that cannot be used costs reading from the beginning.
                    progress.check = (try? log.check(from: checkpoint)) ?? progress.check
                }
                progress.session = found
                await log.move(to: found.url)
                return found
            }
        }
        // This blob alone begins anew, and with it its hash: what goes over the wire is what is proven.
        let item = RegistryKnowledge.Item(repository: repository, digest: blob.digest)
        let url = if let kept = client.knowledge.takeSession(for: item) { kept } else { try await openSession() }
        let session = UploadSession(url: url, offset: 0)
        progress.session = session
        progress.check = try log.check()
        progress.checkpoints = []
        progress.trustsJournal = false
        await log.begin(at: url)
        return session
    }

    /// How a session stands that was broken off; nil when it cannot be gone on with.
    private func confirmed(_ session: UploadSession, _ progress: Progress) async throws -> UploadSession? {
        let state: UploadSession.State
        do {
            state = try await self.state(of: session)
        } catch is HTTPTransportError where progress.trustsJournal && session.url.origin != origin {
            return nil  // some storage behind the registry, which may be gone for good
        }
        // What was hashed is what may have been sent; what an earlier run sent nobody knows.
        let limit = progress.trustsJournal ? blob.size : progress.check.hashedBytes
        guard case .at(var found) = state, found.offset > 0, found.offset <= limit else { return nil }
        if found.offset <= session.offset {
            // Perhaps a connection that only the registry believes in still holds the session.
            found.stalls = session.stalls + 1
            if session.wasRefused || found.stalls >= Self.maximumStalls { return nil }
        }
        return found
    }

    /// Bytes that no session had before are worth a whole new budget of tries.
    private func note(_ offset: Int64, _ progress: inout Progress) {
        guard offset > progress.highest else { return }
        progress.highest = offset
        progress.renewals = 0
        progress.budget.madeProgress()
    }

    private func redirect(_ progress: inout Progress, to url: HTTPURL) throws {
        guard progress.redirects < client.transport.configuration.maximumRedirects else {
            throw RegistryClientError(invalid: "the upload is redirected without end", purpose)
        }
        progress.redirects += 1
        progress.session?.url = url
        progress.session?.isContinued = true
    }

    private func renew(_ progress: inout Progress) throws {
        guard progress.renewals < 2 else {
            throw RegistryClientError(
                .unauthorized,
                "each new token is refused; \(client.authorizer.identity(for: .push(repository)))",
                purpose
            )
        }
        progress.renewals += 1
        progress.session?.isContinued = true
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
        let writer = BlobWriter(client: self, blob: blob, repository: repository, source: source, origin: origin)
        try await writer.write()
    }
}
