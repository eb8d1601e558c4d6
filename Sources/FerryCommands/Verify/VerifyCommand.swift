import ArgumentParser
import MediaSet
import MirrorPlan
import RegistryClient
import TerminalProgress
import TransferEngine

/// Proves that everything is there, on media or in a registry.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that a media set, or a registry, holds everything, to the bit.",
        usage: """
            ferry verify file://DIR… [--set ID]
            ferry verify docker://REG[/PATH] --lock FILE [--deep]
            ferry verify --audit FILE|file://DIR [--audit-head HASH]
            """
    )

    @Argument(help: "file://DIR with volumes (several folders may be named), or docker://REGISTRY[/PATH].")
    var places: [String] = []

    @Option(help: "For a registry: the lock file that says what must be there.")
    var lock: String?

    @Flag(help: "For a registry: read every blob back and hash it.")
    var deep = false

    @Option(
        help: "For media: a public key or certificate (PEM) that must have signed; several times: any of them may have."
    )
    var verifyKey: [String] = []

    @Option(help: "For media: the id of the set to look at, when several lie there; the default is all of them.")
    var set: String?

    @OptionGroup
    var audit: AuditOptions

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup
    var paths: NestedPathOptions

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let code = audit.isGiven ? try await verifyAudit() : try await verifyContent()
        if code != 0 { throw ExitCode(code) }
    }

    private func verifyAudit() async throws -> Int32 {
        try await RunReporting.run(output, showsProgress: false) { _ in
            try await audit.verify(places: places, others: optionsForRegistries + optionsForMedia, asJSON: json)
        }
    }

    private func verifyContent() async throws -> Int32 {
        try await Session.run(connection, output) { session in
            if let place = places.first, places.count == 1, place.hasPrefix("docker://") {
                guard optionsForMedia.isEmpty else {
                    let names = optionsForMedia.joined(separator: ", ")
                    throw FerryError(
                        "\(names): for media sets only; a registry keeps neither sets nor their signatures"
                    )
                }
                return try await verifyRegistry(place, session)
            }
            guard !places.isEmpty, places.allSatisfy({ $0.hasPrefix("file://") }) else {
                throw FerryError("name one docker://REGISTRY, or one or more file://DIR")
            }
            guard optionsForRegistries.isEmpty else {
                let names = optionsForRegistries.joined(separator: ", ")
                throw FerryError(
                    "\(names): for registries only; of a media set every byte is read and held against its own lock file"
                )
            }
            return try await verifyMedia(try places.map { try MirrorMode.path($0) }, session)
        }
    }

    /// The options given that say how a registry is verified.
    private var optionsForRegistries: [String] {
        [("--lock", lock != nil), ("--deep", deep), ("--max-nested-paths", paths.maxNestedPaths != nil)]
            .filter(\.1).map(\.0)
    }

    /// The options given that say how media are verified.
    private var optionsForMedia: [String] {
        [("--verify-key", !verifyKey.isEmpty), ("--set", set != nil)].filter(\.1).map(\.0)
    }

    private func verifyRegistry(_ place: String, _ session: Session) async throws -> Int32 {
        guard let lock else { throw FerryError("--lock FILE says what the registry must hold") }
        let target = try TargetNamespace(place.dropFirst("docker://".count), maxNestedPaths: paths.maxNestedPaths)
        let plan = try LockFile.read(lock)
        let registry = session.targets.client(for: target.registry)
        try await registry.ping()
        let verifier = TargetVerifier(
            target: registry,
            reader: deep ? registry : nil,
            width: 16,
            observer: ProgressObserver(progress: session.progress)
        )
        let result = try await verifier.verify(plan) { try target.repository(for: $0) }
        var builder = ReportBuilder()
        try builder.add(result.images) { image in
            "\(target.registry)/\(try target.repository(for: image.destination))"
                + (image.tags.first.map { ":\($0)" } ?? "@\(image.digest)")
        }
        let report = builder.report(wanted: plan.images.count, traffic: .init(), of: nil)
        session.progress.report(.phaseEnded)
        let failed = report.entries.filter { $0.status == .failed }
        if json {
            print(String(decoding: try report.file(), as: UTF8.self), terminator: "")
        } else {
            for entry in failed {
                let reasons = entry.reasons.map(\.text).joined(separator: "; ")
                print(PrintableText.of("FAILED \(entry.destination ?? "") (\(reasons)): \(entry.message ?? "")"))
            }
            let what = deep ? "manifests and blobs read back" : "manifests read back, blobs present"
            if result.lacksBlobs {
                print("missing blobs are sent again by ferry mirror with --check-blobs")
            }
            if failed.contains(where: \.isIntegrityFailure) {
                print(
                    "a registry keeps wrong bytes that it has under a digest: delete that manifest or blob there first"
                )
            }
            print("\(report.count(.verified)) of \(report.wanted) images verified (\(what)) at docker://\(target)")
        }
        // A registry that did not answer has not been shown to hold wrong bytes.
        return failed.isEmpty ? 0 : failed.contains(where: \.isIntegrityFailure) ? 32 : 1
    }

    private func verifyMedia(_ folders: [String], _ session: Session) async throws -> Int32 {
        let keys = try await KeyFile.verificationKeys(verifyKey)
        let verification = MediaVerificationRun(folders: folders, keys: keys, session: session)
        let reports = try await verification.reports(of: try set.map { try SetIdentifier($0) })
        print(try json ? JSONOutput.text(of: reports) : MediaVerificationText.text(reports), terminator: "")
        return reports.allSatisfy(\.isIntact) ? 0 : 32
    }
}

extension JSONOutput {
    /// One report by itself; several in a list under `sets`.
    fileprivate static func text(of reports: [MediaSetVerification]) throws -> String {
        if reports.count == 1, let report = reports.first { return try text(report) }
        return try text(["sets": reports])
    }
}
