import Foundation
import HTTPTransport
import OpenSSLCrypto

/// The way to a host, from its name to TLS: the same for registries and for services that are none.
struct HostApproach: Sendable {
    /// The host.
    let origin: HTTPOrigin
    /// What its folder of certificates is called.
    let certificateFolder: String
    /// What the host is, as a noun: `registry`.
    let noun: String
    /// The check that has failed when the host was reached and gave no answer.
    let answer: DoctorCheck
    /// What switches the verification off, as users write it.
    let verificationOption: String
    /// What to do when it speaks plain HTTP and was asked for TLS; nil when the verification is what decides.
    var plainRemedy: String?
    /// How another host is named instead, as the end of an advice; empty when that is no way out.
    var alternative = ""
    /// How long the resolver may take.
    let nameLimit: Duration
    /// Sends the requests.
    let transport: HTTPTransport
    /// Takes what is found.
    let log: CheckLog
    /// Knows the connection that was made.
    let connections: ConnectionRecord

    /// Looks the host's name up, unless a proxy does.
    ///
    /// - Returns: whether there is a way on.
    /// - Throws: `CancellationError`.
    func checkName() async throws -> Bool {
        let host = origin.host
        return try await log.run(.name) {
            if let proxy = try proxy() { return .skipped("\(proxy.title) finds \(host)") }
            let addresses: [String]
            do throws(HTTPTransportError) {
                addresses = try await NameResolution.addresses(of: host, within: nameLimit)
            } catch {
                return .fail("\(error)", "correct the name, or add it to the DNS or to /etc/hosts\(alternative)")
            }
            if addresses == [host] { return .ok("\(host) is an address") }
            let shown = addresses.prefix(4).joined(separator: ", ")
            return .ok("\(host) is \(shown)" + (addresses.count > 4 ? " and \(addresses.count - 4) more" : ""))
        }
    }

    /// The proxy on the way to the host.
    ///
    /// - Throws: `HTTPTransportError.invalidProxy`.
    private func proxy() throws -> ProxyAddress? { try transport.configuration.proxies.proxy(for: origin) }

    /// Writes down that a connection was made.
    ///
    /// - Parameters:
    ///   - start: when the first request began.
    ///   - end: when it ended.
    func noteConnection(since start: Duration, until end: Duration) {
        let time = connections.connection.map { max(.zero, $0.moment - start) } ?? end - start
        let address = connections.connection?.facts.remoteAddress.map { " (\($0))" } ?? ""
        // What is wrong with the variable was told with the name.
        let route = (try? proxy()).map { "by \($0.title)" } ?? "directly"
        log.note(.connection, .ok("connected \(route)\(address)"), took: time)
    }

    /// Writes down how the connection is secured.
    func noteTLS(isSecure: Bool) {
        guard isSecure else {
            let text = "plain HTTP: whoever is on the way can read and change everything"
            let isLocal = origin.isLoopback
            log.note(.tls, isLocal ? .ok("plain HTTP to this machine itself") : .warn(text, "set up TLS there"))
            return
        }
        let facts = connections.connection?.facts
        let certificate = facts?.certificate.flatMap { PresentedCertificate(der: $0) }
        let presented = certificate.map {
            "; the certificate of \($0.subject), signed by \($0.issuer), is valid until \(Self.day($0.notAfter))"
        }
        let text = (facts?.tlsVersion ?? "TLS") + (presented ?? "")
        guard !transport.isInsecure(origin) else {
            log.note(
                .tls,
                .warn("\(text); it was not verified", "name the authority with --certificate-authority FILE")
            )
            return
        }
        let rest = certificate.map { $0.notAfter - transport.time.unixSeconds() } ?? .max
        log.note(.tls, rest < 14 * 86_400 ? .warn(text, "the certificate ends soon: renew it") : .ok(text))
    }

    /// Writes down at which of the stages a first request failed.
    ///
    /// - Parameters:
    ///   - fault: how it failed.
    ///   - start: when it began.
    ///   - end: when it had failed.
    func note(_ fault: HTTPTransportError, since start: Duration, until end: Duration) {
        let time = end - start
        switch fault.code {
        case .certificateNotTrusted, .tlsFailed, .notTLS, .identityRefused:
            noteConnection(since: start, until: end)
            let plainRemedy = fault.code == .notTLS ? plainRemedy : nil
            log.note(.tls, .fail(fault.finding, plainRemedy ?? fault.advice ?? tlsRemedy(fault)))
        case .plainHTTPRefused:
            log.note(
                .tls,
                .fail(fault.finding, fault.advice ?? "name it with https://, or allow it: \(verificationOption)")
            )
        case .invalidProxy, .proxyUnreachable, .proxyRefused, .tunnelRefused:
            log.note(
                .connection,
                .fail(fault.finding, fault.advice ?? "correct the proxy's variable, or name the \(noun) in NO_PROXY"),
                took: time
            )
        case _ where connections.connection != nil || fault.code == .status || fault.code == .invalidAnswer:
            noteConnection(since: start, until: end)
            log.note(
                answer,
                .fail(
                    fault.finding,
                    "check that this host and port are those of the \(noun), and that it runs\(alternative)"
                ),
                took: time
            )
        default:
            log.note(
                .connection,
                .fail(
                    fault.finding,
                    "check that the \(noun) runs, its port, and firewalls and proxies on the way\(alternative)"
                ),
                took: time
            )
        }
    }

    /// What can be done about a refused handshake.
    private func tlsRemedy(_ fault: HTTPTransportError) -> String {
        switch fault.code {
        case .certificateNotTrusted:
            return
                "put the authority's certificate into /etc/containers/certs.d/\(certificateFolder)/ca.crt or name it "
                + "with --certificate-authority FILE; \(verificationOption) is for tests only"
        case .notTLS: return "a \(noun) that speaks plain HTTP needs \(verificationOption)"
        case .identityRefused:
            return "put client.cert and client.key into /etc/containers/certs.d/\(certificateFolder)/"
        default: return "check the server's TLS versions, and what inspects TLS on the way"
        }
    }

    /// A day in UTC, as `2027-03-01`.
    private static func day(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601.year().month().day())
    }
}
