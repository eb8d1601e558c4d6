import ArgumentParser
import MirrorPlan
import OCIModel
import RegistryClient
import SamplePayload
import TerminalProgress

/// Publishes synthetic content, to rehearse.
struct SampleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Publish synthetic content to rehearse with.",
        subcommands: [SampleReleaseCommand.self]
    )
}

/// Publishes a synthetic release.
struct SampleReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Publish a release of the shape of a real one: a payload and its components."
    )

    @Argument(help: "docker://REGISTRY[/PATH]")
    var destination: String

    @Option(help: "How many component images.")
    var images = 190

    @Option(help: "The distinct bytes of all of them, about, such as 1.7GB, 200MB or 4GiB.")
    var size = ByteSize(bytes: 1_700_000_000)

    @Option(help: "Another number gives other bytes; the same gives the same everywhere.")
    var seed: UInt64 = 1

    @Option(help: "The version of the release.")
    var version = "4.18.1"

    @Flag(help: "Lists of images for amd64 and arm64.")
    var multi = false

    @Flag(help: "Put a cosign signature, of made-up content, beside some images.")
    var signatures = false

    @Option(name: .customLong("output"), help: "text or json")
    var format = "text"

    @OptionGroup
    var connection: ConnectionOptions

    @OptionGroup
    var output: OutputOptions

    private struct Description: Encodable {
        let release: ImageReference
        let digest: Digest?
        let images: Int
        let blobs: Int
        let bytes: Int64
        let totalBytes: Int64
    }

    func run() async throws {
        guard ["text", "json"].contains(format) else {
            throw FerryError("--output must be text or json, not \"\(format)\"")
        }
        guard destination.hasPrefix("docker://") else {
            throw FerryError(
                "the destination must start with docker://: \(MirrorMode.withoutCredentials(destination))"
            )
        }
        let target = try TargetNamespace(destination.dropFirst("docker://".count))
        var options = SampleReleaseOptions(registry: target.registry, prefix: target.prefix)
        options.images = images
        options.totalSize = size.bytes
        options.seed = seed
        options.version = version
        options.isMultiArchitecture = multi
        options.hasSignatures = signatures
        let release = try SampleRelease(options)
        let described = try await Session.run(connection, output) { session in
            let registry = session.targets.client(for: target.registry)
            try await registry.ping()
            session.progress.report(.phaseStarted(title: "Publishing"))
            session.progress.report(.totals(ProgressTotals(bytes: size.bytes)))
            let transfer = session.progress.startBlob(TransferDescription(name: "layers", size: size.bytes))
            let result = try await release.publish(to: registry) { transfer.move(to: $0.writtenBytes) }
            transfer.finish()
            session.progress.report(.phaseEnded)
            return result
        }
        let tagged = ImageReference(repository: described.payload.repository, tag: described.payload.tag)
        if format == "json" {
            let description = Description(
                release: tagged,
                digest: described.payload.digest,
                images: described.images,
                blobs: described.blobs,
                bytes: described.distinctBytes,
                totalBytes: described.totalBytes
            )
            print(try JSONOutput.text(description), terminator: "")
        } else {
            print("\(tagged)")
            print(
                "\(described.images) images, \(described.blobs) distinct blobs, "
                    + "\(ByteSize.text(described.distinctBytes)) distinct, \(ByteSize.text(described.totalBytes)) in all"
            )
        }
    }
}
