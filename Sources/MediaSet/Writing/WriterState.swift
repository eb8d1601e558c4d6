/// What a writer knows about its blobs and about what is not on disk yet; decisions only, no files, no clock.
struct WriterState {
    /// How far a blob is.
    enum Blob: Equatable {
        /// So many of its bytes are in the file, unproven.
        case reached(Int64)
        /// All of it is in the file and has the right digest, but may not be on disk.
        case written
        /// It is on disk and the journal says so.
        case complete
    }

    /// What is to be flushed together.
    struct Commit: Equatable {
        /// The volumes to flush, by number.
        var volumes: [Int]
        /// The blobs that are complete with it.
        var blobs: [Int]
        /// The bytes written since the flush before.
        var bytes: Int64
    }

    /// A flush is due when so many bytes were written since the last one.
    static let commitBytes: Int64 = 64 << 20
    /// A flush is due when the last one is so long ago and a blob waits for it.
    static let commitInterval = Duration.seconds(1)

    /// What each blob is.
    private(set) var blobs: [Blob]
    /// The sums of members where they are not the blob's digest, by blob.
    private(set) var sums: [Int: [String]]
    /// How many blobs are not in the files yet.
    private(set) var remaining: Int
    private var unflushedBytes: Int64 = 0
    private var unflushedVolumes: Set<Int> = []
    private var waiting: [Int] = []
    private var lastCommit: ContinuousClock.Instant
    /// Whether a flush is under way.
    private(set) var isCommitting = false

    /// Starts from what the journal and the finished volumes say.
    init(blobs: [Blob], sums: [Int: [String]], now: ContinuousClock.Instant) {
        self.blobs = blobs
        self.sums = sums
        remaining = blobs.count { if case .reached = $0 { true } else { false } }
        lastCommit = now
    }

    /// Whether all of a blob is in the file.
    func isPresent(_ blob: Int) -> Bool {
        switch blobs[blob] {
        case .reached: false
        case .written, .complete: true
        }
    }

    /// How many bytes of a blob are in the file, unproven; 0 when it is there as a whole.
    func reached(_ blob: Int) -> Int64 {
        if case .reached(let offset) = blobs[blob] { offset } else { 0 }
    }

    /// Bytes were written; `volumes` are those that they went to.
    mutating func wrote(_ bytes: Int64, of blob: Int, upTo offset: Int64, volumes: some Sequence<Int>) {
        blobs[blob] = .reached(offset)
        unflushedBytes += bytes
        unflushedVolumes.formUnion(volumes)
    }

    /// A blob's bytes proved wrong; it starts again.
    mutating func reset(_ blob: Int) {
        blobs[blob] = .reached(0)
    }

    /// A blob's bytes proved right; `sums` are those of its members where they are not its digest.
    mutating func finished(_ blob: Int, sums: [String], volumes: some Sequence<Int>) {
        guard !isPresent(blob) else { return }
        blobs[blob] = .written
        remaining -= 1
        if !sums.isEmpty { self.sums[blob] = sums }
        waiting.append(blob)
        unflushedVolumes.formUnion(volumes)
    }

    /// Whether a flush is due and none is under way.
    func isCommitDue(now: ContinuousClock.Instant) -> Bool {
        guard !isCommitting else { return false }
        return unflushedBytes >= Self.commitBytes || (!waiting.isEmpty && now - lastCommit >= Self.commitInterval)
    }

    /// What to flush now; nil when nothing is due or a flush is under way.
    mutating func takeCommit(now: ContinuousClock.Instant, force: Bool = false) -> Commit? {
        guard !isCommitting, force || isCommitDue(now: now) else { return nil }
        isCommitting = true
        let commit = Commit(volumes: unflushedVolumes.sorted(), blobs: waiting, bytes: unflushedBytes)
        unflushedBytes = 0
        unflushedVolumes = []
        waiting = []
        return commit
    }

    /// A flush ended; when it failed, what it was for waits again.
    mutating func ended(_ commit: Commit, succeeded: Bool, now: ContinuousClock.Instant) {
        isCommitting = false
        lastCommit = now
        if succeeded {
            for blob in commit.blobs { blobs[blob] = .complete }
        } else {
            waiting = commit.blobs + waiting
            unflushedVolumes.formUnion(commit.volumes)
            unflushedBytes += commit.bytes
        }
    }
}
