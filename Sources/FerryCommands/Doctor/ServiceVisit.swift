import DispatchLanes
import HTTPTransport
import Releases

/// One service under examination: its name, the connection, TLS, and whether what planning asks for comes.
struct ServiceVisit: Sendable {
    let subject: ServiceSubject
    let settings: DoctorSettings
    let transport: HTTPTransport
    let log: CheckLog
    let connections: ConnectionRecord

    /// Examines a service with connections of its own, reached as sources are.
    ///
    /// - Returns: what was found; a service that cannot be reached is a finding, too.
    /// - Throws: `HTTPTransportError` for certificates that cannot be read; `CancellationError`.
    static func findings(_ subject: ServiceSubject, _ settings: DoctorSettings) async throws -> ServiceFindings {
        try await settings.withTransport(settings.source) { transport, connections, log in
            let visit = ServiceVisit(
                subject: subject,
                settings: settings,
                transport: transport,
                log: log,
                connections: connections
            )
            if try await TimeLimit.run(settings.reachLimit, { try await visit.examine() }) == nil {
                log.breakOff(after: settings.reachLimit)
            }
            log.skipRest("the service could not be reached", of: DoctorCheck.ofServices)
            return ServiceFindings(subject: subject, took: log.now(), checks: log.results)
        }
    }

    private var approach: HostApproach {
        HostApproach(
            origin: subject.address.origin,
            certificateFolder: subject.address.origin.authority,
            noun: subject.kind.title,
            answer: .answer,
            verificationOption: "--src-tls-verify=false",
            plainRemedy: "write http:// into \(subject.otherwise) where TLS is not spoken",
            alternative: ", or name another address with \(subject.otherwise)",
            nameLimit: settings.nameLimit,
            transport: transport,
            log: log,
            connections: connections
        )
    }

    private func examine() async throws {
        guard try await approach.checkName() else { return }
        let start = log.begin(.connection)
        let outcome: CheckOutcome
        do {
            outcome = .ok(try await subject.kind == .updateService ? askForGraphs() : askForArchive())
        } catch let error as ReleasesError {
            try Task.checkCancellation()
            if let fault = error.underlying as? HTTPTransportError, fault.code != .bodyTooLarge {
                approach.note(fault, since: start, until: transport.time.now())
                return
            }
            outcome = .fail("\(error)", nil)
        }
        let end = transport.time.now()
        approach.noteConnection(since: start, until: end)
        approach.noteTLS(isSecure: subject.address.origin.scheme == .https)
        log.note(.answer, outcome, took: end - start)
    }

    /// Asks for the graphs of channels, as planning does.
    ///
    /// - Returns: what came.
    /// - Throws: `ReleasesError`; `CancellationError`.
    private func askForGraphs() async throws -> String {
        let addresses = UpdateService.Addresses(ocp: subject.address, okd: subject.address)
        let service = UpdateService(transport: transport, addresses: addresses)
        let counts = try await mapConcurrently(subject.graphs, width: ServiceSubject.maximumGraphs) { wanted in
            let graph = try await service.graph(
                channel: wanted.channel,
                architecture: wanted.architecture,
                product: wanted.product
            )
            try graph.requireReleases(subject: "channel \(wanted.channel) (\(wanted.architecture))", hint: "")
            return "\(wanted.channel) (\(wanted.architecture)) has \(graph.nodes.count) releases"
        }
        return counts.joined(separator: ", ")
    }

    /// Asks for the archive of graph data and reads its beginning.
    ///
    /// - Returns: what came.
    /// - Throws: `ReleasesError`; `CancellationError`.
    private func askForArchive() async throws -> String {
        let size = try await GraphDataFetcher(transport: transport).probe(subject.address)
        return "the archive is there" + (size.map { ": \(ByteSize.text($0))" } ?? "")
    }
}

/// What was found at one service.
struct ServiceFindings: Sendable {
    /// The service.
    let subject: ServiceSubject
    /// How long all took.
    let took: Duration
    /// The checks, in the order of ``DoctorCheck``, each once.
    let checks: [CheckResult]

    /// The worst that was found.
    var status: CheckStatus { checks.worst }
}
