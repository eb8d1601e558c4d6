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
            "file://DIR with the volumes of a media set is served as it lies; any other folder is a registry's store."
    )

    @Argument(help: "A folder, or file://DIR with a media set.")
    var folder: String

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

    func run() async throws {
        let logger = try output.logger()
        let server = RegistryServer(content: try await content(logger), options: try await options(), logger: logger)
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
        if folder.hasPrefix("file://") {
            let path = try MirrorMode.path(folder)
            let reader = try await MediaSetReader.open(folders: [path])
            for notice in reader.notices { logger.notice("\(notice.message)") }
            return MediaSetRegistryContent(reader)
        }
        var options = FolderStore.Options()
        options.acceptsSparseIndexes = acceptSparse
        options.isReadOnly = readOnly
        return try await FolderStore.open(at: folder, options: options)
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
