import ArgumentParser
import ImageStorage
import Logging
import MediaSet
import OCIModel
import RegistryServer

/// Serves a folder or a media set as a registry.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "A registry: read-write over a folder, or read-only over a media set in place.",
        discussion:
            "file://DIR with the volumes of a media set is served as it lies; any other folder is a registry's store. "
            + "What a set leaves out is read from the earlier sets that lie there too."
    )

    @Argument(help: "A folder, or file://DIR with a media set; file:// several times when its volumes are spread.")
    var folders: [String]

    @Option(
        help: "Serve only a set signed by this public key or certificate (PEM); several times: any of them may have."
    )
    var verifyKey: [String] = []

    @Option(name: .customLong("addr"), help: "The address to listen on; port 0 takes any free one.")
    var address = "127.0.0.1:5000"

    @Option(help: "Write the address, once it is listened on, to this file.")
    var addressFile: String?

    @Option(help: "Somebody who may use it, as name:password; may be given several times.")
    var user: [String] = []

    @Option(help: "A file of such users, one per line.")
    var userFile: String?

    @Option(name: .customLong("tls-cert"), help: "A PEM file with the certificate, for HTTPS.")
    var certificate: String?

    @Option(name: .customLong("tls-key"), help: "A PEM file with its private key.")
    var key: String?

    @Flag(help: "Take lists of which some images are missing.")
    var acceptSparse = false

    @Flag(help: "Take nothing, only give.")
    var readOnly = false

    @OptionGroup
    var output: OutputOptions

    /// Fewer connections than a busy cluster may want are worth a word.
    private static let expectedConnections = 1000

    /// Whether a media set is served.
    private var isMedia: Bool { folders.contains { $0.hasPrefix("file://") } }

    func validate() throws {
        if isMedia {
            guard folders.allSatisfy({ $0.hasPrefix("file://") }) else {
                throw ValidationError("a media set and a registry's folder are not served together")
            }
            guard !acceptSparse else { throw ValidationError("--accept-sparse is for a registry's folder") }
        } else {
            guard folders.count == 1 else { throw ValidationError("one folder is served at a time") }
            guard verifyKey.isEmpty else {
                throw ValidationError("--verify-key is for media sets, which begin with file://")
            }
        }
    }

    func run() async throws {
        try await RunReporting.run(output, showsProgress: false) { try await serve($0.logger) }
    }

    /// Serves until the process is asked to stop.
    private func serve(_ logger: Logger) async throws {
        var options = try await options()
        options.maximumConnections = connections(logger)
        let failures = FailureLog(logger)
        options.onFailure = { failures.report($0) }
        let server = RegistryServer(content: try await content(logger), options: options, logger: logger)
        let folder = folders.joined(separator: ", ")
        let addressFile = addressFile
        do {
            try await untilInterrupted {
                try await server.run { address in
                    logger.notice("serving \(folder) at \(address.url)")
                    guard let addressFile else { return }
                    do {
                        try await LocalFiles.write(Array(address.description.utf8), to: addressFile)
                    } catch {
                        logger.error("\(error)")
                    }
                }
            }
        } catch is CancellationError {
            // Being asked to stop is the way a server ends.
            logger.notice("stopped")
        }
    }

    private func content(_ logger: Logger) async throws -> any RegistryContent {
        if isMedia {
            let keys = try await KeyFile.verificationKeys(verifyKey)
            return try await ServedSet.open(try folders.map { try MirrorMode.path($0) }, signedBy: keys, logger: logger)
        }
        var options = FolderStore.Options()
        options.acceptsSparseIndexes = acceptSparse
        options.isReadOnly = readOnly
        return try await FolderStore.open(at: folders[0], options: options)
    }

    /// How many connections are served at a time.
    private func connections(_ logger: Logger) -> Int? {
        guard let count = OpenFileLimit.raise() else { return nil }
        if count < Self.expectedConnections {
            logger.notice(
                "at most \(count) connections at a time, others wait: raise the limit on open files (ulimit -n)"
            )
        }
        return count
    }

    private func options() async throws -> RegistryServer.Options {
        var options = RegistryServer.Options()
        let name: RegistryName
        do {
            // Port 0 is no port of a registry's name, and means any free one here.
            let isAnyPort = address.hasSuffix(":0")
            name = try RegistryName(isAnyPort ? address.dropLast(2) : address[...])
            options.port = isAnyPort ? 0 : name.port ?? 5000
        } catch {
            throw FerryError("--addr must be HOST:PORT, not \"\(address)\"")
        }
        options.host = name.host
        switch (certificate, key) {
        case (let certificate?, let key?): options.tls = .init(certificate: certificate, key: key)
        case (nil, nil): break
        default: throw FerryError("--tls-cert and --tls-key go together")
        }
        if let userFile {
            guard user.isEmpty else { throw FerryError("--user and --user-file exclude one another") }
            options.users = try await RegistryUsers(contentsOf: userFile)
        } else if !user.isEmpty {
            options.users = try RegistryUsers(user)
        }
        return options
    }
}
