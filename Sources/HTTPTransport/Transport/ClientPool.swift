import AsyncHTTPClient
import NIOCore
import Synchronization

/// The clients of a transport: one for each way to hosts and each set of certificates, made when first needed.
final class ClientPool: Sendable {
    /// What the connections of one client have in common.
    struct Key: Hashable, Sendable {
        /// The proxy that all of them go through.
        var proxy: ProxyAddress?
        /// Whether they end at the proxy, which gets whole addresses, as with plain HTTP.
        var endsAtProxy: Bool
        /// Whose certificates count.
        var trust: TrustStore.Key
        /// Whether servers are verified.
        var isVerified: Bool
    }

    private let group: any EventLoopGroup
    private let configuration: HTTPTransportConfiguration
    private let trust: TrustStore
    private let observer: (@Sendable (TransportEvent) -> Void)?
    /// Nil when the pool has been shut down.
    private let clients = Mutex<[Key: HTTPClient]?>([:])

    init(
        _ configuration: HTTPTransportConfiguration,
        _ trust: TrustStore,
        _ group: any EventLoopGroup,
        observer: (@Sendable (TransportEvent) -> Void)?
    ) {
        self.observer = observer
        self.configuration = configuration
        self.trust = trust
        self.group = group
    }

    /// The client for a key; nil after ``shutDown()``.
    func client(_ key: Key) -> HTTPClient? {
        let settings = trust.settings(key.trust)
        return clients.withLock { clients in
            if let client = clients?[key] { return client }
            guard clients != nil else { return nil }
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(group),
                configuration: ConnectionSetup.clientConfiguration(
                    configuration,
                    tls: key.isVerified ? settings.verified : settings.unverified,
                    proxy: key.proxy,
                    endsAtProxy: key.endsAtProxy,
                    observer: observer
                )
            )
            clients?[key] = client
            return client
        }
    }

    /// Closes all connections.
    ///
    /// - Throws: the first error of a client; all are shut down nevertheless.
    func shutDown() async throws {
        let all = clients.withLock { clients in
            defer { clients = nil }
            return clients ?? [:]
        }
        var failure: (any Error)?
        for client in all.values {
            do {
                try await client.shutdown()
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}
