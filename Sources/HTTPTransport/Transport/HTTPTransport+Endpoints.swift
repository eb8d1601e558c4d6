import NIOCore

extension HTTPTransport {
    /// The root URL of a registry.
    ///
    /// TLS, except that a loopback host is asked in plain HTTP first and in TLS next, and a host whose verification is
    /// off the other way round; what its port speaks is found out once and remembered.
    ///
    /// - Parameters:
    ///   - host: name or address, an IPv6 address without brackets.
    ///   - port: the port, nil for the scheme's own.
    /// - Returns: the URL with path `/`.
    /// - Throws: `HTTPTransportError` when the port answers in neither way; `CancellationError`.
    package func baseURL(host: String, port: Int?) async throws -> HTTPURL {
        let secure = HTTPURL(scheme: .https, host: host, port: port)
        let isInsecure = isInsecure(secure.origin)
        guard isInsecure || secure.origin.isLoopback else { return secure }
        let order: [HTTPURL.Scheme] = secure.origin.isLoopback ? [.http, .https] : [.https, .http]
        let scheme = try await endpoints.scheme(of: "\(host.lowercased()):\(port ?? 0)") {
            var budget = retryBudget()
            while true {
                do {
                    return try await probe(order.map { HTTPURL(scheme: $0, host: host, port: port) })
                } catch let fault as HTTPTransportError {
                    try await backOff(&budget, after: fault)
                }
            }
        }
        return HTTPURL(scheme: scheme, host: host, port: port)
    }

    private func probe(_ candidates: [HTTPURL]) async throws -> HTTPURL.Scheme {
        var faults: [HTTPTransportError] = []
        for candidate in candidates {
            var request = HTTPRequest(.get, candidate.with(pathAndQuery: "/v2/"), followsRedirects: false)
            request.inheritsInsecurity = isInsecure(candidate.origin)
            do {
                let exchange = try await send(request, to: request.url)
                guard candidate.origin.scheme == .http, exchange.status == 400 else {
                    // The head has told all; the text is read only to keep the connection.
                    _ = try? await exchange.prefix(4 << 10)
                    return candidate.origin.scheme
                }
                let text = String(buffer: try await exchange.prefix(4 << 10))
                if !text.lowercased().contains("https") { return .http }
            } catch let fault as HTTPTransportError {
                // What stands before the port says nothing about what the port speaks.
                guard ![.proxyUnreachable, .proxyRefused, .invalidProxy].contains(fault.code) else { throw fault }
                faults.append(fault)
            }
        }
        throw Self.verdict(faults)
            ?? HTTPTransportError(
                .invalidAnswer,
                .get,
                candidates[0],
                reason: "failed: the port answers neither in plain HTTP nor in TLS"
            )
    }

    /// The fault that decides about another try, with what the other scheme met.
    private static func verdict(_ faults: [HTTPTransportError]) -> HTTPTransportError? {
        // What stands in the way for good tells more than the failure of a guess.
        let decisive =
            faults.first { $0.code == .certificateNotTrusted } ?? faults.first { $0.isRetryable } ?? faults.first
        guard var decisive, decisive.code != .certificateNotTrusted else { return decisive }
        if let other = faults.first(where: { $0.request != decisive.request && $0.code != decisive.code }) {
            decisive.reason += "; \(other.request) \(other.reason)"
        }
        return decisive
    }
}
