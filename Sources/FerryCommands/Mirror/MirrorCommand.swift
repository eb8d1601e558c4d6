import ArgumentParser
import Logging
import MediaSet

/// Mirrors images in one of the three ways.
struct MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: "Mirror images: registry to media, media to registry, or registry to registry.",
        usage: """
            ferry mirror -c ISC file://DIR                              registry to media
            ferry mirror --from file://DIR docker://REG[/PATH]          media to registry
            ferry mirror -c ISC --workspace file://DIR docker://REG[/PATH]   registry to registry
            Several docker:// destinations in one run get everything from one reading of the source.
            """
    )

    @Argument(help: "file://DIR, or one or more docker://REGISTRY[/PATH].")
    var destinations: [String]

    @OptionGroup
    var input: PlanInputOptions

    @Option(help: "A folder with the volumes of a media set, as file://DIR; may be given several times.")
    var from: [String] = []

    @Option(help: "The id of the media set to import, when several lie in the folders; the default is the newest.")
    var set: String?

    @Option(help: "The folder that keeps what a run knows, as file://DIR.")
    var workspace: String?

    @Flag(help: "Ask the registry for every blob, also of images that seem to be there, and send again what is lost.")
    var checkBlobs = false

    @Flag(help: "Say what would be done, and write only that.")
    var dryRun = false

    @OptionGroup
    var paths: NestedPathOptions

    @Option(
        help:
            "How many images are worked on at the same time, from 1 to 100; the default is 8 with --parallel-layers, else as many as the registries serve well."
    )
    var parallelImages: Int?

    @Option(
        help:
            "How many layers of an image are moved at the same time, from 1 to 100; the default is 5 with --parallel-images, else as many as the registries serve well."
    )
    var parallelLayers: Int?

    @Option(
        help:
            "The largest size of a volume: 4GiB, 4095MiB, 25GB, fat32 or none. The default is archiveSize, or 500 GiB."
    )
    var volumeSize: String?

    @Option(
        name: .customLong("destination"),
        help: "The name of the site that a media set is for; an import takes the newest set of that site."
    )
    var destinationName = SetHistory.defaultDestination

    @Option(
        help:
            "Which earlier sets a media set builds on, leaving out what they carried: written (all), acknowledged (those with a receipt) or none."
    )
    var base = BaseSelection.Kind.written

    @Option(help: "Build only on sets made before that day (yyyy-MM-dd, UTC); the default is all.")
    var since: String?

    @Option(help: "The missing.json of an import: make a set that brings just what lacks there.")
    var repair: String?

    @Option(
        help:
            "Sign the media set that is written with this private key (PEM; ECDSA P-256 or Ed25519); the default is no signature."
    )
    var signKey: String?

    @Option(
        help:
            "Import only a set signed by this public key or certificate (PEM); several times: any of them may have. The default is any set."
    )
    var verifyKey: [String] = []

    @Flag(help: "Make the media set without the images that fail; the exit code says so.")
    var continueOnError = false

    @Flag(help: "Try again only what failed in the last run to this destination, by working-dir/failures.json.")
    var retryFailed = false

    @Flag(help: "Resolve every tag again, even when a run was broken off that could be continued.")
    var planAnew = false

    @Flag(help: "Answer yes to every question.")
    var yes = false

    @Flag(help: .hidden)
    var securePolicy = false

    @Option(help: .hidden)
    var policy: String?

    @Option(name: .customLong("registries.d"), help: .hidden)
    var registriesDirectory: String?

    @OptionGroup
    var cluster: ClusterOptions

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var output: OutputOptions

    @OptionGroup
    var legacy: LegacyOptions

    func validate() throws {
        for (name, value) in [("--parallel-images", parallelImages), ("--parallel-layers", parallelLayers)] {
            if let value, !(1...100).contains(value) { throw ValidationError("\(name) must be from 1 to 100") }
        }
        if retryFailed {
            let others = [
                ("--lock", input.lock != nil), ("--plan-anew", planAnew), ("--repair", repair != nil),
                ("--dry-run", dryRun),
            ]
            for (name, isGiven) in others where isGiven {
                throw ValidationError("--retry-failed does what the last run left undone: leave out \(name)")
            }
        }
    }

    func run() async throws {
        let mode = try MirrorMode(
            destinations: destinations,
            from: from,
            workspace: workspace,
            maxNestedPaths: paths.maxNestedPaths
        )
        try refuseUnsupported()
        // A date that is none is told before anything is fetched.
        _ = try BaseSelection(kind: base, since: since)
        try refuseMisplacedKeys(mode)
        _ = try setSelection()
        if set != nil, from.isEmpty { throw FerryError("--set is for importing a media set: with --from") }
        let volumeSize = try volumeSize.map { try VolumeSize($0) }
        // Before anything else: a key that cannot be used must not show after hours of work.
        let signingKey = try await KeyFile.signingKey(signKey)
        let verificationKeys = try await KeyFile.verificationKeys(verifyKey)
        let code = try await Session.run(connection, output, readsSources: mode.readsSources) { session in
            try legacy.mention(to: session.logger)
            session.logger.info("workflow mode: \(mode.name)")
            let run = MirrorRun(
                session: session,
                command: self,
                volumeSize: volumeSize,
                signingKey: signingKey,
                verificationKeys: verificationKeys,
                // What stands in the way of it must not show after hours of work.
                applying: try await .prepare(cluster, connection, isDryRun: dryRun, logger: session.logger) {
                    try await session.withTransport($0, $1)
                }
            )
            switch mode {
            case .mirrorToDisk(let folder): return try await run.toDisk(folder)
            case .diskToMirror(let folders, let targets): return try await run.fromDisk(folders, to: targets)
            case .mirrorToMirror(let targets): return try await run.toRegistry(targets)
            }
        }
        if code != 0 { throw ExitCode(code) }
    }

    /// A key that would not be used is a mistake: somebody relies on it.
    private func refuseMisplacedKeys(_ mode: MirrorMode) throws {
        switch mode {
        case .mirrorToDisk:
            try cluster.refuseForMedia()
            guard !checkBlobs else {
                throw FerryError("--check-blobs is for registries: ferry verify checks a media set")
            }
            guard verifyKey.isEmpty else {
                throw FerryError("--verify-key is for importing a media set: with a file:// destination use --sign-key")
            }
        case .diskToMirror:
            guard signKey == nil else {
                throw FerryError("--sign-key is for making a media set: with --from use --verify-key")
            }
        case .mirrorToMirror:
            guard signKey == nil, verifyKey.isEmpty else {
                throw FerryError(
                    "--sign-key and --verify-key are for media sets: from registry to registry there is none"
                )
            }
        }
    }

    /// The set that is imported.
    ///
    /// - Throws: `MediaSetError.invalidName`.
    func setSelection() throws -> SetSelection {
        if let set { return .set(try SetIdentifier(set)) }
        return destinationName == SetHistory.defaultDestination ? .newest : .newestFor(destinationName)
    }

    /// Flags that oc-mirror has and that would be unsafe to ignore.
    private func refuseUnsupported() throws {
        if securePolicy || policy != nil || registriesDirectory != nil {
            throw FerryError(
                "--secure-policy, --policy and --registries.d are not supported yet: signatures are carried, not judged"
            )
        }
    }
}
