import AsyncHTTPClient
package import NIOCore
import NIOHTTP1
import Synchronization

/// The one HTTP stack: connections, TLS, redirects, limits per host, back-off shared per host, counters.
///
/// It sends and receives; what an answer means is the caller's to decide. All functions may be called from many tasks.
package final class HTTPTransport: Sendable {
    /// The settings.
    package let configuration: HTTPTransportConfiguration
    /// The clocks and dice.
    package let time: TransportTime
    let endpoints: EndpointProbes
    let clients: ClientPool
    let trust: TrustStore
    let diagnoses: ConnectionDiagnoses
    private let observer: (@Sendable (TransportEvent) -> Void)?
    let limits: SharedLimits
    private let hosts = Mutex<[String: HostState]>([:])

    private init(
        configuration: HTTPTransportConfiguration,
        limits: SharedLimits,
        trust: TrustStore,
        eventLoopGroup: any EventLoopGroup,
        time: TransportTime,
        observer: (@Sendable (TransportEvent) -> Void)?
    ) {
        clients = ClientPool(configuration, trust, eventLoopGroup, time, observer)
        diagnoses = ConnectionDiagnoses(eventLoopGroup, limit: configuration.diagnosisTimeout)
        self.configuration = configuration
        self.limits = limits
        self.trust = trust
        self.time = time
        self.observer = observer
        endpoints = EndpointProbes()
    }

    /// Runs `body` with a transport and closes all its connections afterwards.
    ///
    /// - Parameters:
    ///   - configuration: the settings.
    ///   - eventLoopGroup: where the connections live; not shut down here.
    ///   - limits: what is shared with other transports of the run; nil for limits of its own.
    ///   - time: clocks and dice.
    ///   - observer: told of answers and retries; called from any thread, must return quickly.
    ///   - body: what uses the transport; it must not keep it.
    /// - Returns: what `body` returns.
    /// - Throws: `HTTPTransportError.invalidTrustFile`, `.invalidIdentity`; what `body` throws.
    package static func withTransport<Result: Sendable>(
        _ configuration: HTTPTransportConfiguration,
        eventLoopGroup: any EventLoopGroup,
        limits: SharedLimits? = nil,
        time: TransportTime = .system,
        observer: (@Sendable (TransportEvent) -> Void)? = nil,
        _ body: (HTTPTransport) async throws -> Result
    ) async throws -> Result {
        var configuration = configuration
        if let rate = configuration.bytesPerSecond {
            configuration.receiveBufferSize = min(configuration.receiveBufferSize, ByteThrottle.portion(rate))
        }
        let transport = HTTPTransport(
            configuration: configuration,
            limits: limits ?? SharedLimits(configuration),
            trust: try await TrustStore.load(configuration),
            eventLoopGroup: eventLoopGroup,
            time: time,
            observer: observer
        )
        do {
            let result = try await body(transport)
            try await transport.clients.shutDown()
            return result
        } catch {
            // The first error tells what went wrong; a failing shutdown has nothing to add.
            try? await transport.clients.shutDown()
            throw error
        }
    }

    /// What was done so far, by host with port.
    package var countersByHost: [String: TransportCounters] { hosts.withLock { $0.mapValues(\.counters) } }

    /// What was done so far in all.
    package var counters: TransportCounters { countersByHost.values.reduce(TransportCounters()) { $0 + $1 } }

    func host(_ authority: String) -> HostState {
        hosts.withLock { hosts in
            if let host = hosts[authority] { return host }
            let host = HostState(limits.host(authority))
            hosts[authority] = host
            return host
        }
    }

    func report(_ event: TransportEvent) { observer?(event) }

    /// Whether verification is off for a host.
    package func isInsecure(_ origin: HTTPOrigin) -> Bool {
        configuration.insecureHosts.contains(host: origin.host, port: origin.port)
    }

    /// Sends one request on one connection, without redirects, and returns when the head of the answer is there.
    func send(
        _ request: HTTPRequest,
        to url: HTTPURL,
        streaming body: HTTPClientRequest.Body? = nil
    ) async throws -> HTTPExchange {
        let origin = url.origin
        let isInsecure = request.inheritsInsecurity || isInsecure(origin)
        guard origin.scheme == .https || isInsecure || origin.isLoopback else {
            throw HTTPTransportError(
                .plainHTTPRefused,
                request.method,
                url,
                reason: "was not sent: plain HTTP is spoken only to this machine and to hosts whose verification is off"
            )
        }
        let host = host(origin.authority)
        try await host.limits.waitForTurn(time) { report(.holding(host: origin.authority, for: $0, $1)) }
        let route = try await route(of: request, to: url, isVerified: !isInsecure)
        var message = HTTPClientRequest(url: route.address)
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        for (name, value) in request.fields.all { message.headers.add(name: name, value: value) }
        if let host = route.hostField { message.headers.replaceOrAdd(name: "host", value: host) }
        message.headers.replaceOrAdd(name: "user-agent", value: configuration.userAgent)
        if let authorization = request.authorization, origin == request.url.origin {
            message.headers.replaceOrAdd(name: "authorization", value: authorization)
        }
        if let body {
            message.body = body
        } else if let bytes = request.body {
            message.body = .bytes(bytes)
            host.countSent(bytes.readableBytes)
            try await limits.upload?.pass(bytes.readableBytes, time)
        }
        host.countRequest()
        let start = time.now()
        host.willAsk(at: start)
        report(.sent(host: origin.authority))
        // A body takes as long as it takes; the deadline is over with the head of the answer.
        let deadline: NIODeadline =
            host.hasAnswered || body != nil
            ? .distantFuture : .now() + TimeAmount(route.firstAnswerTimeout(configuration))
        do {
            let response = try await route.client.execute(message, deadline: deadline)
            if let refusal = ProxyFault.refusal(response.status, route, request.method, url) { throw refusal }
            host.didAnswer()
            let exchange = HTTPExchange(response, method: request.method, url: url, host: host, sentAt: start, self)
            report(
                .answered(method: request.method, host: origin.authority, path: url.path, status: exchange.status)
            )
            if let allowance = host.limits.answered(exchange, sentAt: start, time) {
                report(.allowance(allowance, host: origin.authority))
            }
            return exchange
        } catch {
            report(.unanswered(host: origin.authority))
            if Task.isCancelled { throw CancellationError() }
            throw await explained(FaultClassifier.error(from: error, request.method, url, via: route.proxy), url, route)
        }
    }
}
