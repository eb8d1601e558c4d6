import Glibc
import OCIModel
import OpenSSLCrypto

/// Opens the folder of a store: checks or makes the layout, replays the journal, takes over foreign images; blocks.
struct FolderOpening {
    /// The catalog, ready to use.
    let catalog: FolderCatalog
    /// Keeps the folder locked against other processes for as long as it lives; nil when opened for reading.
    let lock: OpenFile?

    private static let layoutVersion = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)
    /// A journal of that many bytes is read; it has about 150 bytes per blob.
    private static let maximumJournalSize: Int64 = 4 << 30

    /// Opens a folder.
    ///
    /// - Throws: `ImageStorageError.invalidLayout` when it is no layout, holds other files, is damaged or in use;
    ///   `.fileSystem`, `.noSpace`.
    init(_ folder: LayoutFolder, layout: LayoutNames, isReadOnly: Bool) throws {
        if isReadOnly {
            lock = nil
            guard folder.exists(folder.indexFile) || folder.exists(folder.journalFile) else {
                throw Self.noLayout(folder, "has no index.json; name the folder of an OCI layout")
            }
        } else {
            lock = try Self.prepare(folder)
        }
        let replay = try Self.replay(folder)
        let index = try folder.read(folder.indexFile, limit: LayoutFolder.maximumIndexSize)
        let indexDigest = try index.map { try ContentHasher.digest(of: $0) }
        let isForeign = indexDigest.map { !replay.knownIndexes.contains($0) } ?? false
        var catalog = replay.catalog
        if let index, isForeign {
            for change in try LayoutImport(index: index, folder: folder, layout: layout).changes {
                catalog.apply(change)
            }
        }
        try Self.dropLost(&catalog, in: folder)
        guard !isReadOnly else {
            self.catalog = FolderCatalog(folder: folder, layout: layout, catalog: catalog, journal: nil)
            return
        }
        for digest in replay.unlinked where !catalog.isLinked(digest) {
            try folder.remove(folder.blob(digest))
        }
        // What another tool wrote stays as it is until something changes.
        let isIndexStale = !isForeign && (indexDigest == nil || indexDigest != replay.currentIndex)
        let known = indexDigest.map { [JournalRecord.writeIndex($0)] } ?? []
        let changes = catalog.changes.map { JournalRecord($0) }
        let journal = try Self.openJournal(
            folder,
            records: [.header] + (isIndexStale ? known + changes : changes + known),
            replay: replay,
            isForeign: isForeign
        )
        self.catalog = FolderCatalog(
            folder: folder,
            layout: layout,
            catalog: catalog,
            isIndexStale: isIndexStale,
            journal: journal
        )
    }

    /// Makes what is missing of the layout, takes the lock and removes what unfinished uploads left.
    private static func prepare(_ folder: LayoutFolder) throws -> OpenFile {
        try folder.makeFolder(folder.path)
        if !folder.exists(folder.layoutFile) {
            // The second is what a loss of power can leave of the first.
            guard try folder.names(in: folder.path).allSatisfy({ $0 == "oci-layout.new" }) else {
                throw noLayout(folder, "holds other files than an OCI layout; name an empty or a new folder")
            }
            try folder.replace(folder.layoutFile, with: layoutVersion)
        }
        let lock = try OpenFile(folder.path, O_RDONLY | O_DIRECTORY)
        guard lock.lock() else {
            throw noLayout(folder, "is in use by another process; end that one first")
        }
        for algorithm in Digest.Algorithm.allCases { try folder.makeFolder(folder.blobs(algorithm)) }
        try folder.makeFolder(folder.uploads)
        // A file is not safe as long as the name of its folder is not.
        for parent in [folder.blobs, folder.path] { try folder.syncFolder(parent) }
        for name in try folder.names(in: folder.uploads) {
            // Only what this store made itself is removed.
            if let upload = UploadID(name) { try folder.remove(folder.upload(upload)) }
        }
        return lock
    }

    /// Reads the journal, if there is one.
    private static func replay(_ folder: LayoutFolder) throws -> JournalReplay {
        guard let bytes = try folder.read(folder.journalFile, limit: maximumJournalSize) else { return JournalReplay() }
        return try JournalReplay(bytes, path: folder.journalFile)
    }

    /// Takes links away whose bytes somebody removed from the folder.
    private static func dropLost(_ catalog: inout RepositoryCatalog, in folder: LayoutFolder) throws {
        var present: Set<Digest> = []
        for algorithm in Digest.Algorithm.allCases {
            for name in try folder.names(in: folder.blobs(algorithm)) {
                if let digest = digest(algorithm, name) { present.insert(digest) }
            }
        }
        for (repository, entry) in catalog.entries {
            for digest in entry.blobs.keys where !present.contains(digest) {
                catalog.apply(.unlinkBlob(digest, in: repository))
            }
            for digest in entry.manifests.keys where !present.contains(digest) {
                catalog.apply(.unlinkManifest(digest, in: repository))
            }
        }
    }

    /// Opens the journal; writes it anew when it has a torn line, much that no longer counts, or foreign images came.
    private static func openJournal(
        _ folder: LayoutFolder,
        records: [JournalRecord],
        replay: JournalReplay,
        isForeign: Bool
    ) throws -> (file: OpenFile, size: Int64) {
        let isTorn = folder.size(folder.journalFile) != Int64(replay.validSize)
        if isForeign || isTorn || replay.lineCount > 2 * records.count + 1000 {
            try folder.replace(folder.journalFile, with: try JournalRecord.encode(records))
        }
        let file = try OpenFile(folder.journalFile, O_RDWR)
        return (file, try file.size())
    }

    private static func digest(_ algorithm: Digest.Algorithm, _ name: String) -> Digest? {
        do { return try Digest(algorithm: algorithm, hex: name) } catch { return nil }
    }

    private static func noLayout(_ folder: LayoutFolder, _ reason: String) -> ImageStorageError {
        ImageStorageError(.invalidLayout, subject: folder.path, message: "\(folder.path) \(reason)")
    }
}
