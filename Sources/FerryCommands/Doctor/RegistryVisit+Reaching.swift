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
        guard try await approach.checkName(), let facts = try await introduce() else { return false }
        checkClock(facts)
        noteRateLimit(facts.fields)
        try await checkLogin(facts)
        return true
    }

    /// The way to the registry.
    private var approach: HostApproach {
        HostApproach(
            origin: client.origin,
            certificateFolder: subject.registry.text,
            noun: "registry",
            answer: .registry,
            verificationOption: subject.role == .source ? "--src-tls-verify=false" : "--dest-tls-verify=false",
            nameLimit: settings.nameLimit,
            transport: transport,
            log: log,
            connections: connections
        )
    }

    /// The first request, which tells of connection, TLS and registry at once.
    ///
    /// - Returns: what the registry says of itself; nil when it is none.
    private func introduce() async throws -> RegistryFacts? {
        let start = log.begin(.connection)
        do {
            var facts = try await client.introduction()
            let isSecure = try await client.scheme() == .https
            let end = transport.time.now()
            approach.noteConnection(since: start, until: end)
            approach.noteTLS(isSecure: isSecure)
            if [.unknown, .distribution].contains(RegistryRecognition.recognise(facts).kind) {
                facts.hasZotExtension = try await isZot()
            }
            return noteRegistry(facts, took: end - start) ? facts : nil
        } catch let fault as HTTPTransportError {
            try Task.checkCancellation()
            approach.note(fault, since: start, until: transport.time.now())
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
