/// The receipts that came back from one destination, beside the history of the sets that were made for it.
package struct ReceiptStore: Sendable {
    /// The sets that were made for the destination.
    package let history: SetHistory
    /// The folder of the receipts.
    private let path: String

    /// Reads the history of a destination; blocks.
    ///
    /// - Parameters:
    ///   - folder: the folder of the volumes.
    ///   - destination: as for ``SetHistory``.
    /// - Throws: what reading a ``SetHistory`` throws.
    package init(folder: String, destination: String = SetHistory.defaultDestination) throws {
        history = try SetHistory(folder: folder, destination: destination)
        path = try SetHistory.folder(of: destination, in: folder, kind: Self.kind)
    }

    /// Checks a receipt and keeps it, durably; blocks.
    ///
    /// Adding a receipt again changes nothing; another one for the same set and target takes the place of the first.
    ///
    /// - Parameters:
    ///   - receipt: the receipt.
    ///   - name: how messages call it.
    /// - Returns: the path of the file that is kept.
    /// - Throws: `MediaSetError.invalidReceipt` when the set is unknown, was not made as the receipt says, or has other
    ///   images; `.noSpace`, `.fileSystem`; `OpenSSLError`.
    @discardableResult
    package func add(_ receipt: Receipt, name: String) throws -> String {
        try check(receipt, name: name)
        try MediaFolder.create(path)
        let file = "\(path)/\(try receipt.fileName())"
        try MediaFolder.write(try receipt.file(), to: file)
        return file
    }

    /// The sets that each target of a destination has acknowledged; blocks.
    ///
    /// - Parameters:
    ///   - folder: the folder of the volumes.
    ///   - destination: as for ``SetHistory``.
    /// - Returns: the sets by target; empty when no receipt was added.
    /// - Throws: `MediaSetError.invalidName`; `.invalidReceipt` that names a file that cannot be read; `.fileSystem`;
    ///   `OpenSSLError`.
    package static func acknowledged(
        folder: String,
        destination: String = SetHistory.defaultDestination
    ) throws -> [String: Set<SetIdentifier>] {
        let path = try SetHistory.folder(of: destination, in: folder, kind: kind)
        var sets: [String: Set<SetIdentifier>] = [:]
        for name in try MediaFolder.names(in: path) where name.hasSuffix(".json") {
            let file = "\(path)/\(name)"
            guard let bytes = try MediaFolder.read(file, limit: Int64(Receipt.maximumBytes)) else { continue }
            let receipt = try Receipt(bytes: bytes, name: file)
            sets[receipt.target, default: []].insert(receipt.set)
        }
        return sets
    }

    private static let kind = "receipts"

    private func check(_ receipt: Receipt, name: String) throws(MediaSetError) {
        guard let record = history.records.last(where: { $0.set == receipt.set }) else {
            throw Self.refused(
                name,
                "the set \(receipt.set), number \(receipt.sequence), was not made here for the destination "
                    + "\"\(history.destination)\"; name the right folder and --destination"
            )
        }
        guard record.sequence == receipt.sequence else {
            throw Self.refused(
                name,
                "the set \(receipt.set) has number \(record.sequence), not \(receipt.sequence); bring the receipt again"
            )
        }
        guard record.lockDigest == receipt.lockDigest else {
            let own = record.lockDigest.map { "\($0)" } ?? "unknown"
            throw Self.refused(
                name,
                "the set \(receipt.set) has another lock file: \(own) here, \(receipt.lockDigest) there"
            )
        }
        let named = Set(receipt.images)
        if let lacking = record.images.first(where: { !named.contains($0) }) {
            throw Self.refused(
                name,
                "it names \(named.count) of the \(record.images.count) images of the set \(receipt.set), and not \(lacking); "
                    + "bring the receipt again"
            )
        }
        let own = Set(record.images)
        if let stranger = receipt.images.first(where: { !own.contains($0) }) {
            throw Self.refused(name, "the image \(stranger) is not in the set \(receipt.set)")
        }
    }

    private static func refused(_ name: String, _ reason: String) -> MediaSetError {
        MediaSetError(.invalidReceipt, subject: name, message: "the receipt \(name) is refused: \(reason)")
    }
}
