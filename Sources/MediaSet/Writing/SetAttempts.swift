/// The sets that one wish led to because images failed: the whole one, and those without what had failed.
///
/// One of them is finished in the end. As long as none is, all stay, since each may be the one that the next run can finish;
/// then nothing can continue the others, because a set's number counts for it. They are named in
/// `working-dir/journal/attempts_<destination>.json` before a second one is begun, so that a crash forgets none.
package struct SetAttempts: Sendable {
    /// The sets that were begun.
    package private(set) var sets: Set<SetIdentifier> = []
    /// Those of them that this run has noted.
    private var own: Set<SetIdentifier> = []
    private let folder: String
    private let path: String

    /// The largest file that is read, in bytes.
    private static let maximumSize: Int64 = 1 << 20
    /// The most sets that are named: one for each time that images failed.
    private static let maximumCount = 10_000

    private struct Document: Codable {
        static let format = 1

        var format = Document.format
        let sets: [SetIdentifier]
    }

    /// Reads what earlier runs noted; blocks.
    ///
    /// - Parameters:
    ///   - folder: the folder of the volumes, which the caller has locked.
    ///   - destination: as for ``SetHistory``.
    /// - Throws: `MediaSetError.invalidName`; `.fileSystem`.
    package init(folder: String, destination: String = SetHistory.defaultDestination) throws {
        // Only for its check of the name, which becomes a part of a path.
        _ = try SetHistory.folder(of: destination, in: folder)
        self.folder = folder
        path = "\(folder)/working-dir/journal/attempts_\(destination).json"
        guard let bytes = try MediaFolder.read(path, limit: Self.maximumSize) else { return }
        // One that cannot be read tells of nothing: what it named is then told of as unfinished volumes of other sets.
        guard let document = try? DocumentCoding.decode(Document.self, from: bytes, name: path),
            document.format == Document.format
        else { return }
        sets = Set(document.sets.prefix(Self.maximumCount))
    }

    /// Notes that sets are begun in place of one another, durably; blocks.
    ///
    /// - Parameter begun: the sets, before any volume of the last of them is there.
    /// - Throws: `MediaSetError.noSpace`, `.fileSystem`; `EncodingError`.
    package mutating func note(_ begun: [SetIdentifier]) throws {
        own.formUnion(begun)
        let all = sets.union(begun)
        guard all != sets, all.count <= Self.maximumCount else { return }
        try MediaFolder.create("\(folder)/working-dir/journal")
        try MediaFolder.write(try DocumentCoding.readable(Document(sets: all.sorted())), to: path)
        sets = all
    }

    /// Removes the unfinished volumes of sets that nothing can continue any more, and their journals; blocks.
    ///
    /// These are the sets that this run has noted, and of those noted before it the ones whose number is used up. Finished
    /// volumes are never touched. After a crash it can be called again.
    ///
    /// - Parameter sequence: the number of the set that is finished.
    /// - Returns: the volumes that were removed.
    /// - Throws: `MediaSetError.noSpace`, `.fileSystem`; `EncodingError`.
    @discardableResult
    package mutating func clean(after sequence: Int) throws -> [VolumeName] {
        guard !sets.isEmpty else { return [] }
        let volumes = try MediaFolder.names(in: folder).compactMap { VolumeName(partialName: $0) }
            .filter { sets.contains($0.set) }
        let wanted = Set(volumes.filter { $0.sequence > sequence }.map(\.set)).subtracting(own)
        let removed = volumes.filter { !wanted.contains($0.set) }
        for volume in removed { try MediaFolder.remove("\(folder)/\(volume.partialName)") }
        for set in sets.subtracting(wanted).sorted() { try MediaFolder.remove(SetJournal.path(of: set, in: folder)) }
        try MediaFolder.flush(folder)
        // Last, so that a crash before finds the names again.
        if wanted.isEmpty {
            try MediaFolder.remove(path)
        } else {
            try MediaFolder.write(try DocumentCoding.readable(Document(sets: wanted.sorted())), to: path)
        }
        sets = wanted
        return removed
    }
}

extension VolumeName {
    /// Takes the name of an unfinished volume apart; nil when it is none.
    package init?(partialName: some StringProtocol) {
        guard partialName.hasSuffix(Self.partialSuffix) else { return nil }
        self.init(fileName: partialName.dropLast(Self.partialSuffix.count))
    }
}
