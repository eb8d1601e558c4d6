import ArgumentParser
import ClusterResources
import Logging
import MirrorPlan

/// Makes the cluster resources of a lock file again.
struct ResourcesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resources",
        abstract: "Make the cluster resources of a lock file, and say how they differ from what a folder holds.",
        discussion:
            "Asks no registry: it takes the lock file at its word. ferry mirror writes only what it has verified."
    )

    @Argument(help: "docker://REGISTRY[/PATH]")
    var destination: String

    @Option(help: "The lock file.")
    var lock: String

    @Option(name: [.customShort("o"), .customLong("output-dir")], help: "The folder to write to.")
    var folder: String

    @OptionGroup
    var paths: NestedPathOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        try await RunReporting.run(output, showsProgress: false) { try await write($0.logger) }
    }

    /// Writes the files and prints how they differ from those that were there.
    private func write(_ logger: Logger) async throws {
        guard destination.hasPrefix("docker://") else {
            throw FerryError(
                "the destination must start with docker://: \(MirrorMode.withoutCredentials(destination))"
            )
        }
        let target = try TargetNamespace(destination.dropFirst("docker://".count), maxNestedPaths: paths.maxNestedPaths)
        let plan = try LockFile.read(lock)
        let step = ClusterResourceStep(directory: WorkingDirectory(below: folder), target: target, logger: logger)
        let files = try step.files(plan.images, plan.releases)
        let resources = ResourceFolder(path: folder)
        let comparisons = try await LocalFiles.run { try resources.write(files) }
        for (file, comparison) in zip(files, comparisons) { print("\(folder)/\(file.name): \(comparison.rawValue)") }
    }
}
