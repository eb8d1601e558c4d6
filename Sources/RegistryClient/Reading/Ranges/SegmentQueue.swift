import NIOCore

/// A part of the blob, in bytes.
struct BlobSegment: Hashable, Sendable {
    let number: Int
    let range: Range<Int64>
}

/// What a worker is told.
enum SegmentOrder: Hashable, Sendable {
    /// There will be work.
    case begin
    case read(BlobSegment)
    /// There is no more work for it.
    case leave
}

/// What the reader gets.
enum SegmentDelivery: Sendable {
    case chunk(ByteBuffer)
    /// All that was asked for has been given; the reader goes on by itself from there.
    case dry
}

/// Who reads which part of a blob, and what has come of it; the decisions of ``SegmentedReading``.
///
/// Parts are handed out in order, and given on in order. As many are under way as there are connections, and one more
/// that waits for its turn.
struct SegmentQueue<Reader: Sendable, Worker: Sendable>: Sendable {
    /// What somebody who waits is told.
    enum Action: Sendable {
        case tell(Worker, SegmentOrder)
        case give(Reader, SegmentDelivery)
    }

    private struct Part {
        let segment: BlobSegment
        var chunks: [ByteBuffer] = []
        var isComplete = false
    }

    private let size: Int64
    private let segmentSize: Int64
    private var parts: [Part] = []
    private var next: Int64 = 0
    private var count = 0
    private var reader: Reader?
    /// Workers that wait for their first work, and those that wait for more, with their numbers.
    private var sleepers: [(number: Int, worker: Worker)] = []
    private var workers: [(number: Int, worker: Worker)] = []
    private var isOpen = false
    private var isClosed = false
    /// How many connections may be in use.
    private(set) var width = 0

    init(size: Int64, segmentSize: Int64) {
        self.size = size
        self.segmentSize = max(1, segmentSize)
    }

    /// Begins to hand parts out from a byte on; nothing may be under way.
    mutating func open(at offset: Int64, width: Int) -> [Action] {
        guard !isClosed else { return [] }
        next = offset
        isOpen = true
        return use(width)
    }

    /// Uses another number of connections from now on; with less than two no more parts are handed out.
    mutating func use(_ width: Int) -> [Action] {
        self.width = width
        if width < 2 { isOpen = false }
        let called = sleepers.filter { $0.number < width }
        sleepers.removeAll { $0.number < width }
        let dismissed = workers.filter { $0.number >= width }
        workers.removeAll { $0.number >= width }
        return called.map { .tell($0.worker, .begin) } + dismissed.map { .tell($0.worker, .leave) } + handOut() + feed()
    }

    /// A worker waits until as many connections are used that it is needed.
    mutating func sleep(_ worker: Worker, number: Int) -> [Action] {
        guard !isClosed else { return [.tell(worker, .leave)] }
        guard number >= width else { return [.tell(worker, .begin)] }
        sleepers.append((number: number, worker: worker))
        return []
    }

    /// A worker that began has nothing to do.
    mutating func ask(_ worker: Worker, number: Int) -> [Action] {
        guard !isClosed, isOpen, number < width else { return [.tell(worker, .leave)] }
        workers.append((number: number, worker: worker))
        return handOut()
    }

    /// A worker could not begin: no more connections than its number are used.
    mutating func declined(_ number: Int) -> [Action] { width > number ? use(number) : [] }

    /// Bytes of a part came.
    mutating func deliver(_ chunk: ByteBuffer, of segment: BlobSegment) -> [Action] {
        guard let index = parts.firstIndex(where: { $0.segment == segment }) else { return [] }
        parts[index].chunks.append(chunk)
        return feed()
    }

    /// A part came as a whole.
    mutating func complete(_ segment: BlobSegment) -> [Action] {
        guard let index = parts.firstIndex(where: { $0.segment == segment }) else { return [] }
        parts[index].isComplete = true
        return feed() + handOut()
    }

    /// A part cannot be read: it, and what comes behind it, is left to the reader.
    mutating func fail(_ segment: BlobSegment) -> [Action] {
        guard let index = parts.firstIndex(where: { $0.segment == segment }) else { return [] }
        // What came of it is whole bytes in order, and counts.
        parts[index].isComplete = true
        parts.removeSubrange((index + 1)...)
        isOpen = false
        return sendHome(workers) + feed()
    }

    /// The reader wants what comes next.
    mutating func read(_ reader: Reader) -> [Action] {
        self.reader = reader
        return feed() + handOut()
    }

    /// Sends everybody home.
    mutating func close() -> [Action] {
        isClosed = true
        isOpen = false
        parts = []
        return sendHome(sleepers + workers) + feed()
    }

    private mutating func feed() -> [Action] {
        while let first = parts.first, first.chunks.isEmpty, first.isComplete { parts.removeFirst() }
        guard let waiting = reader else { return [] }
        if !parts.isEmpty, !parts[0].chunks.isEmpty {
            reader = nil
            return [.give(waiting, .chunk(parts[0].chunks.removeFirst()))]
        }
        // As long as parts can be handed out, somebody will come for them.
        guard parts.isEmpty, !isOpen || next >= size else { return [] }
        reader = nil
        isOpen = false
        return [.give(waiting, .dry)]
    }

    private mutating func handOut() -> [Action] {
        var actions: [Action] = []
        while isOpen, next < size, !workers.isEmpty, parts.count(where: { !$0.isComplete }) < width,
            parts.count <= width
        {
            let end = min(size, next + segmentSize)
            let segment = BlobSegment(number: count, range: next..<end)
            count += 1
            next = end
            parts.append(Part(segment: segment))
            actions.append(.tell(workers.removeFirst().worker, .read(segment)))
        }
        return next < size ? actions : actions + sendHome(workers)
    }

    /// Those who wait are not needed any more.
    private mutating func sendHome(_ idle: [(number: Int, worker: Worker)]) -> [Action] {
        workers = []
        if isClosed { sleepers = [] }
        return idle.map { .tell($0.worker, .leave) }
    }
}
