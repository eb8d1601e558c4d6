import ArgumentParser
import Foundation
import Logging
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto

/// Checks a receipt against the sets that were made, and keeps it.
struct AddReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Check the receipt of an import, and keep it beside the history of the sets.",
        usage: "ferry receipt add FILE file://DIR [--destination NAME]"
    )

    @Argument(help: "The receipt that the import wrote to its working directory.")
    var receipt: String

    @Argument(help: "The folder that the set was made in, as file://DIR.")
    var place: String

    @Option(name: .customLong("destination"), help: "The name of the site that the set was made for.")
    var destinationName = SetHistory.defaultDestination

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let logger = try output.logger()
        guard place.hasPrefix("file://") else {
            throw FerryError("name the folder that the set was made in as file://DIR")
        }
        let folder = try MirrorMode.path(place)
        let (file, name) = (receipt, destinationName)
        let (added, path) = try await LocalFiles.run {
            let added = try Receipt(
                bytes: try ConfigurationFile.read(file, maximum: Receipt.maximumBytes),
                name: file
            )
            let store = try ReceiptStore(folder: folder, destination: name)
            let path = try store.add(added, name: file, locked: try Self.locked(added.lockDigest, in: folder))
            return (added, path)
        }
        logger.notice(
            "media set \(added.set), number \(added.sequence), is at \(added.target): \(added.images.count) images; kept in \(path)"
        )
    }

    /// The images of the lock file in a folder; none when it is not there, or that of another set.
    private static func locked(_ digest: Digest, in folder: String) throws -> Set<Digest> {
        let path = WorkingDirectory(below: folder).lock
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let bytes = try ConfigurationFile.read(path, maximum: LockFile.maximumBytes)
        guard try ContentHasher.digest(of: bytes) == digest else { return [] }
        return Set(try MirrorPlan(lockFile: bytes, name: path).images.map(\.digest))
    }
}
