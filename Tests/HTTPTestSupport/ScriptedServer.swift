import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP/1.1 server on a free loopback port that does what a function says, misbehaviour included.
package final class ScriptedServer: Sendable {
    /// Decides about a request whose body has been read.
    package typealias Script = @Sendable (ReceivedRequest) -> ScriptedAnswer

    /// The port.
    package let port: Int
    private let log: RequestLog

    private init(port: Int, log: RequestLog) {
        self.port = port
        self.log = log
    }

    /// `127.0.0.1:port`.
    package var authority: String { "127.0.0.1:\(port)" }

    /// What came so far, in order.
    package var requests: [ReceivedRequest] { log.all }

    /// Method and URI of what came so far.
    package var lines: [String] { requests.map(\.line) }

    /// How many connections were made so far.
    package var connectionCount: Int { log.channels.count }

    /// Runs `body` while the server listens.
    ///
    /// - Parameters:
    ///   - usesTLS: whether it speaks TLS.
    ///   - identity: its certificate.
    ///   - clientAuthority: who must have signed the certificates of clients, in PEM; nil when they need none.
    ///   - early: decides about requests before their body is read; nil reads the body.
    ///   - script: decides about requests.
    ///   - body: what uses the server.
    /// - Returns: what `body` returns.
    /// - Throws: what the socket or `body` throws.
    package static func withServer<Result: Sendable>(
        usesTLS: Bool = false,
        identity: TestIdentity = .localhost,
        clientAuthority: String? = nil,
        early: @escaping @Sendable (ReceivedRequest) -> ScriptedAnswer? = { _ in nil },
        _ script: @escaping Script,
        _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let log = RequestLog()
        let tls = usesTLS ? try serverContext(identity, clientAuthority) : nil
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
                    try pipeline.addHandler(ScriptHandler(log: log, early: early, script: script))
                    log.add(channel)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(port: channel.localAddress?.port ?? 0, log: log)
        do {
            let result = try await body(server)
            try await close(channel, log)
            return result
        } catch {
            try? await close(channel, log)  // the first error counts
            throw error
        }
    }

    private static func close(_ channel: any Channel, _ log: RequestLog) async throws {
        try await channel.close()
        for channel in log.channels { channel.close(promise: nil) }
    }

    private static func serverContext(_ identity: TestIdentity, _ clientAuthority: String?) throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(identity.privateKey.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        if let clientAuthority {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(clientAuthority.utf8)))
            configuration.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

/// What came, and the connections to close in the end.
final class RequestLog: Sendable {
    private let state = Mutex<(requests: [ReceivedRequest], channels: [any Channel])>(([], []))

    var all: [ReceivedRequest] { state.withLock { $0.requests } }

    var channels: [any Channel] { state.withLock { $0.channels } }

    func add(_ request: ReceivedRequest) { state.withLock { $0.requests.append(request) } }

    func add(_ channel: any Channel) { state.withLock { $0.channels.append(channel) } }
}
