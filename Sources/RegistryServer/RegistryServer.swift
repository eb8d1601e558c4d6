import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import ImageStorage
package import Logging
import NIOCore
import NIOSSL
package import OCIModel
import Synchronization

/// An OCI distribution registry over any content.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
package struct RegistryServer: Sendable {
    /// How to serve.
    package struct Options: Sendable {
        /// The address to listen on, a host name or IP address.
        package var host = "127.0.0.1"
        /// The port to listen on; 0 for any free one.
        package var port = 0
        /// Certificate and key; nil for plain HTTP.
        package var tls: TLSFiles?
        /// Who may use the registry; nil for everybody.
        package var users: RegistryUsers?
        /// The largest manifest that is taken, in bytes.
        package var maximumManifestSize = Manifest.defaultMaximumSize
        /// Sees and may spoil requests.
        package var hook: (any RequestHook)?
        /// How many connections are served at a time, at least 1, while further ones wait; nil for no limit.
        package var maximumConnections: Int?
        /// How long a connection may stay without a request, or without a byte of one that has begun, before it is closed:
        /// those that wait for nothing must not keep others out.
        package var idleTime = Duration.seconds(300)
        /// Told of every failure of the content, one sentence each; they are logged at info level when nil.
        package var onFailure: (@Sendable (String) -> Void)?

        /// A registry for everybody on a free port of this machine only.
        package init() {}
    }

    /// The PEM files of a TLS server.
    package struct TLSFiles: Hashable, Sendable {
        /// The certificate, followed by those that sign it.
        package let certificate: String
        /// The private key.
        package let key: String

        /// Names the two files.
        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// How many connections may wait to be taken; the kernel may allow fewer.
    private static let backlog = 1024

    private let content: any RegistryContent
    private let options: Options
    private let logger: Logger

    /// Prepares a server.
    ///
    /// - Parameters:
    ///   - content: what to serve; closed when the server ends.
    ///   - options: how to serve it.
    ///   - logger: gets a line per request at debug level.
    package init(content: any RegistryContent, options: Options, logger: Logger) {
        self.content = content
        self.options = options
        self.logger = logger
    }

    /// Serves until the task is cancelled, then closes the content and returns.
    ///
    /// Requests that run at that time are broken off.
    ///
    /// - Parameter onReady: called once with the address when requests are answered.
    /// - Throws: `RegistryServerError` when it cannot begin; what closing the content throws.
    package func run(onReady: @escaping @Sendable (RegistryAddress) async -> Void) async throws {
        do {
            try await serve(onReady: onReady)
        } catch {
            // The failure that is thrown is the one that matters.
            try? await content.close()
            throw error
        }
        try await content.close()
    }

    private func serve(onReady: @escaping @Sendable (RegistryAddress) async -> Void) async throws {
        let isRunning = Mutex(false)
        let options = options
        let gate = ConnectionGate()
        let application = Application(
            responder: RegistryResponder(content: content, options: options, logger: logger),
            server: try server(behind: gate),
            configuration: .init(
                address: .hostname(options.host, port: options.port),
                backlog: Self.backlog,
                availableConnectionsDelegate: options.maximumConnections.map { MaximumAvailableConnections(max(1, $0)) }
            ),
            onServerRunning: { channel in
                isRunning.withLock { $0 = true }
                let port = channel.localAddress?.port ?? options.port
                await onReady(RegistryAddress(host: options.host, port: port, isTLS: options.tls != nil))
            },
            logger: frameworkLogger
        )
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await content.maintain() }
                defer { group.cancelAll() }
                // A task of its own, since it must not be told to stop before the gate is closed and empty.
                let running = Task { try await application.run() }
                try await withTaskCancellationHandler {
                    try await running.value
                } onCancel: {
                    gate.close { running.cancel() }
                }
            }
        } catch is CancellationError {
            return
        } catch  where !isRunning.withLock({ $0 }) {
            throw RegistryServerError(
                .cannotListen,
                "cannot listen on \(options.host):\(options.port): \(error); choose another address or port",
                underlying: error
            )
        }
    }

    /// The framework reports its own start at info level and its stop even as an error, which is no news to the user.
    private var frameworkLogger: Logger {
        var quiet = Logger(label: logger.label) { _ in FrameworkLogHandler(inner: logger.handler) }
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private func server(behind gate: ConnectionGate) throws -> HTTPServerBuilder {
        let idleTime = TimeAmount(options.idleTime)
        let plain = HTTPServerBuilder { responder in
            let connections = HTTP1Channel(
                responder: responder,
                configuration: .init(additionalChannelHandlers: [ConnectionSetup()], idleTimeout: idleTime)
            )
            return GatedChannel(base: connections, gate: gate)
        }
        guard let files = options.tls else { return plain }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
            let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.applicationProtocols = ["http/1.1"]
            return try .tls(plain, tlsConfiguration: configuration)
        } catch {
            throw RegistryServerError(
                .invalidTLS,
                "cannot use the certificate \(files.certificate) with the key \(files.key): \(error)",
                underlying: error
            )
        }
    }
}

/// Where a server listens.
package struct RegistryAddress: Hashable, Sendable, CustomStringConvertible {
    /// The host or IP address, without brackets.
    package let host: String
    /// The port.
    package let port: Int
    /// Whether it speaks TLS.
    package let isTLS: Bool

    /// `host:port`, as it stands in image references.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// `http://host:port` or `https://host:port`.
    package var url: String { "\(isTLS ? "https" : "http")://\(self)" }

    /// The name for image references.
    ///
    /// - Throws: `OCIModelError` when the host is no name that references can have.
    package func registryName() throws(OCIModelError) -> RegistryName { try RegistryName(description) }
}

/// Runs a server for as long as `body` runs.
///
/// - Parameters:
///   - content: what to serve; closed at the end.
///   - options: how to serve it.
///   - logger: gets a line per request at debug level.
///   - body: what to do meanwhile.
/// - Returns: what `body` returns.
/// - Throws: `RegistryServerError`; what `body` and closing the content throw.
package func withRunningServer<Result: Sendable>(
    _ content: any RegistryContent,
    options: RegistryServer.Options = .init(),
    logger: Logger = Logger(label: "ferry.registry", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: (RegistryAddress) async throws -> Result
) async throws -> Result {
    let server = RegistryServer(content: content, options: options, logger: logger)
    let (addresses, ready) = AsyncThrowingStream<RegistryAddress, any Error>.makeStream()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            do {
                try await server.run { ready.yield($0) }
                ready.finish()
            } catch {
                ready.finish(throwing: error)
                throw error
            }
        }
        defer { group.cancelAll() }
        var iterator = addresses.makeAsyncIterator()
        guard let address = try await iterator.next() else { throw CancellationError() }
        let result = try await body(address)
        group.cancelAll()
        try await group.waitForAll()
        return result
    }
}
