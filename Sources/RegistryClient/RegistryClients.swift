package import HTTPTransport
package import ImageStorage
package import Logging
package import OCIModel
import Synchronization

/// Clients of all registries, one per registry, over one transport.
package final class RegistryClients: ImageSourceProvider {
    private let transport: HTTPTransport
    private let credentials: CredentialStore
    private let configuration: RegistryClientConfiguration
    private let logger: Logger
    /// One for all registries, since the memory is one.
    private let readAhead: ReadAheadBudget
    private let clients = Mutex<[RegistryName: RegistryClient]>([:])

    /// Joins the parts; the transport must outlive the clients.
    package init(
        transport: HTTPTransport,
        credentials: CredentialStore,
        configuration: RegistryClientConfiguration = RegistryClientConfiguration(),
        logger: Logger
    ) {
        self.transport = transport
        self.credentials = credentials
        self.configuration = configuration
        readAhead = ReadAheadBudget(configuration.ranges.readAhead)
        self.logger = logger
    }

    /// The client of a registry, always the same one.
    package func client(for registry: RegistryName) -> RegistryClient {
        clients.withLock { clients in
            if let client = clients[registry] { return client }
            let client = RegistryClient(
                registry,
                transport: transport,
                credentials: credentials,
                configuration: configuration,
                readAhead: readAhead,
                logger: logger
            )
            clients[registry] = client
            return client
        }
    }

    package func source(for registry: RegistryName) throws -> any ImageSource { client(for: registry) }
}
