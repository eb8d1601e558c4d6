package import OCIModel

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
    /// Adding a receipt again changes nothing; another one for the same set takes the place of the first.
    ///
    /// - Parameters:
    ///   - receipt: the receipt.
    ///   - name: how messages call it.
    ///   - locked: the images of the set's lock file, when that is at hand.
    /// - Returns: the path of the file that is kept.
    /// - Throws: `MediaSetError.invalidReceipt` when the set is unknown, or was not made as the receipt says; `.noSpace`,
    ///   `.fileSystem`.
    @discardableResult
    package func add(_ receipt: Receipt, name: String, locked: Set<Digest> = []) throws -> String {
        try check(receipt, name: name, locked: locked)
        try MediaFolder.create(path)
        let file = "\(path)/\(receipt.fileName)"
        try MediaFolder.write(try receipt.file(), to: file)
        return file
    }

    /// The sets that a destination has acknowledged; blocks.
    ///
    /// - Parameters:
    ///   - folder: the folder of the volumes.
    ///   - destination: as for ``SetHistory``.
    /// - Returns: the sets; empty when no receipt was added.
    /// - Throws: `MediaSetError.invalidName`; `.invalidReceipt` that names a file that cannot be read; `.fileSystem`.
    package static func acknowledged(
        folder: String,
        destination: String = SetHistory.defaultDestination
    ) throws -> Set<SetIdentifier> {
        let path = try SetHistory.folder(of: destination, in: folder, kind: kind)
        var sets: Set<SetIdentifier> = []
        for name in try MediaFolder.names(in: path) where name.hasSuffix(".json") {
            let file = "\(path)/\(name)"
            guard let bytes = try MediaFolder.read(file, limit: Int64(Receipt.maximumBytes)) else { continue }
            sets.insert(try Receipt(bytes: bytes, name: file).set)
        }
        return sets
    }

    private static let kind = "receipts"

    private func check(_ receipt: Receipt, name: String, locked: Set<Digest>) throws(MediaSetError) {
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
        let known = carried(by: record).union(locked)
        if let stranger = receipt.images.first(where: { !known.contains($0) }) {
            throw Self.refused(name, "the image \(stranger) is not in the set \(receipt.set)")
        }
    }

    /// What a set holds, and what it leaves to the sets that it builds on.
    private func carried(by record: HistoryRecord) -> Set<Digest> {
        var digests: Set<Digest> = []
        var seen: Set<SetIdentifier> = []
        var next: HistoryRecord? = record
        while let current = next, seen.insert(current.set).inserted {
            digests.formUnion(current.digests)
            next = current.base.flatMap { base in history.records.last { $0.set == base } }
        }
        return digests
    }

    private static func refused(_ name: String, _ reason: String) -> MediaSetError {
        MediaSetError(.invalidReceipt, subject: name, message: "the receipt \(name) is refused: \(reason)")
    }
}
