import HTTPTransport
import Logging
import OCIModel
import RegistryClient

extension RegistryVisit {
    /// From the name to the login.
    ///
    /// - Returns: whether the registry answers as one.
    /// - Throws: `CancellationError`.
    func reach() async throws -> Bool {
        guard try await checkName(), let facts = try await introduce() else { return false }
        checkClock(facts)
        noteRateLimit(facts.fields)
        try await checkLogin(facts)
        return true
    }

    private func checkName() async throws -> Bool {
        let host = client.origin.host
        return try await log.run(.name) {
            if let proxy = try proxy() { return .skipped("\(proxy.title) finds \(host)") }
            let addresses: [String]
            do throws(HTTPTransportError) {
                addresses = try await NameResolution.addresses(of: host, within: settings.nameLimit)
            } catch {
                return .fail("\(error)", "correct the name, or add it to the DNS or to /etc/hosts")
            }
            if addresses == [host] { return .ok("\(host) is an address") }
            let shown = addresses.prefix(4).joined(separator: ", ")
            return .ok("\(host) is \(shown)" + (addresses.count > 4 ? " and \(addresses.count - 4) more" : ""))
        }
    }

    /// The proxy on the way to the registry.
    ///
    /// - Throws: `HTTPTransportError.invalidProxy`.
    private func proxy() throws -> ProxyAddress? { try transport.configuration.proxies.proxy(for: client.origin) }

    /// The first request, which tells of connection, TLS and registry at once.
    ///
    /// - Returns: what the registry says of itself; nil when it is none.
    private func introduce() async throws -> RegistryFacts? {
        let start = log.begin(.connection)
        do {
            var facts = try await client.introduction()
            let isSecure = try await client.scheme() == .https
            let end = transport.time.now()
            noteConnection(since: start, until: end)
            noteTLS(isSecure: isSecure)
            if [.unknown, .distribution].contains(RegistryRecognition.recognise(facts).kind) {
                facts.hasZotExtension = try await isZot()
            }
            return noteRegistry(facts, took: end - start) ? facts : nil
        } catch let fault as HTTPTransportError {
            try Task.checkCancellation()
            note(fault, since: start, until: transport.time.now())
            return nil
        }
    }

    private func isZot() async throws -> Bool {
        do {
            return try await client.hasZotExtension()
        } catch let error as RegistryClientError {
            // It helps to name the registry, and no more.
            settings.reporting.logger.debug("could not ask for zot's endpoints: \(error)")
            return false
        }
    }

    private func noteConnection(since start: Duration, until end: Duration) {
        let time = connections.connection.map { max(.zero, $0.moment - start) } ?? end - start
        let address = connections.connection?.facts.remoteAddress.map { " (\($0))" } ?? ""
        // What is wrong with the variable was told with the name.
        let route = (try? proxy()).map { "by \($0.title)" } ?? "directly"
        log.note(.connection, .ok("connected \(route)\(address)"), took: time)
    }

    /// Writes down at which of the stages a first request failed.
    private func note(_ fault: HTTPTransportError, since start: Duration, until end: Duration) {
        let time = end - start
        switch fault.code {
        case .certificateNotTrusted, .tlsFailed, .notTLS, .identityRefused:
            noteConnection(since: start, until: end)
            log.note(.tls, .fail(fault.finding, fault.advice ?? tlsRemedy(fault)))
        case .invalidProxy, .proxyUnreachable, .proxyRefused, .tunnelRefused:
            log.note(
                .connection,
                .fail(fault.finding, fault.advice ?? "correct the proxy's variable, or name the registry in NO_PROXY"),
                took: time
            )
        case _ where connections.connection != nil || fault.code == .status || fault.code == .invalidAnswer:
            noteConnection(since: start, until: end)
            log.note(
                .registry,
                .fail(fault.finding, "check that this host and port are the registry's, and that it runs"),
                took: time
            )
        default:
            log.note(
                .connection,
                .fail(fault.finding, "check that the registry runs, its port, and firewalls and proxies on the way"),
                took: time
            )
        }
    }

    /// What can be done about a refused handshake.
    private func tlsRemedy(_ fault: HTTPTransportError) -> String {
        let flag = subject.role == .source ? "--src-tls-verify=false" : "--dest-tls-verify=false"
        switch fault.code {
        case .certificateNotTrusted:
            return "put the authority's certificate into /etc/containers/certs.d/\(subject.registry)/ca.crt or name it "
                + "with --certificate-authority FILE; \(flag) is for tests only"
        case .notTLS: return "a registry that speaks plain HTTP needs \(flag)"
        case .identityRefused:
            return "put client.cert and client.key into /etc/containers/certs.d/\(subject.registry)/"
        default: return "check the server's TLS versions, and what inspects TLS on the way"
        }
    }

    /// Says which registry it is.
    ///
    /// - Returns: whether it is one.
    private func noteRegistry(_ facts: RegistryFacts, took time: Duration) -> Bool {
        let recognition = RegistryRecognition.recognise(facts)
        switch facts.status {
        case 200, 401:
            log.recognition = recognition
            let evidence = recognition.evidence.map { ": \($0)" } ?? ""
            log.note(.registry, .ok("\(recognition.kind.name)\(evidence)"), took: time)
            return true
        case 403:
            log.note(
                .registry,
                .fail(
                    "\(subject.registry) answered 403 to everybody who asks for /v2/",
                    "a firewall, a proxy or a list of allowed addresses keeps this machine out"
                ),
                took: time
            )
        default:
            log.note(
                .registry,
                .fail(
                    "\(subject.registry) answers and is no container registry (status \(facts.status) for /v2/)",
                    "check host and port"
                ),
                took: time
            )
        }
        return false
    }
}
