import ArgumentParser
import DispatchLanes
import Foundation
import HTTPTransport
import ImageSetConfig
import Logging
import MirrorPlan
import OCIModel
import RegistriesConf
import RegistryClient
import Releases
import TerminalProgress

/// Says before a mirror whether it would work, registry by registry.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examine registries and update services: would a mirror work, and if not, why.",
        usage: """
            ferry doctor docker://REG[/PATH]…                 what a registry takes
            ferry doctor -c ISC [docker://REG[/PATH]…]        every registry of a configuration
            ferry doctor --lock FILE [docker://REG[/PATH]…]   every registry of a plan, to the media type
            """,
        discussion: """
            Looks at name, connection, TLS, login (which file and entry), pull, push, mount, uploads in parts, the largest \
            body, path depth, media types, sparse lists, referrers, moving tags, deletion, clock and rate limits.
            Sources are only read. To destinations a tiny image is pushed, as deep as the plan goes (without a plan into \
            PATH/ferry-doctor), under a tag of its own, and deleted again; --read-only writes nothing. Where repositories or \
            projects must exist, it says so and makes none.
            Of a configuration with platform.channels or platform.graph, the update service and the graph data are asked \
            for, too.
            Ends with 1 when the mirror would fail.
            """
    )

    @Argument(help: "docker://REGISTRY[/PATH], as ferry mirror takes it; may be given several times.")
    var destinations: [String] = []

    @Option(name: .shortAndLong, help: "The image-set configuration whose registries are examined.")
    var config: String?

    @Option(help: "The lock file whose registries are examined.")
    var lock: String?

    @Flag(help: "Write nothing, also not to destinations.")
    var readOnly = false

    @OptionGroup
    var paths: NestedPathOptions

    @Option(help: "How long a registry may take for its first answer, such as 500ms, 4s or 1m; the default is 4s.")
    var answerTimeout: TimeSpan?

    @Option(
        help:
            "The graph data for platform.graph: https://… or file://PATH of a tar.gz; the default is that of the update service."
    )
    var graphData: String?

    @Option(name: .customLong("output"), help: "text or json")
    var format = "text"

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var talk: OutputOptions

    func validate() throws {
        if let graphData { _ = try GraphDataSource(graphData) }
        if config != nil, lock != nil { throw ValidationError("say either --config or --lock") }
        if destinations.isEmpty, config == nil, lock == nil {
            throw ValidationError("name a registry (docker://REGISTRY), or what is to be mirrored (--config or --lock)")
        }
    }

    func run() async throws {
        guard ["text", "json"].contains(format) else {
            throw FerryError("--output must be text or json, not \"\(format)\"")
        }
        let targets = try targets()
        let code = try await untilInterrupted { try await RunReporting.run(talk) { try await examine(targets, $0) } }
        if code != 0 { throw ExitCode(code) }
    }

    /// Examines everything and prints what was found.
    ///
    /// - Returns: the exit code.
    private func examine(_ targets: [TargetNamespace], _ reporting: RunReporting) async throws -> Int32 {
        let conf = try await connection.registriesConf(logger: reporting.logger)
        let scope = try await scope(targets, conf, reporting.logger)
        let settings = try await settings(conf, reporting)
        reporting.progress.report(.phaseStarted(title: "Examining \(scope.title)"))
        async let services = mapConcurrently(scope.services, width: 3) { try await ServiceVisit.findings($0, settings) }
        let registries = try await mapConcurrently(scope.subjects, width: 16) { subject in
            try await RegistryVisit.findings(subject, settings)
        }
        let report = DoctorReport(registries: registries, groups: scope.groups, services: try await services)
        reporting.progress.report(.phaseEnded)
        print(format == "json" ? try report.json() : report.text(), terminator: "")
        return report.wouldSucceed ? 0 : 1
    }

    private func targets() throws -> [TargetNamespace] {
        var targets: [TargetNamespace] = []
        for destination in destinations {
            guard destination.hasPrefix("docker://") else {
                throw FerryError("a registry must start with docker://: \(MirrorMode.withoutCredentials(destination))")
            }
            let target = try TargetNamespace(
                destination.dropFirst("docker://".count),
                maxNestedPaths: paths.maxNestedPaths
            )
            guard !targets.contains(target) else { throw FerryError("docker://\(target) is named twice") }
            targets.append(target)
        }
        return targets
    }

    private func scope(
        _ targets: [TargetNamespace],
        _ conf: RegistriesConf,
        _ logger: Logger
    ) async throws -> DoctorScope {
        var scope: DoctorScope
        if let lock {
            let plan = try await LocalFiles.run { try LockFile.read(lock) }
            scope = try DoctorScope(plan: plan, conf: conf, targets: targets)
        } else if let config {
            let configuration = try ConfigurationFile.load(config, logger: logger)
            scope = try DoctorScope(configuration, conf: conf, targets: targets)
            scope.services = try ServiceSubject.subjects(
                of: configuration,
                graphData: graphData,
                environment: ProcessInfo.processInfo.environment
            )
        } else {
            scope = DoctorScope(targets)
        }
        return readOnly ? scope.readOnly() : scope
    }

    private func settings(_ conf: RegistriesConf, _ reporting: RunReporting) async throws -> DoctorSettings {
        let firstAnswer = answerTimeout.map { max($0.duration, .milliseconds(100)) } ?? .seconds(4)
        var settings = DoctorSettings(
            source: DoctorSettings.shortened(
                connection.transport(
                    verifiesTLS: connection.srcTlsVerify,
                    switchedOffBy: "--src-tls-verify=false",
                    exceptAt: conf.insecureHosts
                ),
                firstAnswer: firstAnswer
            ),
            target: DoctorSettings.shortened(
                connection.transport(verifiesTLS: connection.destTlsVerify, switchedOffBy: "--dest-tls-verify=false"),
                firstAnswer: firstAnswer
            ),
            // Shorter than the reach: a program that hangs is told as such, not as a registry that does not answer.
            credentials: try await connection.credentials(
                reporting.progress,
                helperLimit: max(firstAnswer, .seconds(5))
            ),
            reporting: reporting
        )
        // Whoever asks for more patience gets it everywhere.
        settings.reachLimit = max(settings.reachLimit, firstAnswer * 2)
        return settings
    }
}
