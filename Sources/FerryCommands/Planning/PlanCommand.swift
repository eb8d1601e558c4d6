import ArgumentParser
import Logging
import MediaSet
import MirrorPlan

/// Resolves everything and shows it; writes the lock file.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Resolve everything that would be mirrored, show it, and write lock.json.",
        discussion: """
            Only manifests, configs and small layers are fetched. --check --offline looks at the file alone. --diff compares \
            with an earlier lock file and writes none.
            """
    )

    @Argument(help: "Where it would go: file://DIR or docker://REGISTRY[/PATH].")
    var destination: String?

    @OptionGroup
    var input: PlanInputOptions

    @Option(
        help:
            "The folder that keeps the lock file, as file://DIR; the default is the file:// destination or the current folder."
    )
    var workspace: String?

    @Flag(help: "End with 1 when anything is wrong, for pipelines.")
    var check = false

    @Flag(help: "With --check: look at the configuration file only.")
    var offline = false

    @Flag(help: "Only which releases the update graph gives for the channels, and why; opens no release.")
    var releases = false

    @Option(help: "Show what differs from this earlier lock file instead of the plan; writes no lock file.")
    var diff: String?

    @Option(name: .customLong("output"), help: "text or json")
    var format = "text"

    @Option(help: "The largest size of a volume: 4GiB, 4095MiB, 25GB, fat32 or none.")
    var volumeSize: String?

    @Option(name: .customLong("destination"), help: "The name of the site that a media set is for.")
    var destinationName = SetHistory.defaultDestination

    @Option(
        help: "Which earlier sets a media set builds on: written (all), acknowledged (those with a receipt) or none."
    )
    var base = BaseSelection.Kind.written

    @Option(help: "Build only on sets made before that day (yyyy-MM-dd, UTC).")
    var since: String?

    @OptionGroup
    var paths: NestedPathOptions

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var outputOptions: OutputOptions

    @OptionGroup
    var legacy: LegacyOptions

    func validate() throws {
        if diff != nil, offline { throw ValidationError("--diff compares plans, and --offline makes none") }
        if releases, diff != nil || offline || check {
            throw ValidationError("--releases only lists releases: it goes with neither --diff nor --check")
        }
    }

    func run() async throws {
        guard ["text", "json"].contains(format) else {
            throw FerryError("--output must be text or json, not \"\(format)\"")
        }
        if releases { return try await listReleases() }
        let place = try planDestination()
        if offline {
            guard check else { throw FerryError("--offline goes with --check") }
            return try await RunReporting.run(outputOptions, showsProgress: false) { try checkFile($0.logger) }
        }
        let volumeSize = try volumeSize.map { try VolumeSize($0) }
        let code = try await Session.run(connection, outputOptions, readsSources: true) { session in
            try legacy.mention(to: session.logger)
            let directory = try workingDirectory(place)
            let old = try diff.map { try LockFile.read($0) }
            try input.check()
            // The lock file of a run that is at work must not change under it.
            let lock = old == nil ? try await directory.lockFolder() : nil
            defer { withExtendedLifetime(lock) {} }
            if lock != nil { await session.reporting.log.keep(in: directory) }
            let run = try await input.plan(session, in: directory)
            if case .registry(let target) = place {
                try CollisionCheck.check(run.plan.images) { try target.repository(for: $0) }
            }
            if let old { return try compare(old, with: run) }
            // A lock file without the images that failed would later mirror without them, and say nothing.
            if run.failures.isEmpty { try await LocalFiles.write(try run.plan.lockFile(), to: directory.lock) }
            let presentation = PlanPresentation(
                run: run,
                destination: place,
                directory: directory,
                session: session,
                volumeSize: volumeSize,
                destinationName: destinationName,
                selection: try BaseSelection(kind: base, since: since)
            )
            if paths.maxNestedPaths != nil, case .registry = place { try await presentation.writeDestinations() }
            print(format == "json" ? try await presentation.json() : try await presentation.text(), terminator: "")
            return check && !run.failures.isEmpty ? 1 : presentation.exitCode()
        }
        if code != 0 { throw ExitCode(code) }
    }

    private func listReleases() async throws {
        try await Session.run(connection, outputOptions, readsSources: true) { session in
            try legacy.mention(to: session.logger)
            let listing = try await ReleaseListing(input, session)
            print(format == "json" ? try listing.json() : listing.text(), terminator: "")
        }
    }

    /// Prints what differs.
    ///
    /// The lock file is not written: it may be the very file that the plan is compared with.
    private func compare(_ old: MirrorPlan, with run: PlannedRun) throws -> Int32 {
        let report = PlanDifferenceReport(
            difference: PlanDifference(from: old, to: run.plan),
            failures: run.failures
        )
        print(format == "json" ? try report.json() : report.text(), terminator: "")
        return check && !run.failures.isEmpty ? 1 : run.failures.exitCode
    }

    private func checkFile(_ logger: Logger) throws {
        guard let config = input.config else { throw FerryError("--check --offline needs --config FILE") }
        let configuration = try ConfigurationFile.load(config, logger: logger)
        try UnsupportedSections.refuse(configuration)
        TerminalTalk.shared.say("\(config) is a valid image-set configuration")
    }

    private func planDestination() throws -> PlanDestination {
        guard let destination else { return .none }
        if destination.hasPrefix("file://") { return .media(try MirrorMode.path(destination)) }
        guard destination.hasPrefix("docker://") else {
            throw FerryError(
                "the destination must start with file:// or docker://: \(MirrorMode.withoutCredentials(destination))"
            )
        }
        return .registry(
            try TargetNamespace(destination.dropFirst("docker://".count), maxNestedPaths: paths.maxNestedPaths)
        )
    }

    private func workingDirectory(_ destination: PlanDestination) throws -> WorkingDirectory {
        if let workspace { return WorkingDirectory(below: try MirrorMode.path(workspace)) }
        if case .media(let folder) = destination { return WorkingDirectory(below: folder) }
        return WorkingDirectory(below: ".")
    }
}
