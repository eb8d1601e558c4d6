import AsyncHTTPClient

/// How one request gets to its server.
struct ConnectionRoute: Sendable {
    let client: HTTPClient
    /// The address that the client is given.
    let address: String
    /// The `Host` of the request when it is not that of the address.
    let hostField: String?
    /// The proxy on the way.
    let proxy: ProxyAddress?
    /// Whether the proxy itself answers, as with plain HTTP.
    let endsAtProxy: Bool
    /// The file of the client certificate that is shown to servers that ask for one.
    let identityName: String?

    /// How long a host that has never answered may take; a proxy that is silent is to be told of within 30 s in all.
    func firstAnswerTimeout(_ configuration: HTTPTransportConfiguration) -> Duration {
        proxy == nil ? configuration.firstAnswerTimeout : min(configuration.firstAnswerTimeout, .seconds(25))
    }
}

extension HTTPTransport {
    /// Chooses proxy and certificates for a request.
    ///
    /// - Throws: `HTTPTransportError.invalidProxy`, `.invalidTrustFile`, `.invalidIdentity`, `.shutDown`;
    ///   `CancellationError`.
    func route(of request: HTTPRequest, to url: HTTPURL, isVerified: Bool) async throws -> ConnectionRoute {
        let origin = url.origin
        let proxy = try configuration.proxies.proxy(for: origin)
        let key = ClientPool.Key(
            proxy: proxy,
            endsAtProxy: proxy?.kind == .http && origin.scheme == .http,
            trust: try await trust.key(for: origin, sentBy: request.sender ?? request.url.origin),
            isVerified: isVerified || origin.scheme == .http
        )
        guard let client = clients.client(key) else {
            throw HTTPTransportError(.shutDown, request.method, url, reason: "failed: the program is shutting down")
        }
        let serverName = configuration.serverName.flatMap { $0.host == origin.host ? $0 : nil }
        var address = serverName?.renamed(url) ?? url
        if let proxy, key.endsAtProxy {
            address = HTTPURL(scheme: .http, host: proxy.host, port: proxy.port, pathAndQuery: url.pathAndQuery)
        }
        return ConnectionRoute(
            client: client,
            address: address.text,
            hostField: address.origin == origin ? nil : origin.authority,
            proxy: proxy,
            endsAtProxy: key.endsAtProxy,
            identityName: trust.settings(key.trust).identityName
        )
    }

    /// The proxy through which a host is asked; nil when it is asked itself.
    ///
    /// - Throws: `HTTPTransportError.invalidProxy` when the variable that counts cannot be understood.
    package func proxy(for origin: HTTPOrigin) throws(HTTPTransportError) -> ProxyAddress? {
        try configuration.proxies.proxy(for: origin)
    }
}
