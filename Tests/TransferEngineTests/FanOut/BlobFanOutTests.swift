import ImageStorage
import NIOCore
import Synchronization
import Testing

@testable import TransferEngine

/// A source of numbered chunks that counts how often it is opened, and from where.
private final class CountingSource: Sendable {
    let openings = Mutex<[Int64]>([])
    let given = Mutex(0)
    let chunks: Int

    init(chunks: Int) { self.chunks = chunks }

    var bytes: [UInt8] { (0..<chunks).map { UInt8(truncatingIfNeeded: $0) } }

    func opener(pauses: [Int64] = [], failingAt failure: Int? = nil) -> BlobOpener {
        BlobOpener(pauses: pauses) { [self] offset, body in
            openings.withLock { $0.append(offset) }
            let next = SingleConsumer(Int(offset))
            try await body(
                BlobStream { [self] in
                    if next.value == failure { throw ImageStorageError(.fileSystem, subject: "x", message: "broken") }
                    guard next.value < chunks else { return nil }
                    defer { next.value += 1 }
                    given.withLock { $0 += 1 }
                    return ByteBuffer(bytes: [UInt8(truncatingIfNeeded: next.value)])
                }
            )
        }
    }
}

/// Reads a stream to its end, or so many bytes of it.
private func read(_ stream: BlobStream, atMost count: Int = .max) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count, let chunk = try await stream.next() { bytes += Array(chunk.readableBytesView) }
    return bytes
}

@Suite("Sharing a reading")
struct BlobFanOutTests {
    @Test(arguments: [2, 3, 7]) func allGetTheSameBytesFromOneReading(count: Int) async throws {
        let source = CountingSource(chunks: 500)
        let fanOut = BlobFanOut(consumers: count, pauses: [], patience: .seconds(60))
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                try await fanOut.serve(from: source.opener())
                return nil
            }
            for consumer in 0..<count {
                group.addTask {
                    defer { fanOut.leave(consumer) }
                    return try await read(try #require(fanOut.stream(for: consumer, at: 0)))
                }
            }
            for try await bytes in group { if let bytes { #expect(bytes == source.bytes) } }
        }
        #expect(source.openings.withLock { $0 } == [0])
    }

    @Test func oneThatBreaksOffOrIsCancelledDoesNotDisturbTheOther() async throws {
        let source = CountingSource(chunks: 500)
        let fanOut = BlobFanOut(consumers: 3, pauses: [], patience: .seconds(60))
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                try await fanOut.serve(from: source.opener())
                return nil
            }
            group.addTask {
                defer { fanOut.leave(0) }
                return try await read(try #require(fanOut.stream(for: 0, at: 0)))
            }
            group.addTask {
                defer { fanOut.leave(1) }
                let stream = try #require(fanOut.stream(for: 1, at: 0))
                #expect(try await read(stream, atMost: 10) == Array(source.bytes.prefix(10)))
                fanOut.detach(1)
                #expect(fanOut.stream(for: 1, at: 0) == nil, "a second try reads by itself")
                return nil
            }
            group.addTask {
                defer { fanOut.leave(2) }
                let stream = try #require(fanOut.stream(for: 2, at: 0))
                await withThrowingTaskGroup(of: Void.self) { inner in
                    inner.addTask { _ = try await read(stream) }
                    inner.cancelAll()
                    _ = await inner.nextResult()
                }
                return nil
            }
            for try await bytes in group { if let bytes { #expect(bytes == source.bytes) } }
        }
        #expect(source.openings.withLock { $0 } == [0])
    }

    @Test func oneThatNeverComesIsNotWaitedForForever() async throws {
        let source = CountingSource(chunks: 20)
        let fanOut = BlobFanOut(consumers: 2, pauses: [], patience: .milliseconds(20))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fanOut.serve(from: source.opener()) }
            #expect(try await read(try #require(fanOut.stream(for: 0, at: 0))) == source.bytes)
            #expect(fanOut.stream(for: 1, at: 0) == nil)
            fanOut.leave(0)
            fanOut.leave(1)
            try await group.waitForAll()
        }
    }

    @Test func theSourcesFailureIsEverybodys() async throws {
        let source = CountingSource(chunks: 20)
        let fanOut = BlobFanOut(consumers: 2, pauses: [], patience: .seconds(60))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fanOut.serve(from: source.opener(failingAt: 5)) }
            for consumer in 0..<2 {
                group.addTask {
                    defer { fanOut.leave(consumer) }
                    let stream = try #require(fanOut.stream(for: consumer, at: 0))
                    #expect(try await read(stream, atMost: 5) == Array(source.bytes.prefix(5)))
                    await #expect(throws: ImageStorageError.self) { _ = try await stream.next() }
                }
            }
            try await group.waitForAll()
        }
    }

    /// What lies behind a pause is on another disc: it is asked for once, and not before all are through with the first.
    @Test func readingOnAfterAPauseIsSharedAndNothingIsReadBeforeItIsWanted() async throws {
        let source = CountingSource(chunks: 100)
        let fanOut = BlobFanOut(consumers: 2, pauses: [40], patience: .seconds(60))
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                try await fanOut.serve(from: source.opener(pauses: [40]))
                return nil
            }
            for consumer in 0..<2 {
                group.addTask {
                    defer { fanOut.leave(consumer) }
                    let first = try await read(try #require(fanOut.stream(for: consumer, at: 0)), atMost: 40)
                    fanOut.detach(consumer)
                    return first + (try await read(try #require(fanOut.stream(for: consumer, at: 40))))
                }
            }
            for try await bytes in group { if let bytes { #expect(bytes == source.bytes) } }
        }
        #expect(source.openings.withLock { $0 } == [0, 40])
        #expect(source.given.withLock { $0 } == 100, "no byte twice")
    }

    @Test func whoPaysNoHeedToPausesGetsAllFromOneReading() async throws {
        let source = CountingSource(chunks: 100)
        let fanOut = BlobFanOut(consumers: 2, pauses: [40], patience: .seconds(60))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fanOut.serve(from: source.opener(pauses: [40])) }
            for consumer in 0..<2 {
                group.addTask {
                    defer { fanOut.leave(consumer) }
                    let bytes = try await read(try #require(fanOut.stream(for: consumer, at: 0)))
                    #expect(bytes == source.bytes)
                }
            }
            try await group.waitForAll()
        }
        #expect(source.openings.withLock { $0 } == [0])
    }
}
