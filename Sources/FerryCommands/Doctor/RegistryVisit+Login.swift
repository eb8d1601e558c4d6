import Foundation
import HTTPTransport
import OCIModel
import OpenSSLCrypto
import RegistryClient

extension RegistryVisit {
    /// Says how the connection is secured.
    func noteTLS(isSecure: Bool) {
        guard isSecure else {
            let isLocal = subject.registry.isLoopback
            let text = "plain HTTP: whoever is on the way can read and change everything"
            log.note(.tls, isLocal ? .ok("plain HTTP to this machine itself") : .warn(text, "set up TLS there"))
            return
        }
        let facts = connections.connection?.facts
        let certificate = facts?.certificate.flatMap { PresentedCertificate(der: $0) }
        let presented = certificate.map {
            "; the certificate of \($0.subject), signed by \($0.issuer), is valid until \(Self.day($0.notAfter))"
        }
        let text = (facts?.tlsVersion ?? "TLS") + (presented ?? "")
        guard !transport.isInsecure(client.origin) else {
            log.note(
                .tls,
                .warn("\(text); it was not verified", "name the authority with --certificate-authority FILE")
            )
            return
        }
        let rest = certificate.map { $0.notAfter - transport.time.unixSeconds() } ?? .max
        log.note(.tls, rest < 14 * 86_400 ? .warn(text, "the certificate ends soon: renew it") : .ok(text))
    }

    /// Compares the clocks by the date of the first answer.
    func checkClock(_ facts: RegistryFacts) {
        log.note(.clock, ClockComparison.outcome(date: facts.fields["date"], unixSeconds: transport.time.unixSeconds()))
    }

    /// Says which limits the registry announces.
    func noteRateLimit(_ fields: HTTPFields) {
        let announced = fields.all.filter { field in
            let name = field.name.lowercased()
            return name.hasPrefix("ratelimit") || name.hasPrefix("x-ratelimit") || name.hasPrefix("x-rate-limit")
        }
        guard !announced.isEmpty else {
            log.note(.rateLimit, .ok("none is announced"))
            return
        }
        let text = announced.prefix(6).map { "\($0.name.prefix(60)): \($0.value.prefix(60))" }.joined(separator: ", ")
        let isUsedUp = announced.contains { field in
            field.name.lowercased().contains("remaining") && field.value.prefix { $0 != ";" }.allSatisfy { $0 == "0" }
        }
        log.note(
            .rateLimit,
            isUsedUp ? .warn("used up: \(text)", "log in, or wait until it is renewed") : .ok("announced: \(text)")
        )
    }

    /// Logs in with what would be used for the repository that is read or written.
    func checkLogin(_ facts: RegistryFacts) async throws {
        try await log.run(.auth) {
            let way = facts.login ?? "no login is asked for"
            guard facts.status == 401 else {
                let use = credentialOrigin(loginRepository).map {
                    "credentials from \($0) are there, and are used when asked for"
                }
                return .ok("everybody may ask" + (use.map { "; \($0)" } ?? ""))
            }
            do {
                try await client.ping()
            } catch let error as RegistryClientError {
                let fix =
                    credentialOrigin(loginRepository) == nil
                    ? "log in (podman login \(subject.registry)), or name a file with --authfile"
                    : "log in again with an account that has the rights"
                return .fail("\(error)", fix)
            }
            // Whether a program has some is known when it was asked.
            guard let origin = credentialOrigin(loginRepository) else { return .ok("\(way), without credentials") }
            return .ok("\(way), with the credentials from \(origin)")
        }
    }

    /// The repository whose credentials count.
    private var loginRepository: RepositoryPath? {
        // A destination that cannot be formed is told by the check that needs it.
        subject.samples.first?.repository ?? subject.needs.flatMap { try? $0.probeRepository() }
    }

    /// File, entry and program that the credentials of a repository come from; never a secret.
    private func credentialOrigin(_ repository: RepositoryPath?) -> String? {
        settings.credentials.finding(for: subject.registry, repository)?.origin
    }

    /// A day in UTC, as `2027-03-01`.
    private static func day(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601.year().month().day())
    }
}
