import HTTPTransport
import ImageStorage
import Logging
import NIOCore
import OCIModel

/// The bytes of one large blob, over one connection or over several when that is faster.
///
/// Used by one task at a time, which the compiler cannot see.
final class SegmentedReader: @unchecked Sendable {
    private let client: RegistryClient
    private let blob: Descriptor
    private let repository: RepositoryPath
    private let origin: HTTPOrigin
    private let settings: RangeSettings
    private let reading: SegmentedReading
    private let start: Int64
    /// What reads while one connection is used.
    private var single: BlobReader
    private var isSegmented = false
    private var position: Int64
    private var decision: RangeDecision
    private var waited = Duration.zero
    /// How much of the memory for parts was taken, in bytes.
    private var reserved: Int64 = 0

    /// Takes over from a reader that stands where reading is to begin.
    init(
        _ single: BlobReader,
        _ client: RegistryClient,
        _ blob: Descriptor,
        in repository: RepositoryPath,
        at origin: HTTPOrigin
    ) {
        self.client = client
        self.blob = blob
        self.repository = repository
        self.origin = origin
        self.single = single
        settings = client.configuration.ranges
        start = single.position
        position = start
        reading = SegmentedReading(size: blob.size, segmentSize: settings.segmentSize)
        decision = RangeDecision(blob.size - start, settings)
    }

    /// Runs `body` with the blob from where the first reader stood.
    ///
    /// - Throws: `RegistryClientError` from the stream; what `body` throws.
    func run<Result: Sendable>(_ body: (BlobStream) async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<settings.maximumConnections {
                group.addTask { await self.work(number) }
            }
            defer {
                reading.close()
                group.cancelAll()
                single.close()
                client.readAhead.give(reserved)
            }
            return try await body(BlobStream { try await self.next() })
        }
    }

    private func next() async throws -> ByteBuffer? {
        let began = client.transport.time.now()
        guard let chunk = try await pull() else { return nil }
        let now = client.transport.time.now()
        waited += now - began
        position += Int64(chunk.readableBytes)
        decide(at: now)
        return chunk
    }

    private func pull() async throws -> ByteBuffer? {
        if isSegmented {
            if case .chunk(let chunk) = await reading.next() { return chunk }
            try Task.checkCancellation()
            isSegmented = false
            decision.declined(using: 1)
            single = BlobReader(client, blob, in: repository, from: position)
        }
        return try await single.next()
    }

    private func decide(at now: Duration) {
        if isSegmented { decision.declined(using: reading.width) }
        guard decision.isDue(at: now) else { return }
        let verdict = decision.note(
            .init(
                time: now,
                waited: waited,
                received: position - start,
                total: client.transport.counters.bytesReceived
            )
        )
        guard case .use(let count) = verdict else { return }
        guard count < 2 || mayUse(count) else { return decision.declined(using: count - 1) }
        client.logger.debug(
            "blob is read over \(count) connections",
            metadata: ["digest": "\(blob.digest)", "registry": "\(client.registry)"]
        )
        if isSegmented {
            reading.use(count)
        } else if count > 1 {
            isSegmented = true
            single.close()
            reading.open(at: position, width: count)
        }
    }

    /// Whether so many connections may be tried: the registry gives parts, and there is memory for those that wait.
    private func mayUse(_ count: Int) -> Bool {
        guard isSegmented || (single.acceptsRanges && client.knowledge.mayGiveRanges) else { return false }
        // One part more than there are connections waits for its turn.
        let wanted = settings.segmentSize * Int64(count + 1) - reserved
        guard wanted > 0 else { return true }
        guard client.readAhead.take(wanted) else { return false }
        reserved += wanted
        return true
    }

    private func work(_ number: Int) async {
        guard await reading.begin(number) else { return }
        // The first has the blob's own slot.
        guard number > 0 else { return await readSegments(number) }
        let done: Void? = await client.transport.withSlotIfFree(.download, at: origin) { await readSegments(number) }
        if done == nil { reading.declined(number) }
    }

    private func readSegments(_ number: Int) async {
        while let segment = await reading.work(number) {
            let part = BlobReader(
                client,
                blob,
                in: repository,
                from: segment.range.lowerBound,
                to: segment.range.upperBound
            )
            do {
                while let chunk = try await part.next() { reading.deliver(chunk, of: segment) }
                reading.complete(segment)
            } catch {
                // The reader goes on by itself, and meets the cause if it lasts.
                client.logger.debug("a part of a blob could not be read", metadata: ["cause": "\(error)"])
                reading.fail(segment)
            }
        }
    }
}
