import ArgumentParser
import FerryCommands
import FerryTestSupport
import Foundation
import ImageStorage
import Logging
import RegistryServer

/// Serves a folder as a registry that fails now and then.
struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry",
        abstract: "A registry over a folder, like that of \"ferry serve\", which fails now and then.",
        discussion: "Runs until SIGINT or SIGTERM, then says how many requests it has spoilt."
    )

    @Argument(help: "The folder.")
    var folder: String

    @OptionGroup
    var listening: Listening

    @Option(help: "The share of requests, from 0 to 1, that get 500, 502, 503, 504 or a connection that ends.")
    var failShare = 0.0

    @Option(help: "Chooses them; the same seed spoils the same requests when they come in the same order.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (0...1).contains(failShare) else { throw ValidationError("--fail-share must be from 0 to 1") }
        _ = try listening.endpoint()
    }

    func run() async throws {
        let hook = FaultHook(FaultRule.randomFailures(failShare, seed: seed))
        let address = try listening.endpoint()
        var options = RegistryServer.Options()
        (options.host, options.port) = address
        options.hook = hook
        let server = RegistryServer(
            content: try await FolderStore.open(at: folder, options: FolderStore.Options()),
            options: options,
            logger: Logger(label: "ferry-link") { _ in SwiftLogNoOpLogHandler() }
        )
        let (listening, folder) = (listening, folder)
        do {
            try await untilInterrupted {
                try await server.run { address in
                    do {
                        try await listening.tell(address.host, address.port, "serving \(folder)")
                    } catch {
                        FileHandle.standardError.write(Data("\(error)\n".utf8))
                    }
                }
            }
        } catch is CancellationError {
            // Being asked to stop is the way it ends.
        }
        FileHandle.standardError.write(Data("requests spoilt: \(hook.appliedCount)\n".utf8))
    }
}
