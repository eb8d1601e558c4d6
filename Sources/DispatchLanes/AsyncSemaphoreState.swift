/// The decisions of a semaphore, without tasks or locks.
struct AsyncSemaphoreState<Waiter> {
    /// What a caller of `acquire` does next.
    enum Acquisition: Equatable {
        case pass
        case wait
        case cancelled
    }

    private var permits: Int
    private var nextTicket: UInt64 = 0
    private var queue: [(ticket: UInt64, waiter: Waiter)] = []
    /// Tickets that were issued and have not yet passed or begun to wait, with whether they were cancelled meanwhile.
    private var undecided: [UInt64: Bool] = [:]

    init(permits: Int) {
        self.permits = permits
    }

    mutating func takeTicket() -> UInt64 {
        defer { nextTicket += 1 }
        undecided[nextTicket] = false
        return nextTicket
    }

    mutating func acquire(ticket: UInt64, waiter: Waiter) -> Acquisition {
        if undecided.removeValue(forKey: ticket) == true { return .cancelled }
        guard permits == 0 else {
            permits -= 1
            return .pass
        }
        queue.append((ticket, waiter))
        return .wait
    }

    /// Gives a permit back; returns the waiter that it goes to.
    mutating func release() -> Waiter? {
        guard !queue.isEmpty else {
            permits += 1
            return nil
        }
        return queue.removeFirst().waiter
    }

    /// Takes a waiter out of the queue; nil when it has passed already or does not wait yet.
    mutating func cancel(ticket: UInt64) -> Waiter? {
        if undecided[ticket] != nil {
            undecided[ticket] = true
            return nil
        }
        guard let index = queue.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return queue.remove(at: index).waiter
    }
}
