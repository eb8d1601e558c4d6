import AsyncHTTPClient
import DispatchLanes
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Looks at a host that could not be talked to, for messages: each host's certificates once, one look at a time.
final class ConnectionDiagnoses: Sendable {
    private let group: any EventLoopGroup
    private let limit: Duration
    private let turn = AsyncSemaphore(permits: 1)
    private let known = Mutex<[HTTPOrigin: (finding: ConnectionFinding, until: ContinuousClock.Instant?)]>([:])
    /// How long what is no certificate counts: many requests fail together, and each would wait for a look of its own.
    private static let lifetime = Duration.seconds(10)

    /// - Parameters:
    ///   - group: where connections live.
    ///   - limit: how long a look may take.
    init(_ group: any EventLoopGroup, limit: Duration) {
        self.group = group
        self.limit = limit
    }

    /// Connects as far as to the certificates of a server.
    ///
    /// - Parameters:
    ///   - origin: the server.
    ///   - serverName: the name of it that counts in TLS, and the host that is connected to, when they differ.
    ///   - proxy: what to go through; nothing is found through SOCKS.
    /// - Returns: what was found, `nothing` when the look failed itself.
    /// - Throws: `CancellationError`.
    func look(
        at origin: HTTPOrigin,
        serverName: ServerNameOverride?,
        through proxy: ProxyAddress?
    ) async throws -> ConnectionFinding {
        guard proxy?.kind != .socks5 else { return .nothing }
        return try await turn.withPermit {
            if let (finding, until) = known.withLock({ $0[origin] }), until.map({ $0 > .now }) ?? true {
                return finding
            }
            let finding = await connect(origin, serverName, proxy)
            try Task.checkCancellation()
            let isLasting = if case .certificates = finding { true } else { false }
            known.withLock { $0[origin] = (finding, isLasting ? nil : .now + Self.lifetime) }
            return finding
        }
    }

    private func connect(
        _ origin: HTTPOrigin,
        _ serverName: ServerNameOverride?,
        _ proxy: ProxyAddress?
    ) async -> ConnectionFinding {
        let name = serverName?.name ?? (IPAddress(origin.host) == nil ? origin.host : nil)
        let promise = group.any().makePromise(of: ConnectionFinding.self)
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates([])
            configuration.applicationProtocols = ["http/1.1"]
            let tls = try NIOSSLContext(configuration: configuration)
            let connect = proxy.map { Self.connectRequest(origin, $0) }
            let limit = TimeAmount(limit)
            let channel = try await ClientBootstrap(group: group).connectTimeout(limit)
                .connect(host: proxy?.host ?? origin.host, port: proxy?.port ?? origin.port).get()
            // Not before: of the addresses of a name some may fail, and their ends would count for that of the look.
            try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.addHandler(
                    DiagnosisHandler(connect: connect, tls: tls, serverName: name, promise: promise)
                )
            }.get()
            let timer = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
            let finding = try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            timer.cancel()
            channel.close(promise: nil)
            return finding
        } catch {
            // A look that fails leaves the message as it was.
            promise.succeed(.nothing)
            return .nothing
        }
    }

    private static func connectRequest(_ origin: HTTPOrigin, _ proxy: ProxyAddress) -> String {
        let host = origin.host.contains(":") ? "[\(origin.host)]" : origin.host
        let user = proxy.user.map { HTTPClient.Authorization.basic(username: $0.name, password: $0.password) }
        return "CONNECT \(host):\(origin.port) HTTP/1.1\r\nHost: \(host):\(origin.port)\r\n"
            + (user.map { "Proxy-Authorization: \($0.headerValue)\r\n" } ?? "") + "\r\n"
    }
}
