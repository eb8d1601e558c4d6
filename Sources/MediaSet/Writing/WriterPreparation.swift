import Archiving
import OCIModel

/// What opening a set for writing finds in its folder, and makes there; every call may block.
struct WriterPreparation {
    /// The folder's lock.
    let lock: FolderLock
    /// The volumes to write, by number: paths of partial files, or of finished ones.
    let paths: [Int: String]
    /// The volumes that are finished already, by number.
    let finished: Set<Int>
    /// What the journal and the finished volumes say of each blob.
    let blobs: [WriterState.Blob]
    /// The sums that the journal knows.
    let sums: [Int: [String]]
    /// The journal; nil when nothing is left to write.
    let journal: SetJournal?
    /// Where the journal is.
    let journalPath: String
    /// Unfinished volumes of other sets that lie in the folder.
    let strangers: [VolumeName]

    /// Looks at the folder, checks the space, and makes what is missing of the volumes.
    ///
    /// - Throws: `MediaSetError.folderInUse`, `.conflictingFile`, `.noSpace` (before anything was written),
    ///   `.fileTooLarge`, `.fileSystem`.
    init(_ layout: SetLayout, folder: String, lock: FolderLock?) throws {
        try MediaFolder.create(folder)
        self.lock = try lock ?? FolderLock(workingDirectory: "\(folder)/working-dir")
        journalPath = SetJournal.path(of: layout.set, in: folder)
        let names = try MediaFolder.names(in: folder)
        strangers = names.compactMap { VolumeName(partialName: $0) }.filter { $0.set != layout.set }

        var paths: [Int: String] = [:]
        var finished: Set<Int> = []
        var begun: Set<Int> = []
        var need: Int64 = 0
        for volume in layout.volumes {
            let path = "\(folder)/\(volume.name.fileName)"
            if MediaFolder.isFile(path) {
                try Self.check(path, is: volume, of: layout)
                paths[volume.name.number] = path
                finished.insert(volume.name.number)
                continue
            }
            let partial = "\(folder)/\(volume.name.partialName)"
            paths[volume.name.number] = partial
            var present: Int64 = 0
            if MediaFolder.isFile(partial) {
                begun.insert(volume.name.number)
                present = try MediaFile(partial, .read).sizes().allocated
            }
            need += max(0, volume.fileSize - present)
        }
        self.paths = paths
        self.finished = finished
        if need > 0 {
            let largest = layout.volumes.map(\.fileSize).max() ?? 0
            try FreeSpace(of: folder).check(need: need, largest: largest, folder: folder)
        }
        let known = try SetJournal.load(journalPath, set: layout.manifestDigest, blobs: layout.blobs)
        // A volume that is not there, or was never journaled, has nothing that an earlier run left.
        let usable = known == nil ? finished : finished.union(begun)
        (blobs, sums) = Self.blobs(layout, known: known ?? [:], usable: usable, finished: finished)
        guard finished.count < layout.volumes.count else {
            journal = nil
            return
        }
        try MediaFolder.create("\(folder)/working-dir/journal")
        var entries: [Int: SetJournal.Entry] = [:]
        for (index, blob) in blobs.enumerated() {
            switch blob {
            case .reached(0): continue
            case .reached(let offset): entries[index] = .reached(offset)
            case .written, .complete: entries[index] = .complete(sums: sums[index] ?? [])
            }
        }
        // First the journal, so that it never speaks for a volume that is made anew below.
        journal = try SetJournal(journalPath, set: layout.manifestDigest, entries: entries)
        for volume in layout.volumes where !finished.contains(volume.name.number) {
            guard let path = paths[volume.name.number] else { continue }
            try Self.begin(path, with: try layout.prefix(ofVolume: volume.name.number))
        }
        try MediaFolder.flush(folder)
    }

    /// Makes sure that a volume begins as it must.
    private static func begin(_ path: String, with prefix: [UInt8]) throws(MediaSetError) {
        let file = try MediaFile(path, .write)
        guard try file.read(prefix.count, at: 0) != prefix else { return }
        try file.write(prefix, at: 0)
        try file.flushData()
    }

    /// What each blob is, given the volumes whose bytes count.
    private static func blobs(
        _ layout: SetLayout,
        known: [Int: SetJournal.Entry],
        usable: Set<Int>,
        finished: Set<Int>
    ) -> ([WriterState.Blob], [Int: [String]]) {
        var sums: [Int: [String]] = [:]
        let blobs = layout.blobs.indices.map { index -> WriterState.Blob in
            let pieces = layout.pieces(of: index)
            if pieces.allSatisfy({ finished.contains($0.volume) }) { return .complete }
            switch known[index] {
            case .complete(let members)? where pieces.allSatisfy({ usable.contains($0.volume) }):
                let needsSums = pieces.count > 1 || layout.blobs[index].digest.algorithm != .sha256
                // A record without the sums that the volume's last member needs is no use.
                guard !needsSums || members.count == pieces.count else { return .reached(0) }
                if needsSums { sums[index] = members }
                return .complete
            case .complete?:
                return .reached(present(pieces, upTo: .max, usable))
            case .reached(let offset)?:
                return .reached(present(pieces, upTo: offset, usable))
            case nil:
                return .reached(0)
            }
        }
        return (blobs, sums)
    }

    /// How many bytes of a blob may be there without a gap.
    private static func present(_ pieces: ArraySlice<SetLayout.Piece>, upTo offset: Int64, _ usable: Set<Int>) -> Int64
    {
        var reached: Int64 = 0
        for piece in pieces {
            guard usable.contains(piece.volume), reached < offset else { break }
            reached = min(offset, reached + piece.length)
        }
        return reached
    }

    /// Checks that a finished file is what would be made: its size, its beginning, and the header of its last member.
    private static func check(_ path: String, is volume: SetLayout.Volume, of layout: SetLayout) throws {
        let file = try MediaFile(path, .read)
        let size = try file.sizes().size
        var isSame = size == volume.fileSize
        if isSame {
            let prefix = try layout.prefix(ofVolume: volume.name.number)
            let header = try TarHeader(
                path: VolumeSums.path,
                size: volume.sumsSize,
                modificationTime: layout.content.modificationTime
            ).bytes
            isSame =
                try file.read(prefix.count, at: 0) == prefix
                && file.read(header.count, at: volume.sumsOffset) == header
        }
        guard isSame else {
            throw MediaSetError(
                .conflictingFile,
                subject: path,
                message: "\(path) has the name of a volume that is to be made, but is not that volume; move it away"
            )
        }
    }
}
