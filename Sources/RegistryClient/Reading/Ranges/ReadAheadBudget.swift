import Synchronization

/// The memory that parts of blobs may take while they wait for their turn, shared by all blobs that are read.
package final class ReadAheadBudget: Sendable {
    private let free: Mutex<Int64>

    /// Begins with so many free bytes.
    package init(_ bytes: Int64) {
        free = Mutex(max(0, bytes))
    }

    /// Takes bytes, if they are free.
    func take(_ bytes: Int64) -> Bool {
        free.withLock { free in
            guard bytes >= 0, bytes <= free else { return false }
            free -= bytes
            return true
        }
    }

    /// Gives bytes back.
    func give(_ bytes: Int64) { free.withLock { $0 += bytes } }
}
