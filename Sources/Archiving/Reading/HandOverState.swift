/// The decisions of a hand-over between one sender that may wait and one receiver that may block, without either.
///
/// At most `limit` bytes are on their way, or one piece that is larger.
struct HandOverState<Piece: Sendable, Sender> {
    /// What a sender does after offering a piece.
    enum Offer {
        /// Goes on; the receiver is to be woken when `wakes` says so.
        case accepted(wakes: Bool)
        /// Waits for room, offers again.
        case wait
        /// Goes on: nobody takes the piece.
        case dropped
    }

    /// What a receiver does next.
    enum Receipt {
        /// Has a piece; a waiting sender is to be resumed.
        case piece(Piece, resumes: Sender?)
        /// Blocks until it is woken, then asks again.
        case wait
        /// There is no more.
        case end
        /// The sender failed.
        case failure(any Error)
    }

    private let limit: Int
    private var pieces: [(piece: Piece, size: Int)] = []
    private var size = 0
    private var end: Result<Void, any Error>?
    private var isClosed = false
    private var receiverWaits = false
    private var sender: Sender?

    init(limit: Int) {
        self.limit = limit
    }

    mutating func offer(_ piece: Piece, size: Int) -> Offer {
        guard !isClosed else { return .dropped }
        guard pieces.isEmpty || self.size <= limit - min(size, limit) else { return .wait }
        pieces.append((piece, size))
        self.size += size
        defer { receiverWaits = false }
        return .accepted(wakes: receiverWaits)
    }

    /// Notes a sender that waits for room; false when there is room already, or nobody to wait for.
    mutating func wait(_ sender: Sender, for size: Int) -> Bool {
        guard !isClosed, !pieces.isEmpty, self.size > limit - min(size, limit) else { return false }
        self.sender = sender
        return true
    }

    mutating func receive() -> Receipt {
        guard pieces.isEmpty else {
            let (piece, size) = pieces.removeFirst()
            self.size -= size
            return .piece(piece, resumes: sender.take())
        }
        switch end {
        case .success: return .end
        case .failure(let error): return .failure(error)
        case nil:
            receiverWaits = true
            return .wait
        }
    }

    /// Ends the sender's side; returns whether the receiver is to be woken.
    mutating func finish(_ result: Result<Void, any Error>) -> Bool {
        guard end == nil else { return false }
        end = result
        defer { receiverWaits = false }
        return receiverWaits
    }

    /// Ends the receiver's side, so that all further pieces are dropped, and returns the sender to resume.
    mutating func close() -> Sender? {
        isClosed = true
        pieces = []
        size = 0
        return sender.take()
    }
}
