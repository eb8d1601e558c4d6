import ArgumentParser
import FerryCommands
import FerryTestSupport
import Foundation
import ImageStorage

/// Puts a slow line before a server.
struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "A slow line before any server; rates are bytes per second, in each direction.",
        discussion: "Runs until SIGINT or SIGTERM, then prints what it has carried as JSON."
    )

    @Option(name: .customLong("to"), help: "The server, HOST:PORT.")
    var server: String

    @OptionGroup
    var listening: Listening

    @Option(help: "The time there and back, such as 40ms; a new connection takes one more.")
    var rtt: TimeSpan?

    @Option(help: "The most bytes per second of all connections, such as 125MB.")
    var rate: ByteSize?

    @Option(help: "The most bytes per second of one connection.")
    var connectionRate: ByteSize?

    @Option(help: "Close each connection after so many bytes, both directions counted.")
    var cutAfter: ByteSize?

    @Option(help: "Write what it has carried to this file, too, when it ends.")
    var counts: String?

    func validate() throws {
        for (name, size) in [("--rate", rate), ("--connection-rate", connectionRate), ("--cut-after", cutAfter)] {
            if let size, size.bytes < 1 { throw ValidationError("\(name) must be at least 1 byte") }
        }
        _ = try Listening.endpoint(server, option: "--to")
        _ = try listening.endpoint()
    }

    func run() async throws {
        let settings = LinkSettings(
            roundTrip: rtt?.duration ?? .zero,
            rate: rate?.bytes,
            connectionRate: connectionRate?.bytes,
            cutAfter: cutAfter?.bytes
        )
        let (address, server) = (try listening.endpoint(), try Listening.endpoint(server, option: "--to"))
        let (listening, counts, name) = (listening, counts, self.server)
        let carried = try await withLink(on: address, to: server, settings) { link in
            try await listening.tell(address.host, link.port, "line to \(name)")
            do {
                try await untilInterrupted { try await Task.sleep(for: .seconds(366 * 86_400)) }
            } catch is CancellationError {
                // Being asked to stop is the way it ends.
            }
            return link.counts
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = try encoder.encode(carried) + Data("\n".utf8)
        FileHandle.standardOutput.write(text)
        if let counts { try await LocalFiles.write(Array(text), to: counts) }
    }
}
