import Foundation
import HTTPTransport
import OCIModel
import RegistryClient

extension RegistryVisit {
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
                return .fail(error.finding, loginRemedy(error))
            }
            // Whether a program has some is known when it was asked.
            guard let origin = credentialOrigin(loginRepository) else { return .ok("\(way), without credentials") }
            return .ok("\(way), with the credentials from \(origin)")
        }
    }

    private func loginRemedy(_ error: RegistryClientError) -> String {
        if error.code == .credentialHelperFailed, let step = error.nextStep { return step }
        guard credentialOrigin(loginRepository) == nil else {
            return "log in again with an account that has the rights"
        }
        // A store of all registries that does not work may have had the credentials.
        let programs = settings.credentials.helperAdvice(for: subject.registry, loginRepository)
        return (programs + ["log in (podman login \(subject.registry))", "name a file with --authfile"])
            .joined(separator: ", or ")
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
}
