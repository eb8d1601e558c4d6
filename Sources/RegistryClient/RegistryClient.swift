package import HTTPTransport
package import Logging
package import OCIModel
import Synchronization

/// One registry, as a store of images, by the OCI distribution protocol.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
///
/// It recovers from faults of network and server by itself; the errors it throws are final. Requests of all clients of
/// one transport to one host share their limits and their back-off.
package final class RegistryClient: Sendable {
    /// The registry as references name it.
    package let registry: RegistryName
    let transport: HTTPTransport
    let configuration: RegistryClientConfiguration
    let authorizer: Authorizer
    let readAhead: ReadAheadBudget
    let logger: Logger
    /// What was learnt about the registry.
    let knowledge = RegistryKnowledge()
    private let uploadJournal = Mutex<(any UploadJournal)?>(nil)

    /// Makes a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - registry: the registry as references name it; Docker Hub is asked at `registry-1.docker.io`.
    ///   - transport: must outlive the client.
    ///   - credentials: where credentials are looked up.
    ///   - configuration: the limits.
    ///   - readAhead: memory for parts of blobs that wait for their turn, shared with other clients; nil for its own.
    ///   - logger: told at debug level what is special about the registry.
    package init(
        _ registry: RegistryName,
        transport: HTTPTransport,
        credentials: CredentialStore,
        configuration: RegistryClientConfiguration = RegistryClientConfiguration(),
        readAhead: ReadAheadBudget? = nil,
        logger: Logger
    ) {
        self.registry = registry
        self.transport = transport
        self.configuration = configuration
        self.readAhead = readAhead ?? ReadAheadBudget(configuration.ranges.readAhead)
        authorizer = Authorizer(registry: registry, transport: transport, credentials: credentials)
        self.logger = logger
    }

    /// Where uploads are written down, so that a later run goes on with them; nil for nowhere.
    package var journal: (any UploadJournal)? { uploadJournal.withLock { $0 } }

    /// Writes uploads that begin from now on down in a journal, and goes on with those that it holds.
    package func keepUploads(in journal: any UploadJournal) {
        uploadJournal.withLock { $0 = journal }
    }

    /// Proves before a run that the registry answers and takes the credentials.
    ///
    /// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#determining-support
    ///
    /// Whoever has credentials for some repositories only cannot prove it here; the first request to one of them does.
    ///
    /// - Throws: `RegistryClientError` that names the registry and where the credentials were found.
    package func ping() async throws {
        let call = RegistryCall(.get, path: "/v2/", .login, subject: "/v2/", action: RegistryClientError.Purpose.login)
        let answer: HTTPAnswer
        do {
            answer = try await collect(call, upTo: 1 << 20)
        } catch let error as RegistryClientError where error.code == .unauthorized && authorizer.isPartial {
            return
        }
        // A web server that has a page for everything is none either.
        let isPage = answer.fields["content-type"]?.lowercased().hasPrefix("text/html") ?? false
        if answer.isSuccess, !isPage { return }
        if answer.status == 401, authorizer.isPartial { return }
        // Some registries (Quay) know nobody without an account here, and let everybody read all the same.
        if answer.status == 401, authorizer.isAnonymous { return }
        guard answer.status == 404 || answer.isSuccess else { throw failure(answer, call) }
        throw RegistryClientError(
            .notARegistry,
            registry: registry,
            subject: "/v2/",
            status: answer.status,
            message: "\(answer.url.origin) answers and is no container registry (status \(answer.status) "
                + "\(isPage ? "and a web page " : "")for /v2/); check host and port",
            endpoint: "\(answer.url)",
            nextStep: "check host and port"
        )
    }
}
