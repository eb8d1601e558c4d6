import Synchronization

/// How much memory large chunks may take in all streams of a served set together.
///
/// Every stream may always read small chunks. A larger one must fit into what is left here: quick readers get large
/// chunks, and a thousand readers that stand still hold little more than a thousand small ones.
final class ReadAllowance: Sendable {
    /// The size of a chunk that needs no allowance, in bytes.
    static let small = 32 << 10
    /// The size of the largest chunk, in bytes.
    static let large = 512 << 10

    private let rest: Mutex<Int>

    /// Starts with nothing taken.
    ///
    /// - Parameter bytes: the memory of all large chunks at a time.
    init(bytes: Int = 16 << 20) {
        rest = Mutex(bytes)
    }

    /// Takes memory for a chunk.
    ///
    /// - Parameter wanted: the size of the chunk in bytes.
    /// - Returns: `wanted` when that is left, to be given back once; else 0, which stands for a small chunk.
    func take(_ wanted: Int) -> Int {
        rest.withLock { rest in
            guard wanted > Self.small, wanted <= rest else { return 0 }
            rest -= wanted
            return wanted
        }
    }

    /// Gives back what ``take(_:)`` gave.
    func give(back bytes: Int) {
        guard bytes > 0 else { return }
        rest.withLock { $0 += bytes }
    }
}
