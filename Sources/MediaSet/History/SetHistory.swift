package import OCIModel

/// The sets that were made for one destination, read from the records beside the volumes.
package struct SetHistory: Sendable {
    /// The destination that is meant when none is named.
    package static let defaultDestination = "default"
    /// The largest record that is read, in bytes.
    private static let maximumSize: Int64 = 256 << 20

    /// The destination's name.
    package let destination: String
    /// The records, by sequence number and then set id.
    package let records: [HistoryRecord]

    /// Reads the records of a destination; blocks.
    ///
    /// - Parameters:
    ///   - folder: the folder of the volumes.
    ///   - destination: a name of 1 to 64 letters, digits, `.`, `_` and `-`, not beginning with `.`.
    /// - Throws: `MediaSetError.invalidName`; `.damagedDocument` that names a record that cannot be read or was
    ///   changed; `.fileSystem`; `OpenSSLError`.
    package init(folder: String, destination: String = SetHistory.defaultDestination) throws {
        let path = try Self.folder(of: destination, in: folder)
        var records: [HistoryRecord] = []
        for name in try MediaFolder.names(in: path)
        where name.hasSuffix(".json") && !name.hasPrefix(InventoryStore.filePrefix) {
            let file = "\(path)/\(name)"
            guard let bytes = try MediaFolder.read(file, limit: Self.maximumSize) else { continue }
            records.append(try HistoryRecord(bytes: bytes, name: file))
        }
        self.destination = destination
        self.records = records.sorted { ($0.sequence, $0.set) < ($1.sequence, $1.set) }
    }

    /// The number of the next set.
    package var nextSequence: Int {
        let last = records.last?.sequence ?? 0
        return max(0, min(last, 999_998)) + 1
    }

    /// The latest set.
    package var latest: HistoryRecord? { records.last }

    /// The set that was made of a lock file already, so that the same lock gives the same set again.
    package func record(lockDigest: Digest) -> HistoryRecord? {
        records.last { $0.lockDigest == lockDigest }
    }

    /// The sets that were finished before a time, in seconds since 1970.
    package func records(before time: Int64) -> [HistoryRecord] {
        records.filter { ($0.finished ?? .min) < time }
    }

    /// What was carried so far.
    ///
    /// - Parameter sequence: only sets with lower numbers count.
    /// - Returns: every digest with the first set that carried it.
    package func carried(before sequence: Int = .max) -> [Digest: SetIdentifier] {
        var carried: [Digest: SetIdentifier] = [:]
        for record in records where record.sequence < sequence {
            for digest in record.digests where carried[digest] == nil { carried[digest] = record.set }
        }
        return carried
    }

    /// Adds a record, durably; blocks.
    ///
    /// A record of the same set is replaced.
    ///
    /// - Throws: `MediaSetError.invalidName`, `.noSpace`, `.fileSystem`; `EncodingError`; `OpenSSLError`.
    package static func add(_ record: HistoryRecord, folder: String, destination: String) throws {
        let path = try Self.folder(of: destination, in: folder)
        try MediaFolder.create(path)
        let name = "\(VolumeName.padded(record.sequence, 6))_\(record.set).json"
        try MediaFolder.write(try record.file(), to: "\(path)/\(name)")
    }

    /// The folder of a destination's records and inventories, or of what else is kept for it.
    ///
    /// - Throws: `MediaSetError.invalidName`.
    static func folder(
        of destination: String,
        in folder: String,
        kind: String = "history"
    ) throws(MediaSetError) -> String {
        let isPlain = destination.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        guard (1...64).contains(destination.utf8.count), isPlain, !destination.hasPrefix(".") else {
            throw MediaSetError(
                .invalidName,
                subject: String(destination.prefix(80)),
                message:
                    "\"\(destination.prefix(80))\" is no name for a destination: use letters, digits, \".\", \"_\" and "
                    + "\"-\""
            )
        }
        return "\(folder)/working-dir/\(kind)/\(destination)"
    }
}
