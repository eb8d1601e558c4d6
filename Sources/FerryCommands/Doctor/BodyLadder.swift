/// Which lengths of bodies are tried: the largest first, then by halving the lengths in between.
struct BodyLadder: Hashable, Sendable {
    /// What is tried when no plan says how large blobs are, in bytes.
    static let defaultTop: Int64 = 20 << 30
    /// Shorter bodies are not tried, in bytes.
    static let least: Int64 = 1 << 20

    /// The largest length that is tried, in bytes.
    let top: Int64
    private let rungs: [Int64]
    private var low = -1
    private var high: Int
    private var isOver = false

    /// Starts with the top.
    init(top: Int64) {
        self.top = top
        let usual: [Int64] = [
            1 << 20, 2 << 20, 10_000_000, 50 << 20, 100_000_000, 128 << 20, 256 << 20, 512 << 20, 1 << 30, 2 << 30,
            5 << 30, 10 << 30,
        ]
        rungs = usual.filter { $0 < top } + [top]
        high = rungs.count
    }

    /// The length that is to be tried next; nil when all is known.
    var next: Int64? {
        guard !isOver else { return nil }
        if high == rungs.count { return rungs.last }
        return high - low > 1 ? rungs[(low + high) / 2] : nil
    }

    /// Takes what became of the length that ``next`` gave.
    mutating func note(isRefused: Bool) {
        guard high < rungs.count else {
            if isRefused { high -= 1 } else { isOver = true }
            return
        }
        let middle = (low + high) / 2
        if isRefused { high = middle } else { low = middle }
    }

    /// The shortest length that was refused.
    var smallestRefused: Int64? { rungs.indices.contains(high) ? rungs[high] : nil }

    /// The largest length below that which was not refused.
    var largestTaken: Int64? { rungs.indices.contains(low) ? rungs[low] : nil }
}
