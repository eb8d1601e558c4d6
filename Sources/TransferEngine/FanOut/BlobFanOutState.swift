import NIOCore

/// The decisions of a ``BlobFanOut``: who has what of which reading; no task, no clock, no lock.
///
/// A reading begins at an offset at which sharing is worth it: the start of the blob, and where its source may pause. It
/// gathers those who want it, is then read once, and gives every chunk to all who are still with it. The slowest
/// governs: no chunk is read while anybody has `depth` of them waiting.
struct BlobFanOutState {
    /// What the one who reads the source does next.
    enum Decision: Equatable {
        /// Read from this offset.
        case start(Int64)
        /// Somebody waits for a reading; others may still come.
        case gathering
        /// Nobody waits for a reading.
        case idle
        /// Everybody has left.
        case over
    }

    /// What became of a chunk.
    enum Offer: Equatable {
        /// It waits for these consumers.
        case taken([Int])
        /// Somebody has enough; offer it again.
        case full
        /// Nobody is with the reading any more.
        case unread
    }

    /// Whether somebody wants more of a reading.
    enum Demand: Equatable {
        case wanted
        case notYet
        case unread
    }

    /// What a consumer gets.
    enum Take {
        case chunk(ByteBuffer)
        case wait
        case ended
        case failed(any Error)
    }

    private enum Reading {
        case gathering
        case running
        case ended((any Error)?)
    }

    private struct Consumer {
        /// The reading it is with.
        var offset: Int64?
        var queue = CircularBuffer<ByteBuffer>()
        /// Whether it has found its queue empty.
        var isHungry = false
        /// Whether it reads by itself at the moment; the others do not wait for it.
        var isApart = false
        var hasLeft = false
    }

    private let starts: Set<Int64>
    private let depth: Int
    private var consumers: [Consumer]
    private var readings: [Int64: Reading] = [:]

    /// Waits for a number of consumers, numbered from 0.
    ///
    /// - Parameters:
    ///   - consumers: how many.
    ///   - starts: the offsets from which readings are shared.
    ///   - depth: how many chunks may wait for a consumer, at least 1.
    init(consumers: Int, starts: Set<Int64>, depth: Int) {
        self.consumers = Array(repeating: Consumer(), count: consumers)
        self.starts = starts
        self.depth = max(1, depth)
    }

    // MARK: - Consumers

    /// A consumer wants the bytes from an offset.
    ///
    /// - Returns: false when it has to read the source by itself: that reading has begun already, or is not shared.
    mutating func join(_ consumer: Int, at offset: Int64) -> Bool {
        guard !consumers[consumer].hasLeft, consumers[consumer].offset == nil else { return false }
        let isShared = starts.contains(offset) && isGathering(offset)
        consumers[consumer].isApart = !isShared
        guard isShared else { return false }
        readings[offset] = .gathering
        consumers[consumer].offset = offset
        return true
    }

    /// Whether a reading has not begun.
    private func isGathering(_ offset: Int64) -> Bool {
        switch readings[offset] {
        case .gathering, nil: true
        case .running, .ended: false
        }
    }

    /// The next chunk of the reading that a consumer is with.
    mutating func take(_ consumer: Int) -> Take {
        if let chunk = consumers[consumer].queue.popFirst() { return .chunk(chunk) }
        guard let offset = consumers[consumer].offset, case .ended(let failure) = readings[offset] else {
            consumers[consumer].isHungry = true
            return .wait
        }
        return failure.map { .failed($0) } ?? .ended
    }

    /// A consumer takes no more of its reading.
    mutating func detach(_ consumer: Int) {
        consumers[consumer].offset = nil
        consumers[consumer].isHungry = false
        consumers[consumer].queue.removeAll()
    }

    /// A consumer is done, or never comes.
    mutating func leave(_ consumer: Int) {
        detach(consumer)
        consumers[consumer].hasLeft = true
    }

    // MARK: - The source

    /// What to do while nothing is being read.
    ///
    /// - Parameter isImpatient: whether who has not come yet is waited for no longer.
    /// - Returns: the next step.
    func decision(isImpatient: Bool) -> Decision {
        let present = consumers.filter { !$0.hasLeft }
        if present.isEmpty { return .over }
        let wanted = present.compactMap(\.offset).filter(isGathering)
        guard let first = wanted.min() else { return .idle }
        return wanted.count == present.count(where: { !$0.isApart }) || isImpatient ? .start(first) : .gathering
    }

    /// A reading begins; nobody joins it any more.
    mutating func start(_ offset: Int64) { readings[offset] = .running }

    /// Gives a chunk to all who are with a reading.
    mutating func offer(_ chunk: ByteBuffer, of offset: Int64) -> Offer {
        let readers = consumers.indices.filter { consumers[$0].offset == offset }
        guard !readers.isEmpty else { return .unread }
        guard readers.allSatisfy({ consumers[$0].queue.count < depth }) else { return .full }
        for reader in readers {
            consumers[reader].queue.append(chunk)
            consumers[reader].isHungry = false
        }
        return .taken(readers)
    }

    /// Whether more of a reading is wanted; asked where the source may pause, so that it is not asked in vain.
    func demand(for offset: Int64) -> Demand {
        let readers = consumers.filter { $0.offset == offset }
        if readers.isEmpty { return .unread }
        return readers.contains { $0.isHungry && $0.queue.isEmpty } ? .wanted : .notYet
    }

    /// A reading has ended, with the source's failure if there was one.
    ///
    /// - Returns: who is to be told.
    mutating func end(_ offset: Int64, _ failure: (any Error)?) -> [Int] {
        readings[offset] = .ended(failure)
        return consumers.indices.filter { consumers[$0].offset == offset }
    }
}
