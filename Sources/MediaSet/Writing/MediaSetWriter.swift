import DispatchLanes
package import OCIModel
import Synchronization

/// Writes a media set into a folder: every blob straight to its place, each byte once.
///
/// The volumes are called `….partial` until ``finish(destination:)``. Whatever ends a run before, the next one with the
/// same content continues it, at the byte where the file system kept what was written.
package final class MediaSetWriter: Sendable {
    /// The set that is written.
    package let layout: SetLayout
    /// The folder of the volumes.
    package let folder: String
    /// Unfinished volumes of other sets in the folder; they are left alone.
    package let strangers: [VolumeName]

    /// The open volumes.
    let files: VolumeFiles
    /// The files that are written, by volume number; partial ones and finished ones.
    let paths: [Int: String]
    /// The volumes that an earlier run finished.
    let finished: Set<Int>
    /// The journal; nil when nothing is left to write.
    let journal: SetJournal?
    /// Where the journal is.
    let journalPath: String
    /// Where hashing and writing block.
    let lanes: DispatchLanes
    /// How many bytes are hashed and written at once.
    let batchSize: Int
    private let flushLane: DispatchLane
    private let lock: Mutex<FolderLock?>
    /// The digest behind each `<repository>:<tag>`.
    let tags: [String: Digest]
    private let state: Mutex<WriterState>
    private let gates = Mutex<[Int: (gate: AsyncSemaphore, users: Int)]>([:])

    /// Opens a set for writing: takes the folder, checks the space, makes or finds the partial volumes.
    ///
    /// - Parameters:
    ///   - layout: the set.
    ///   - folder: where its volumes go; made when it is not there.
    ///   - lock: the lock of the folder, when the caller has it already; nil to take it.
    ///   - width: how many blobs are hashed and written at the same time.
    /// - Returns: the writer; the folder is taken until it is released.
    /// - Throws: `MediaSetError.folderInUse`; `.noSpace` with need, have and path, before anything is written;
    ///   `.conflictingFile` when a file of a volume's name is something else; `.fileTooLarge`; `.fileSystem`.
    package static func open(
        _ layout: SetLayout,
        folder: String,
        lock: FolderLock? = nil,
        width: Int = 4
    ) async throws -> MediaSetWriter {
        let lanes = DispatchLanes(label: "ferry.media.write", width: width)
        let preparation = try await lanes.run { try WriterPreparation(layout, folder: folder, lock: lock) }
        return MediaSetWriter(layout, folder: folder, preparation, lanes)
    }

    private init(_ layout: SetLayout, folder: String, _ preparation: WriterPreparation, _ lanes: DispatchLanes) {
        self.layout = layout
        self.folder = folder
        self.lanes = lanes
        strangers = preparation.strangers
        files = VolumeFiles(preparation.paths, .write)
        paths = preparation.paths
        finished = preparation.finished
        journal = preparation.journal
        journalPath = preparation.journalPath
        lock = Mutex(preparation.lock)
        var tags: [String: Digest] = [:]
        for image in layout.content.images {
            for tag in image.tags { tags["\(image.destination):\(tag)"] = image.manifest.digest }
        }
        self.tags = tags
        flushLane = DispatchLane(label: "ferry.media.flush")
        // What is not yet in the file when a run is killed is fetched again: for a small set that must be little.
        batchSize = layout.totalSize < 2 << 30 ? 256 << 10 : 1 << 20
        state = Mutex(WriterState(blobs: preparation.blobs, sums: preparation.sums, now: .now))
    }

    /// Gives the folder free; partial volumes stay and can be continued.
    package func close() {
        lock.withLock { $0 = nil }
    }

    /// Whether all volumes were there, finished, when the set was opened.
    package var wasFinished: Bool { finished.count == layout.volumes.count }

    /// How many blobs are still to be written.
    package var remaining: Int { state.withLock { $0.remaining } }

    /// Whether a blob's bytes are in the set, proven by their digest.
    package func isPresent(_ digest: Digest) -> Bool {
        guard let index = layout.index(of: digest) else { return false }
        return state.withLock { $0.isPresent(index) }
    }

    /// How many bytes of a blob need not be fetched again, so far as is known before they are hashed.
    package func reached(_ digest: Digest) -> Int64 {
        guard let index = layout.index(of: digest) else { return 0 }
        return state.withLock { $0.isPresent(index) ? layout.blobs[index].size : $0.reached(index) }
    }

    /// Whether a blob is in the set, by index.
    func isPresent(_ index: Int) -> Bool { state.withLock { $0.isPresent(index) } }

    /// How many bytes of a blob are in the files, unproven, by index.
    func reached(_ index: Int) -> Int64 { state.withLock { $0.reached(index) } }

    /// The sums of a blob's members, empty where they are its digest.
    func sums(of index: Int) -> [String] { state.withLock { $0.sums[index] ?? [] } }

    /// The first blobs that lack.
    func lacking(limit: Int) -> [Descriptor] {
        let indices = state.withLock { state in
            Array(state.blobs.indices.lazy.filter { [state] in !state.isPresent($0) }.prefix(limit))
        }
        return indices.map { layout.blobs[$0] }
    }

    /// A session wrote bytes.
    func wrote(_ bytes: Int64, _ session: BlobWriteSession) {
        state.withLock {
            $0.wrote(bytes, of: session.index, upTo: session.position, volumes: session.volumes)
        }
    }

    /// A blob starts again.
    func reset(_ index: Int) { state.withLock { $0.reset(index) } }

    /// A session's blob is in the files and has the right digest.
    func finished(_ session: BlobWriteSession, sums: [String]) {
        state.withLock { $0.finished(session.index, sums: sums, volumes: session.volumes) }
    }

    /// Whether a flush is due, looked at without starting one.
    var isCommitDue: Bool { state.withLock { $0.isCommitDue(now: .now) } }

    /// Flushes what was written and then records the blobs that are complete with it, when that is due.
    ///
    /// Others go on writing meanwhile; there is one flush at a time.
    ///
    /// - Throws: `MediaSetError`.
    func commit(force: Bool = false) async throws {
        guard let journal, let commit = state.withLock({ $0.takeCommit(now: .now, force: force) }) else { return }
        let records = state.withLock { state in commit.blobs.map { (index: $0, sums: state.sums[$0] ?? []) } }
        let volumes = commit.volumes.filter { !finished.contains($0) }
        do {
            try await flushLane.run { [files] in
                for volume in volumes { try files.file(volume).flushData() }
                try journal.record(complete: records)
            }
        } catch {
            state.withLock { $0.ended(commit, succeeded: false, now: .now) }
            throw error
        }
        state.withLock { $0.ended(commit, succeeded: true, now: .now) }
    }

    /// Runs `body` while no other task works on the same blob.
    ///
    /// - Throws: `CancellationError`; what `body` throws.
    func alone(_ index: Int, _ body: () async throws -> Void) async throws {
        let gate = gates.withLock { gates in
            let entry = gates[index] ?? (AsyncSemaphore(permits: 1), 0)
            gates[index] = (entry.gate, entry.users + 1)
            return entry.gate
        }
        defer {
            gates.withLock { gates in
                guard let entry = gates[index] else { return }
                gates[index] = entry.users > 1 ? (entry.gate, entry.users - 1) : nil
            }
        }
        try await gate.withPermit { try await body() }
    }
}
