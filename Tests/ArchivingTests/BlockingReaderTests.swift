import Dispatch
import Testing

@testable import Archiving

@Suite struct BlockingReaderTests {
    private func onQueue<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "reader").async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    private func readAll(_ input: ByteInput) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1000, alignment: 8)
        defer { buffer.deallocate() }
        while true {
            let count = try input.pull(into: buffer)
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    @Test(arguments: [1, 999, 1000, 4000, 100_000])
    func handsAllBytesOver(chunk: Int) async throws {
        let content = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        var rest = content[...]
        let result = try await withBlockingReader(
            bufferedBytes: 5000,
            chunks: { () -> ArraySlice<UInt8>? in
                let next = rest.prefix(chunk)
                rest = rest.dropFirst(chunk)
                return next.isEmpty ? nil : next
            },
            on: { try await onQueue($0) }
        ) { try readAll($0) }
        #expect(result == content)
    }

    @Test func pullsEverythingWhenTheReaderHasEnough() async throws {
        var pulled = 0
        let result = try await withBlockingReader(
            bufferedBytes: 100,
            chunks: { () -> [UInt8]? in
                pulled += 1
                return pulled <= 50 ? [UInt8](repeating: 1, count: 60) : nil
            },
            on: { try await onQueue($0) }
        ) { _ in "enough" }
        #expect(result == "enough")
        #expect(pulled == 51)
    }

    @Test func aFailureOfTheSourceCountsMoreThanTheReaders() async throws {
        struct WrongDigest: Error {}
        struct Malformed: Error {}
        var pulled = 0
        await #expect(throws: WrongDigest.self) {
            try await withBlockingReader(
                chunks: { () -> [UInt8]? in
                    pulled += 1
                    if pulled > 3 { throw WrongDigest() }
                    return [1]
                },
                on: { try await onQueue($0) }
            ) { _ in throw Malformed() }
        }
        #expect(pulled == 4)
    }

    @Test func aFailureOfTheReaderIsGiven() async throws {
        struct Malformed: Error {}
        await #expect(throws: Malformed.self) {
            try await withBlockingReader(
                chunks: { () -> [UInt8]? in nil },
                on: { try await onQueue($0) }
            ) { _ in throw Malformed() }
        }
    }

    @Test func cancellationEndsBothSides() async throws {
        let (silence, source) = AsyncStream.makeStream(of: Void.self)
        defer { source.finish() }
        // Awaited below; a task of its own, as it is to be cancelled.
        let task = Task {
            try await withBlockingReader(
                chunks: { () -> [UInt8]? in
                    // Waits until it is cancelled; the reader blocks meanwhile.
                    for await _ in silence {}
                    try Task.checkCancellation()
                    return nil
                },
                on: { try await onQueue($0) }
            ) { try readAll($0).count }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
