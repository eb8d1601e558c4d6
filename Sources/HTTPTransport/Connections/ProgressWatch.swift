/// Decides whether a connection is stalled; asked at regular times.
///
/// Only the other side is blamed: while it is our turn to send or to read, time does not count.
struct ProgressWatch {
    private let timeout: Duration
    private let commitBytesPerSecond: Int64
    private var isRequestSent = false
    private var isAnswered = true
    private var hasHead = false
    /// True from the start: the first read of a connection is under way before anybody can watch it.
    private var isReadPending = true
    private var bodySize: Int64 = 0
    private var parts: UInt64 = 0
    private var written: Int64 = 0
    private var lastMark: Mark?
    private var since = Duration.zero

    private struct Mark: Equatable {
        var parts: UInt64
        var drained: Int64
    }

    init(timeout: Duration, commitBytesPerSecond: Int64) {
        self.timeout = timeout
        self.commitBytesPerSecond = max(1, commitBytesPerSecond)
    }

    /// A request head goes out; `bodySize` is its `Content-Length`.
    mutating func requestBegan(bodySize: Int64) {
        isRequestSent = false
        isAnswered = false
        hasHead = false
        self.bodySize = bodySize
        parts &+= 1
    }

    /// Body bytes were handed to the connection.
    mutating func wrote(bytes: Int) { written &+= Int64(bytes) }

    /// The last part of the request was handed to the connection.
    mutating func requestEnded() {
        isRequestSent = true
        parts &+= 1
    }

    /// We are ready to read.
    mutating func readRequested() { isReadPending = true }

    /// A part of the answer came.
    mutating func received() {
        isReadPending = false
        hasHead = true
        parts &+= 1
    }

    /// The answer is complete.
    mutating func answerEnded() {
        isReadPending = false
        isAnswered = true
        parts &+= 1
    }

    /// Decides whether the connection is stalled.
    ///
    /// - Parameters:
    ///   - now: the time since some fixed moment.
    ///   - buffered: how many bytes wait for the socket.
    /// - Returns: true when nothing has moved for too long.
    mutating func isStalled(now: Duration, buffered: Int) -> Bool {
        let waitsForRead = isRequestSent && !isAnswered && isReadPending
        let mark = Mark(parts: parts, drained: written &- Int64(buffered))
        guard buffered > 0 || waitsForRead, mark == lastMark else {
            lastMark = mark
            since = now
            return false
        }
        // A registry may have to move a large blob to its place before it answers.
        let grace = waitsForRead && !hasHead ? Duration.seconds(bodySize / commitBytesPerSecond) : .zero
        return now - since >= timeout + grace
    }
}
