import ArgumentParser
import DispatchLanes
import Foundation
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import RegistryClient
import TerminalProgress

/// Writes down what a registry holds already, so that the first media set for it is small.
struct InventoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Write down what a registry holds, so that media sets for it leave that out.",
        usage: "ferry inventory docker://REG[/PATH] [--lock FILE]… [-o FILE]",
        discussion: """
            Reads manifests only, never a layer. Carry the file to the connected side and add it there with ferry receipt \
            add. With --lock only the repositories of that lock file are looked into; without, those that the registry \
            lists in its catalog.
            """
    )

    @Argument(help: "docker://REGISTRY[/PATH], as ferry mirror takes it.")
    var place: String

    @Option(help: "A lock file whose repositories are looked into; may be given several times.")
    var lock: [String] = []

    @Option(
        name: .shortAndLong,
        help: "The file to write; - for stdout. The default is inventory_<registry_path>.json."
    )
    var output: String?

    @Flag(help: "Ask for every blob too, instead of taking the word of the manifests.")
    var checkBlobs = false

    @OptionGroup
    var paths: NestedPathOptions

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var talk: OutputOptions

    func run() async throws {
        guard place.hasPrefix("docker://") else {
            throw FerryError("the registry must start with docker://: \(MirrorMode.withoutCredentials(place))")
        }
        let target = try TargetNamespace(place.dropFirst("docker://".count), maxNestedPaths: paths.maxNestedPaths)
        guard target.maxNestedPaths == nil || !lock.isEmpty else {
            throw FerryError(
                "--max-nested-paths joins paths so that nobody can take them apart again: say with --lock FILE which "
                    + "images the registry was made for"
            )
        }
        let code = try await Session.run(connection, talk) { session in try await take(target, session) }
        if code != 0 { throw ExitCode(code) }
    }

    /// Makes the inventory and writes it.
    ///
    /// - Returns: the exit code.
    private func take(_ target: TargetNamespace, _ session: Session) async throws -> Int32 {
        let files = lock
        let plans = try await LocalFiles.run { try files.map { try LockFile.read($0) } }
        let registry = session.targets.client(for: target.registry)
        try await registry.ping()
        let scope = try await scope(of: plans, at: target, registry)
        let requests = 16
        let walk = RepositoryWalk(
            registry: registry,
            permits: AsyncSemaphore(permits: requests),
            width: requests,
            checksBlobs: checkBlobs,
            logger: session.logger
        )
        let result = try await RegistryInventory(walk: walk, width: 8, progress: session.progress).run(scope)
        let inventory = Inventory(made: Self.now(), target: "\(target)", repositories: result.repositories)
        let file = try inventory.file()
        guard file.count <= Inventory.maximumBytes else {
            throw FerryError(
                "the inventory of \(target) has \(ByteSize.text(Int64(file.count))), more than the "
                    + "\(ByteSize.text(Int64(Inventory.maximumBytes))) that can be read again: use --lock FILE"
            )
        }
        let path = try output ?? "inventory_\(TargetFileName.part(for: inventory.target)).json"
        if path == "-" {
            print(String(decoding: file, as: UTF8.self), terminator: "")
        } else {
            try await LocalFiles.write(file, to: path)
            print(try Self.summary(inventory, file, path))
        }
        return tell(result.failures, session.logger)
    }

    private func scope(
        of plans: [MirrorPlan],
        at target: TargetNamespace,
        _ registry: RegistryClient
    ) async throws -> InventoryScope {
        guard plans.isEmpty else { return try InventoryScope(plans, at: target) }
        return try await InventoryScope(catalogOf: target, from: registry)
    }

    /// Names what could not be read.
    ///
    /// - Returns: 1 when there is anything, else 0.
    private func tell(_ failures: [(repository: RepositoryPath, reason: String)], _ logger: Logger) -> Int32 {
        for failure in failures.prefix(50) { logger.error("\(failure.repository) is left out: \(failure.reason)") }
        if failures.count > 50 { logger.error("and \(failures.count - 50) more") }
        guard !failures.isEmpty else { return 0 }
        logger.error(
            """
            \(failures.count) of the repositories could not be read: the inventory is written without them, so media sets \
            will carry all that these need
            """
        )
        return 1
    }

    /// The time, or `SOURCE_DATE_EPOCH` when it is set to a number
    /// (https://reproducible-builds.org/specs/source-date-epoch/).
    private static func now() -> Int64 {
        ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) } ?? Int64(time(nil))
    }

    private static func summary(_ inventory: Inventory, _ file: [UInt8], _ path: String) throws -> String {
        var blobs: [Digest: Int64] = [:]
        var manifests: Set<Digest> = []
        var tags = 0
        for repository in inventory.repositories {
            for blob in repository.blobs { blobs[blob.digest] = blob.size }
            for manifest in repository.manifests {
                manifests.insert(manifest.digest)
                tags += manifest.tags.count
            }
        }
        let bytes = blobs.values.reduce(Int64(0)) { $0.addingReportingOverflow($1).partialValue }
        return "docker://\(inventory.target): \(inventory.repositories.count) repositories, \(tags) tags, "
            + "\(manifests.count) manifests, \(blobs.count) blobs (\(ByteSize.text(bytes)))\n"
            + "inventory \(try Inventory.identifier(of: file)) is \(path)"
    }
}
