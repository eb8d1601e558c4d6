/// The inventories of the registries of one destination, beside the history of the sets that were made for it.
package enum InventoryStore {
    /// An inventory that is kept.
    package struct Kept: Sendable {
        /// How sets name it.
        package let identifier: SetIdentifier
        /// What it says.
        package let inventory: Inventory

        /// Joins the two.
        package init(identifier: SetIdentifier, inventory: Inventory) {
            self.identifier = identifier
            self.inventory = inventory
        }
    }

    /// The beginning of the names of their files; records of sets begin with a digit.
    static let filePrefix = "inventory_"

    /// Keeps an inventory, durably, in place of an earlier one of the same target; blocks.
    ///
    /// - Parameters:
    ///   - bytes: its file, which is kept as it is.
    ///   - name: how messages call it.
    ///   - folder: the folder of the volumes.
    ///   - destination: as for ``SetHistory``.
    /// - Returns: the inventory, and the path of the file that is kept.
    /// - Throws: `MediaSetError.invalidInventory` when it cannot be read or a newer one is kept; `.invalidName`;
    ///   `.noSpace`; `.fileSystem`; `OpenSSLError`.
    @discardableResult
    package static func add(
        _ bytes: [UInt8],
        name: String,
        folder: String,
        destination: String = SetHistory.defaultDestination
    ) throws -> (kept: Kept, path: String) {
        let inventory = try Inventory(bytes: bytes, name: name)
        let place = try SetHistory.folder(of: destination, in: folder)
        let path = "\(place)/\(filePrefix)\(try TargetFileName.part(for: inventory.target)).json"
        if let earlier = try read(path)?.inventory, earlier.made > inventory.made {
            throw Inventory.invalid(
                name,
                "the inventory \(name) is refused: a newer one of \(inventory.target) is kept in \(path); remove that "
                    + "file to go back to the older one"
            )
        }
        try MediaFolder.create(place)
        try MediaFolder.write(bytes, to: path)
        return (Kept(identifier: try Inventory.identifier(of: bytes), inventory: inventory), path)
    }

    /// The inventories of a destination, by target; blocks.
    ///
    /// - Parameters:
    ///   - folder: the folder of the volumes.
    ///   - destination: as for ``SetHistory``.
    /// - Returns: one for each target; none when none was added.
    /// - Throws: `MediaSetError.invalidInventory` that names a file that cannot be read; `.invalidName`; `.fileSystem`;
    ///   `OpenSSLError`.
    package static func all(
        folder: String,
        destination: String = SetHistory.defaultDestination
    ) throws -> [Kept] {
        let place = try SetHistory.folder(of: destination, in: folder)
        return try MediaFolder.names(in: place)
            .filter { $0.hasPrefix(filePrefix) && $0.hasSuffix(".json") }
            .compactMap { try read("\(place)/\($0)") }
    }

    private static func read(_ path: String) throws -> Kept? {
        guard let bytes = try MediaFolder.read(path, limit: Int64(Inventory.maximumBytes)) else { return nil }
        return Kept(
            identifier: try Inventory.identifier(of: bytes),
            inventory: try Inventory(bytes: bytes, name: path)
        )
    }
}
