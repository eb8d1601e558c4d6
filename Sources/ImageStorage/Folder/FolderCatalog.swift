import DispatchLanes
import OCIModel
import OpenSSLCrypto
import Synchronization

/// The catalog of a folder store together with its journal and `index.json`.
///
/// Changes of many tasks are written to the journal in one go and wait for the disk together. They are visible to
/// readers once they are safe.
final class FolderCatalog: Sendable {
    private struct State {
        var catalog: RepositoryCatalog
        var unlinked: Set<Digest>
        var isIndexStale: Bool
    }

    private struct Commit {
        let changes: [CatalogChange]
        let ticket: CommitTicket
    }

    /// What the jobs on the journal's lane use, one at a time.
    private final class Journal: @unchecked Sendable {
        let file: OpenFile
        var size: Int64
        var failure: (any Error)?

        init(file: OpenFile, size: Int64) {
            self.file = file
            self.size = size
        }
    }

    private let folder: LayoutFolder
    private let layout: LayoutNames
    private let lane = DispatchLane(label: "folder-store.journal")
    private let journal: Journal?
    private let state: Mutex<State>
    private let waiting = Mutex<[Commit]>([])

    /// Takes over what was found when the folder was opened.
    ///
    /// - Parameters:
    ///   - folder: the folder.
    ///   - layout: how repositories and tags are named in `index.json`.
    ///   - catalog: the repositories.
    ///   - isIndexStale: whether `index.json` is to be written although nothing changes.
    ///   - journal: the journal to append to and its size; nil for a folder opened for reading.
    init(
        folder: LayoutFolder,
        layout: LayoutNames,
        catalog: RepositoryCatalog,
        isIndexStale: Bool = false,
        journal: (file: OpenFile, size: Int64)?
    ) {
        self.folder = folder
        self.layout = layout
        self.journal = journal.map { Journal(file: $0.file, size: $0.size) }
        state = Mutex(State(catalog: catalog, unlinked: [], isIndexStale: isIndexStale))
    }

    /// Reads the catalog.
    func read<Result: Sendable>(_ body: (RepositoryCatalog) throws -> sending Result) rethrows -> Result {
        try state.withLock { try body($0.catalog) }
    }

    /// Makes changes, all or none; returns when they are safe.
    ///
    /// - Throws: `ImageStorageError`; nothing is changed then.
    func commit(_ changes: [CatalogChange]) async throws {
        let ticket = CommitTicket()
        waiting.withLock { $0.append(Commit(changes: changes, ticket: ticket)) }
        try await lane.run { [self] in
            // The first job of many that wait writes the changes of all.
            flush()
            try ticket.outcome.withLock { $0 }?.get()
        }
    }

    /// Writes `index.json` if it is not up to date.
    ///
    /// - Throws: `ImageStorageError`.
    func writeIndex() async throws {
        try await lane.run { [self] in try writeIndexIfStale() }
    }

    /// Writes `index.json` and removes the bytes of what no repository holds any more.
    ///
    /// - Throws: `ImageStorageError`.
    func close() async throws {
        try await lane.run { [self] in
            try writeIndexIfStale()
            guard journal != nil else { return }
            let garbage = state.withLock { state in state.unlinked.filter { !state.catalog.isLinked($0) } }
            for digest in garbage { try folder.remove(folder.blob(digest)) }
        }
    }

    private func flush() {
        let commits = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        guard !commits.isEmpty else { return }
        let outcome = Result { try write(commits.flatMap(\.changes)) }
        for commit in commits { commit.ticket.outcome.withLock { $0 = outcome } }
    }

    private func write(_ changes: [CatalogChange]) throws {
        // The names of the files must be safe before the lines that rely on them.
        for algorithm in Set(changes.compactMap { $0.linked?.algorithm }) {
            try folder.syncFolder(folder.blobs(algorithm))
        }
        try append(changes.map { JournalRecord($0) })
        state.withLock { state in
            for change in changes {
                state.catalog.apply(change)
                if let digest = change.unlinked { state.unlinked.insert(digest) }
            }
            state.isIndexStale = true
        }
    }

    private func append(_ records: [JournalRecord]) throws {
        guard let journal else { throw ImageStorageError.readOnly(folder.path) }
        if let failure = journal.failure { throw failure }
        let bytes = try JournalRecord.encode(records)
        do {
            try bytes.withUnsafeBytes { try journal.file.write($0, at: journal.size) }
            if folder.syncsToDisk { try journal.file.sync() }
            journal.size += Int64(bytes.count)
        } catch {
            // Half a line must not stand before the next one. If it cannot be taken back, nothing can be written.
            do { try journal.file.truncate(to: journal.size) } catch { journal.failure = error }
            throw error
        }
    }

    private func writeIndexIfStale() throws {
        guard journal != nil else { return }
        let catalog = state.withLock { state -> RepositoryCatalog? in
            defer { state.isIndexStale = false }
            return state.isIndexStale ? state.catalog : nil
        }
        guard let catalog else { return }
        do {
            let bytes = try layout.index(of: catalog)
            try append([.writeIndex(try ContentHasher.digest(of: bytes))])
            try folder.replace(folder.indexFile, with: bytes)
        } catch {
            state.withLock { $0.isIndexStale = true }
            throw error
        }
    }
}

/// Where a commit finds what became of it.
private final class CommitTicket: Sendable {
    let outcome = Mutex<Result<Void, any Error>?>(nil)
}
