import NIOCore
import Testing

@testable import RegistryClient

struct SegmentQueueTests {
    private typealias Queue = SegmentQueue<String, String>

    /// What happened, in words.
    private func words(_ actions: [Queue.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .tell(let worker, .begin): "\(worker) begins"
            case .tell(let worker, .leave): "\(worker) leaves"
            case .tell(let worker, .read(let segment)): "\(worker) reads \(segment.range)"
            case .give(let reader, .chunk(let chunk)): "\(reader) gets \(String(buffer: chunk))"
            case .give(let reader, .dry): "\(reader) goes on"
            }
        }
    }

    private func segment(_ number: Int, _ range: Range<Int64>) -> BlobSegment { .init(number: number, range: range) }

    private func opened(_ size: Int64 = 100, width: Int = 2) -> Queue {
        var queue = Queue(size: size, segmentSize: 10)
        #expect(words(queue.sleep("a", number: 0)) == [])
        #expect(words(queue.sleep("b", number: 1)) == [])
        #expect(words(queue.sleep("c", number: 2)) == [])
        #expect(words(queue.open(at: 5, width: width)).count == width)
        return queue
    }

    @Test func `gives on in order what comes out of order`() {
        var queue = opened()
        #expect(words(queue.ask("a", number: 0)) == ["a reads 5..<15"])
        #expect(words(queue.ask("b", number: 1)) == ["b reads 15..<25"])
        #expect(words(queue.read("r")) == [])
        #expect(words(queue.deliver(ByteBuffer(string: "2"), of: segment(1, 15..<25))) == [])
        #expect(words(queue.complete(segment(1, 15..<25))) == [])
        // One part waits: another may be read, and no more.
        #expect(words(queue.ask("b", number: 1)) == ["b reads 25..<35"])
        #expect(words(queue.deliver(ByteBuffer(string: "3"), of: segment(2, 25..<35))) == [])
        #expect(words(queue.complete(segment(2, 25..<35))) == [])
        #expect(words(queue.ask("b", number: 1)) == [])
        #expect(words(queue.deliver(ByteBuffer(string: "1"), of: segment(0, 5..<15))) == ["r gets 1"])
        #expect(words(queue.read("r")) == [])
        #expect(Set(words(queue.complete(segment(0, 5..<15)))) == ["r gets 2", "b reads 35..<45"])
        #expect(words(queue.read("r")) == ["r gets 3"])
    }

    @Test func `ends at the end`() {
        var queue = opened(20)
        #expect(words(queue.ask("a", number: 0)) == ["a reads 5..<15"])
        #expect(words(queue.ask("b", number: 1)) == ["b reads 15..<20"])
        _ = queue.complete(segment(0, 5..<15))
        #expect(words(queue.ask("a", number: 0)) == ["a leaves"])
        #expect(words(queue.read("r")) == [])
        #expect(words(queue.complete(segment(1, 15..<20))) == ["r goes on"])
    }

    @Test func `leaves what fails to the reader`() {
        var queue = opened()
        _ = queue.ask("a", number: 0)
        _ = queue.ask("b", number: 1)
        _ = queue.deliver(ByteBuffer(string: "x"), of: segment(0, 5..<15))
        _ = queue.deliver(ByteBuffer(string: "y"), of: segment(1, 15..<25))
        #expect(words(queue.fail(segment(0, 5..<15))) == [])
        #expect(words(queue.read("r")) == ["r gets x"])
        #expect(words(queue.read("r")) == ["r goes on"])
        // Who still reads is not listened to.
        #expect(words(queue.deliver(ByteBuffer(string: "y"), of: segment(1, 15..<25))) == [])
        #expect(words(queue.ask("a", number: 0)) == ["a leaves"])
    }

    @Test func `uses fewer and more`() {
        var queue = opened()
        #expect(words(queue.use(3)) == ["c begins"])
        _ = queue.ask("a", number: 0)
        _ = queue.ask("b", number: 1)
        #expect(words(queue.ask("c", number: 2)) == ["c reads 25..<35"])
        #expect(words(queue.use(2)) == [])
        #expect(words(queue.ask("c", number: 2)) == ["c leaves"])
        #expect(words(queue.declined(1)) == [])
        #expect(queue.width == 1)
        for (number, range) in [(0, 5..<15), (1, 15..<25), (2, 25..<35)] as [(Int, Range<Int64>)] {
            _ = queue.complete(segment(number, range))
        }
        #expect(words(queue.read("r")) == ["r goes on"])
    }

    @Test func `sends everybody home`() {
        var queue = opened()
        _ = queue.ask("a", number: 0)
        _ = queue.read("r")
        #expect(Set(words(queue.close())) == ["c leaves", "r goes on"])
        #expect(words(queue.ask("a", number: 0)) == ["a leaves"])
        #expect(words(queue.sleep("d", number: 0)) == ["d leaves"])
        #expect(words(queue.open(at: 0, width: 2)) == [])
    }
}
