import DispatchLanes
import NIOCore
import Synchronization

/// Remembers which scheme a port speaks; each port is asked once.
final class EndpointProbes: Sendable {
    private struct State {
        var known: [String: HTTPURL.Scheme] = [:]
        var turns: [String: AsyncSemaphore] = [:]
    }

    private let state = Mutex(State())

    /// The scheme of a port, from memory or by `probe`, which runs once at a time per port.
    func scheme(
        of name: String,
        _ probe: () async throws -> HTTPURL.Scheme
    ) async throws -> HTTPURL.Scheme {
        if let scheme = state.withLock({ $0.known[name] }) { return scheme }
        let turn = state.withLock { state in
            let turn = state.turns[name] ?? AsyncSemaphore(permits: 1)
            state.turns[name] = turn
            return turn
        }
        return try await turn.withPermit {
            if let scheme = state.withLock({ $0.known[name] }) { return scheme }
            let scheme = try await probe()
            state.withLock { $0.known[name] = scheme }
            return scheme
        }
    }
}

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
                let text = String(buffer: try await exchange.prefix(4 << 10))
                let asksForTLS = exchange.status == 400 && text.lowercased().contains("https")
                if candidate.origin.scheme == .https || !asksForTLS { return candidate.origin.scheme }
            } catch let fault as HTTPTransportError {
                faults.append(fault)
            }
        }
        // What stands in the way for good tells more than the failure of a guess.
        throw faults.first { $0.code == .certificateNotTrusted } ?? faults.first { $0.isRetryable } ?? faults.first
            ?? HTTPTransportError(
                .invalidAnswer,
                .get,
                candidates[0],
                reason: "failed: the port answers neither in plain HTTP nor in TLS"
            )
    }
}
