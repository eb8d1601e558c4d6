import Foundation
import HTTPTransport
import ImageStorage
import Logging
import NIOPosix
import RegistriesConf
import RegistryClient
import TerminalProgress

/// What a command works with while it runs.
struct Session: Sendable {
    /// Says things.
    let logger: Logger
    /// Shows what goes on.
    let progress: ProgressReporter
    /// Keeps what is told of the run: its log file, and how it ends.
    let reporting: RunReporting
    /// The registries that are read, from where `registries.conf` says.
    let sources: any ImageSourceProvider
    /// The registry that is written.
    let targets: RegistryClients
    /// Fetches what is no image, as the sources are reached.
    let transport: HTTPTransport
    /// How hosts are asked and how fast bytes may come; the same for the whole run.
    private let limits: SharedLimits
    /// What was sent to and received from the sources so far.
    let sourceCounters: @Sendable () -> TransportCounters
    /// What was sent to and received from the target so far.
    let targetCounters: @Sendable () -> TransportCounters

    /// The registries that are read, behind the small blobs that planning has kept and the images that Ferry has made.
    ///
    /// - Parameters:
    ///   - directory: where they are kept; nil for no cache.
    ///   - keeps: whether more are kept.
    /// - Returns: the sources.
    func cachedSources(in directory: WorkingDirectory?, keeps: Bool) -> any ImageSourceProvider {
        guard let directory else { return sources }
        let cache = PlanningCache(upstream: sources, folder: directory.payloads, keeps: keeps)
        return GeneratedSources(upstream: cache, content: GeneratedContent(in: directory))
    }

    /// Runs a body with a transport of other settings to hosts that are no registries, as a part of the run: its limits
    /// count, and what is done is told.
    ///
    /// - Parameters:
    ///   - configuration: the settings; its rates are those of the run.
    ///   - body: the work; it must not keep the transport.
    /// - Throws: `HTTPTransportError` for settings that cannot be used; what the body throws.
    func withTransport(
        _ configuration: HTTPTransportConfiguration,
        _ body: @Sendable (HTTPTransport) async throws -> Void
    ) async throws {
        try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            limits: limits,
            observer: { reporting.note($0) }
        ) { transport in
            defer {
                Self.tellHosts([transport], logger)
                reporting.note(transport)
            }
            try await body(transport)
        }
    }

    /// Runs a body with everything it needs, until it ends or the process is asked to stop.
    ///
    /// - Parameters:
    ///   - connection: how registries are reached.
    ///   - output: how much is said, and how.
    ///   - readsSources: whether sources are read; only then is `registries.conf`, which is about them alone, so that a
    ///     broken one stops no import.
    ///   - body: the work; it must not keep the session.
    /// - Returns: what the body returns.
    /// - Throws: `FerryError` for unknown words in the options; `RegistriesConfError`; `CancellationError` when a signal
    ///   came; what the body throws.
    static func run<Output: Sendable>(
        _ connection: ConnectionOptions,
        _ output: OutputOptions,
        readsSources: Bool = false,
        _ body: @escaping @Sendable (Session) async throws -> Output
    ) async throws -> Output {
        try await untilInterrupted {
            try await RunReporting.run(output) { reporting in
                let credentials = try await connection.credentials(reporting.progress)
                let conf = readsSources ? try await connection.registriesConf(logger: reporting.logger) : .none
                return try await withClients(connection, credentials, conf, reporting, body)
            }
        }
    }

    private static func withClients<Output: Sendable>(
        _ connection: ConnectionOptions,
        _ credentials: CredentialStore,
        _ conf: RegistriesConf,
        _ reporting: RunReporting,
        _ body: @Sendable (Session) async throws -> Output
    ) async throws -> Output {
        let group = MultiThreadedEventLoopGroup.singleton
        let logger = reporting.logger
        let configuration = connection.transport(
            verifiesTLS: connection.srcTlsVerify,
            switchedOffBy: "--src-tls-verify=false",
            exceptAt: conf.insecureHosts
        )
        // A host may be source and target at once, and the rates are those of the whole run.
        let limits = SharedLimits(configuration)
        return try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: group,
            limits: limits,
            observer: { reporting.note($0) }
        ) { source in
            try await HTTPTransport.withTransport(
                connection.transport(verifiesTLS: connection.destTlsVerify, switchedOffBy: "--dest-tls-verify=false"),
                eventLoopGroup: group,
                limits: limits,
                observer: { reporting.note($0) }
            ) { target in
                defer {
                    tellHosts([source, target], logger)
                    for transport in [source, target] { reporting.note(transport) }
                }
                return try await body(
                    Session(
                        logger: logger,
                        progress: reporting.progress,
                        reporting: reporting,
                        sources: sources(
                            RegistryClients(transport: source, credentials: credentials, logger: logger),
                            conf,
                            logger
                        ),
                        targets: RegistryClients(transport: target, credentials: credentials, logger: logger),
                        transport: source,
                        limits: limits,
                        sourceCounters: { source.counters },
                        targetCounters: { target.counters }
                    )
                )
            }
        }
    }

    private static func sources(
        _ clients: RegistryClients,
        _ conf: RegistriesConf,
        _ logger: Logger
    ) -> any ImageSourceProvider {
        guard !conf.rules.isEmpty else { return clients }
        return MirroredSources(conf, upstream: clients) { logger.warning("\($0)") }
    }

    /// Says which hosts were asked, also those that did not answer: an import names its target and nothing else.
    private static func tellHosts(_ transports: [HTTPTransport], _ logger: Logger) {
        for (host, counters) in transports.flatMap({ $0.countersByHost.sorted { $0.key < $1.key } }) {
            logger.debug("asked \(host)", metadata: ["requests": "\(counters.requests)"])
        }
    }
}
