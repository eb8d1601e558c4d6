import NIOCore
import Synchronization

/// Where those who read parts of a blob meet the one who gives them on in order.
final class SegmentedReading: Sendable {
    typealias Queue = SegmentQueue<Reader, Worker>
    typealias Reader = CheckedContinuation<SegmentDelivery, Never>
    typealias Worker = CheckedContinuation<SegmentOrder, Never>

    private let queue: Mutex<Queue>

    init(size: Int64, segmentSize: Int64) {
        queue = Mutex(SegmentQueue(size: size, segmentSize: segmentSize))
    }

    /// How many connections may be in use.
    var width: Int { queue.withLock { $0.width } }

    /// Begins to hand parts out from a byte on.
    func open(at offset: Int64, width: Int) { perform { $0.open(at: offset, width: width) } }

    /// Uses another number of connections from now on.
    func use(_ width: Int) { perform { $0.use(width) } }

    /// Waits until a worker is needed; false when it never will be.
    func begin(_ number: Int) async -> Bool {
        await withCheckedContinuation { worker in perform { $0.sleep(worker, number: number) } } == .begin
    }

    /// The next part that a worker is to read; nil when there is no more work for it.
    func work(_ number: Int) async -> BlobSegment? {
        let order = await withCheckedContinuation { worker in perform { $0.ask(worker, number: number) } }
        if case .read(let segment) = order { return segment }
        return nil
    }

    /// A worker could not begin.
    func declined(_ number: Int) { perform { $0.declined(number) } }

    /// Bytes of a part came.
    func deliver(_ chunk: ByteBuffer, of segment: BlobSegment) { perform { $0.deliver(chunk, of: segment) } }

    /// A part came as a whole.
    func complete(_ segment: BlobSegment) { perform { $0.complete(segment) } }

    /// A part cannot be read.
    func fail(_ segment: BlobSegment) { perform { $0.fail(segment) } }

    /// What comes next; `.dry` also when the task is cancelled.
    func next() async -> SegmentDelivery {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in perform { $0.read(reader) } }
        } onCancel: {
            close()
        }
    }

    /// Sends everybody home.
    func close() { perform { $0.close() } }

    private func perform(_ change: (inout Queue) -> [Queue.Action]) {
        for action in queue.withLock({ change(&$0) }) {
            switch action {
            case .tell(let worker, let order): worker.resume(returning: order)
            case .give(let reader, let delivery): reader.resume(returning: delivery)
            }
        }
    }
}
