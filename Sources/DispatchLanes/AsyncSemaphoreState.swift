/// The decisions of a semaphore, without tasks or locks; every step takes constant time on average.
struct AsyncSemaphoreState<Waiter> {
    /// What a caller of `acquire` does next.
    enum Acquisition: Equatable {
        /// It has a permit.
        case pass
        /// It will be told by its waiter.
        case wait
        /// It was cancelled before it could wait.
        case cancelled
    }

    /// Free permits; there are none while anybody waits, and fewer than none when some in use are to be withdrawn.
    private var permits: Int
    private var nextTicket: UInt64 = 0
    /// Who waits, by ticket.
    ///
    /// A task may be held up between its ticket and `acquire`, so the order is not that of the tickets.
    private var waiters: [UInt64: Waiter] = [:]
    /// The tickets of those who wait, in order, and of some that were cancelled; those before `head` are dealt with.
    private var queue: [UInt64] = []
    private var head = 0
    /// Tickets that were issued and have not yet passed or begun to wait, with whether they were cancelled meanwhile.
    private var undecided: [UInt64: Bool] = [:]

    /// Starts with a number of free permits.
    init(permits: Int) {
        self.permits = permits
    }

    /// How many wait.
    var waiterCount: Int { waiters.count }

    /// Begins an acquisition; to be followed by exactly one `acquire`.
    mutating func takeTicket() -> UInt64 {
        defer { nextTicket += 1 }
        undecided[nextTicket] = false
        return nextTicket
    }

    /// Takes a permit, or a place in the queue, unless the ticket was cancelled.
    mutating func acquire(ticket: UInt64, waiter: Waiter) -> Acquisition {
        if undecided.removeValue(forKey: ticket) == true { return .cancelled }
        guard permits <= 0 else {
            permits -= 1
            return .pass
        }
        waiters[ticket] = waiter
        queue.append(ticket)
        return .wait
    }

    /// Takes a permit if one is free, which is never so while anybody waits.
    mutating func acquireIfFree() -> Bool {
        guard permits > 0 else { return false }
        permits -= 1
        return true
    }

    /// Gives a permit back; returns the waiter that it goes to.
    mutating func release() -> Waiter? {
        guard permits >= 0 else {
            permits += 1
            return nil
        }
        guard let waiter = nextWaiter() else {
            permits += 1
            return nil
        }
        return waiter
    }

    /// Adds permits, or withdraws some, those in use when they come back; returns the waiters that get one.
    mutating func add(_ count: Int) -> [Waiter] {
        permits += count
        var passing: [Waiter] = []
        while permits > 0, let waiter = nextWaiter() {
            permits -= 1
            passing.append(waiter)
        }
        return passing
    }

    private mutating func nextWaiter() -> Waiter? {
        while head < queue.count {
            let waiter = waiters.removeValue(forKey: queue[head])
            head += 1
            dropDealtWith()
            if let waiter { return waiter }
        }
        return nil
    }

    /// Takes a waiter out of the queue; nil when it has passed already or does not wait yet.
    mutating func cancel(ticket: UInt64) -> Waiter? {
        if undecided[ticket] != nil {
            undecided[ticket] = true
            return nil
        }
        // Its place in the queue is skipped later.
        return waiters.removeValue(forKey: ticket)
    }

    /// Keeps the queue no longer than about twice what is needed of it.
    private mutating func dropDealtWith() {
        guard head > 32, head * 2 > queue.count else { return }
        queue.removeFirst(head)
        head = 0
    }
}
