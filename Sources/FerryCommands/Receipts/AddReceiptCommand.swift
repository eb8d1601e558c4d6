import ArgumentParser
import Logging
import MediaSet
import OCIModel

/// Checks a receipt against the sets that were made, or an inventory, and keeps it.
struct AddReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Check the receipt of an import, or an inventory, and keep it beside the history of the sets.",
        usage: "ferry receipt add FILE file://DIR [--destination NAME]"
    )

    @Argument(help: "The receipt that the import wrote to its working directory, or what ferry inventory wrote.")
    var receipt: String

    @Argument(help: "The folder that the set was made in, as file://DIR.")
    var place: String

    @Option(name: .customLong("destination"), help: "The name of the site that the set was made for.")
    var destinationName = SetHistory.defaultDestination

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        try await RunReporting.run(output, showsProgress: false) { try await add($0.logger) }
    }

    /// Checks the file and keeps it.
    private func add(_ logger: Logger) async throws {
        guard place.hasPrefix("file://") else {
            throw FerryError("name the folder that the set was made in as file://DIR")
        }
        let folder = try MirrorMode.path(place)
        let (file, name) = (receipt, destinationName)
        let added = try await LocalFiles.run {
            let bytes = try ConfigurationFile.read(file, maximum: Inventory.maximumBytes)
            return Inventory.isInventory(bytes)
                ? try Self.addInventory(bytes, file, folder, name) : try Self.addReceipt(bytes, file, folder, name)
        }
        logger.notice("\(added)")
    }

    /// Keeps an inventory, and says what was kept where.
    private static func addInventory(
        _ bytes: [UInt8],
        _ file: String,
        _ folder: String,
        _ destination: String
    ) throws -> String {
        let (kept, path) = try InventoryStore.add(bytes, name: file, folder: folder, destination: destination)
        let blobs = Set(kept.inventory.repositories.flatMap { $0.blobs.map(\.digest) }).count
        return
            "inventory \(kept.identifier) of \(kept.inventory.target): \(kept.inventory.repositories.count) repositories "
            + "with \(blobs) blobs, which sets for \(destination) leave out; kept in \(path)"
    }

    /// Checks and keeps a receipt, and says what was kept where.
    private static func addReceipt(
        _ bytes: [UInt8],
        _ file: String,
        _ folder: String,
        _ destination: String
    ) throws -> String {
        guard bytes.count <= Receipt.maximumBytes else { throw FerryError("\(file) is too large for a receipt") }
        let receipt = try Receipt(bytes: bytes, name: file)
        let path = try ReceiptStore(folder: folder, destination: destination).add(receipt, name: file)
        return "media set \(receipt.set), number \(receipt.sequence), is at \(receipt.target): "
            + "\(receipt.images.count) images; kept in \(path)"
    }
}
