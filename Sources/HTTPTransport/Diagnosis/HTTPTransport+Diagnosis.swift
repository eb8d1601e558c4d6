import OpenSSLCrypto

extension HTTPTransport {
    /// Looks closer at faults that a user can do something about, and tells what.
    ///
    /// - Parameters:
    ///   - error: what the classifier made of the fault.
    ///   - url: where the request was to go.
    ///   - route: the way that it took.
    /// - Returns: the error with a better reason; `CancellationError` when the task was cancelled meanwhile.
    func explained(_ error: any Error, _ url: HTTPURL, _ route: ConnectionRoute) async -> any Error {
        guard var fault = error as? HTTPTransportError else { return error }
        do {
            switch fault.code {
            case .certificateNotTrusted:
                try await explainCertificate(&fault, url.origin, route)
            case .tunnelRefused:
                guard case .tunnelRefused(let status) = try await look(at: url.origin, route.proxy) else { break }
                return HTTPTransportError(refused: fault, status: status)
            case .notTLS:
                let option = configuration.trustRemedies.verificationOption ?? "verification switched off"
                fault.advice = "a server that speaks plain HTTP needs \(option)"
            case .identityRefused: identityAdvice(&fault, url.origin, route)
            default: break
            }
        } catch {
            return error
        }
        return fault
    }

    private func look(at origin: HTTPOrigin, _ proxy: ProxyAddress?) async throws -> ConnectionFinding {
        try await diagnoses.look(at: origin, serverName: serverName(of: origin), through: proxy)
    }

    private func serverName(of origin: HTTPOrigin) -> ServerNameOverride? {
        configuration.serverName.flatMap { $0.host == origin.host ? $0 : nil }
    }

    private func explainCertificate(
        _ fault: inout HTTPTransportError,
        _ origin: HTTPOrigin,
        _ route: ConnectionRoute
    ) async throws {
        guard case .certificates(let chain) = try await look(at: origin, route.proxy) else { return }
        let host = serverName(of: origin)?.name ?? origin.host
        guard
            let verdict = CertificateVerdict(
                chain.compactMap { PresentedCertificate(der: $0) },
                host: host,
                now: time.unixSeconds(),
                isTrusted: fault.reason.hasPrefix(FaultClassifier.wrongName)
            )
        else { return }
        fault.reason =
            "failed: the certificate of the server is not accepted: \(verdict.problem(host: host)); presented was: "
            + "\(verdict.presented)" + (route.proxy.map { " (through \($0.title))" } ?? "")
        fault.advice = advice(verdict, origin, route)
    }

    private func advice(_ verdict: CertificateVerdict, _ origin: HTTPOrigin, _ route: ConnectionRoute) -> String {
        let remedies = configuration.trustRemedies
        var ways: [String] = []
        if verdict.isOutOfDate {
            ways.append(
                "check the clock of this machine, which says \(CertificateVerdict.text(time.unixSeconds())), "
                    + "and have the certificate renewed"
            )
        } else if verdict.asksForAuthority {
            ways += authorityAdvice(origin, route)
        } else {
            ways.append("use one of those names, or have a certificate made for this one")
        }
        if let option = remedies.verificationOption { ways.append("or trust the host blindly with \(option)") }
        return ways.joined(separator: ", ")
    }

    private func authorityAdvice(_ origin: HTTPOrigin, _ route: ConnectionRoute) -> [String] {
        if let alone = configuration.exclusiveAuthorities {
            return ["only the authorities of \(alone) are trusted for it"]
        }
        let remedies = configuration.trustRemedies
        let places = [
            configuration.certificateFolders.suggestion(for: origin).map { "put it into \($0)/ca.crt" },
            remedies.authorityOption.map { "name its file with \($0) FILE" },
            remedies.authorityVariable.map { "with \($0)" },
        ].compactMap(\.self)
        let proxy =
            route.proxy.map { "; \($0.title) may present certificates of its own: then ask for its authority" } ?? ""
        return ["get the certificate of its authority and " + places.joined(separator: ", or ") + proxy]
    }

    private func identityAdvice(_ fault: inout HTTPTransportError, _ origin: HTTPOrigin, _ route: ConnectionRoute) {
        fault.reason += "; \(route.identityName ?? "none") was presented"
        guard route.identityName == nil, let folder = configuration.certificateFolders.suggestion(for: origin) else {
            return
        }
        fault.advice = "put one into \(folder)/client.cert, and its key into \(folder)/client.key"
    }
}

extension HTTPTransportError {
    /// The same fault with the answer of the proxy.
    fileprivate init(refused fault: HTTPTransportError, status: Int) {
        let advice =
            status == 403 || status == 405
            ? "ask who runs it to allow that, or list the host in NO_PROXY when there is a way without it" : nil
        self.init(
            .tunnelRefused,
            request: fault.request,
            host: fault.host,
            status: status,
            reason: "\(fault.reason): it answered \(status)",
            advice: advice,
            underlying: fault.underlying
        )
    }
}
