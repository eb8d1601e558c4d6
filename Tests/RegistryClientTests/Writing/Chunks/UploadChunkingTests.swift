import Testing

@testable import RegistryClient

struct UploadChunkingTests {
    private static let mega: Int64 = 1 << 20

    private func chunking(_ size: Int64, minimum: Int64? = nil) -> UploadChunking {
        var chunking = UploadChunking(size, ChunkingSettings())
        chunking.opened(minimum: minimum)
        return chunking
    }

    @Test(
        arguments: [
            (0, 0, nil, 0), (100, 0, nil, 100), (1_024, 0, nil, 1_024), (1_024, 1_000, nil, 1_024),
            // Over 1 GiB.
            (1_025, 0, nil, 64), (1_025, 64, nil, 128), (1_025, 1_000, nil, 1_025),
            // Learnt.
            (100, 0, 32, 32), (100, 32, 32, 64), (100, 96, 32, 100), (32, 0, 32, 32), (100, 68, 32, 100),
            (2_000, 0, 32, 32), (2_000, 0, 100, 64),
        ] as [(Int64, Int64, Int64?, Int64)]
    )
    func `sends all at once, or as much as is known to pass`(size: Int64, offset: Int64, limit: Int64?, end: Int64) {
        let limits = UploadLimits(largestBody: limit.map { $0 * Self.mega })
        #expect(chunking(size * Self.mega).end(from: offset * Self.mega, limits) == end * Self.mega)
    }

    @Test func `obeys the least length of the registry, but for the last chunk`() {
        let chunking = chunking(100 * Self.mega, minimum: 48 * Self.mega)
        let limits = UploadLimits(largestBody: 10 * Self.mega)
        #expect(chunking.end(from: 0, limits) == 48 * Self.mega)
        #expect(chunking.end(from: 96 * Self.mega, limits) == 100 * Self.mega)
        #expect(self.chunking(100, minimum: .max).end(from: 0, limits) == 100)
        #expect(self.chunking(100, minimum: .min).end(from: 0, limits) == 100)
        // What an earlier run wrote down may be nonsense.
        #expect(self.chunking(Self.mega).end(from: 0, UploadLimits(largestBody: 1)) == 256 << 10)
        #expect(self.chunking(.max).end(from: .max - 1, UploadLimits(largestBody: .max)) == .max)
    }

    @Test func `halves after each refusal down to the smallest chunk`() {
        var chunking = chunking(1_000 * Self.mega)
        var limits = UploadLimits()
        var sizes: [Int64] = []
        while true {
            let length = chunking.end(from: 0, limits)
            sizes.append(length)
            guard chunking.refused(length, &limits) else { break }
        }
        #expect(Array(sizes.prefix(4)) == [1_000, 500, 250, 125].map { $0 * Self.mega })
        #expect(sizes.last == 256 << 10)
        #expect(sizes.count == 13)
        #expect(!limits.cutsConnections)
    }

    @Test func `does not halve again for what was sent before`() {
        var limits = UploadLimits()
        var (first, second) = (chunking(400 * Self.mega), chunking(100 * Self.mega))
        #expect(second.refused(100 * Self.mega, &limits))
        #expect(first.refused(400 * Self.mega, &limits))
        #expect(limits.largestBody == 50 * Self.mega)
        // Something larger passes after all.
        limits.passed(80 * Self.mega)
        #expect(limits.largestBody == 80 * Self.mega)
        limits.passed(Self.mega)
        #expect(limits.largestBody == 80 * Self.mega)
    }

    @Test func `gives up where the least length is refused`() {
        var chunking = chunking(100 * Self.mega, minimum: 20 * Self.mega)
        var limits = UploadLimits()
        #expect(chunking.refused(100 * Self.mega, &limits))
        #expect(chunking.refused(50 * Self.mega, &limits))
        #expect(chunking.refused(25 * Self.mega, &limits))
        #expect(limits.largestBody == 20 * Self.mega)
        #expect(!chunking.refused(20 * Self.mega, &limits))
    }

    @Test func `learns from a lost session what passes`() {
        var chunking = chunking(1_000 * Self.mega)
        var limits = UploadLimits()
        chunking.lost(.init(length: 1_000 * Self.mega, sent: 66 * Self.mega), &limits)
        #expect(limits == UploadLimits(largestBody: 33 * Self.mega, cutsConnections: true))
        #expect(chunking.end(from: 0, limits) == 33 * Self.mega)
        // Another upload that had begun before.
        chunking.lost(.init(length: 900 * Self.mega, sent: 10 * Self.mega), &limits)
        #expect(limits.largestBody == 33 * Self.mega)
        // A chunk that does not pass either.
        chunking.lost(.init(length: 33 * Self.mega, sent: 10 * Self.mega), &limits)
        #expect(limits.largestBody == 33 * Self.mega / 2)
    }

    @Test func `takes a first short break for an accident, and tells nobody of others`() {
        var chunking = chunking(100 * Self.mega)
        var limits = UploadLimits()
        let cut = UploadChunking.Cut(length: 100 * Self.mega, sent: 4 * Self.mega)
        chunking.lost(cut, &limits)
        #expect(chunking.end(from: 0, limits) == 100 * Self.mega)
        chunking.passed(Self.mega, in: .seconds(1))
        chunking.lost(cut, &limits)
        #expect(chunking.end(from: 0, limits) == 100 * Self.mega)
        #expect(!chunking.wantsFreshConnections(limits))
        chunking.lost(cut, &limits)
        #expect(chunking.end(from: 0, limits) == 2 * Self.mega)
        #expect(chunking.wantsFreshConnections(limits))
        chunking.lost(.init(length: 2 * Self.mega, sent: 2 * Self.mega), &limits)
        #expect(chunking.end(from: 0, limits) == Self.mega)
        #expect(limits == UploadLimits())
    }

    @Test func `takes an answer that came too late for a cut of all of it`() {
        var chunking = chunking(100 * Self.mega)
        var limits = UploadLimits()
        chunking.lost(.init(length: 100 * Self.mega, sent: 100 * Self.mega), &limits)
        #expect(limits.largestBody == 50 * Self.mega)
    }

    @Test func `sends the whole where sessions vanish, and remembers it when that passed`() {
        var chunking = chunking(2_000 * Self.mega)
        var limits = UploadLimits()
        chunking.completed(&limits)
        #expect(limits == UploadLimits())
        chunking.vanished()
        #expect(chunking.end(from: 0, limits) == 2_000 * Self.mega)
        // Whole blobs only, and that is too large: there is no way.
        var refused = chunking
        #expect(!refused.refused(2_000 * Self.mega, &limits))
        // A cut teaches nothing there.
        chunking.lost(.init(length: 2_000 * Self.mega, sent: 64 * Self.mega), &limits)
        #expect(limits == UploadLimits())
        chunking.completed(&limits)
        #expect(limits == UploadLimits(takesWholeBlobsOnly: true))
        #expect(self.chunking(2_000 * Self.mega).end(from: 0, limits) == 2_000 * Self.mega)
    }

    @Test func `forgets that parts were lost when the whole is refused on another day`() {
        var chunking = chunking(100 * Self.mega)
        var limits = UploadLimits(takesWholeBlobsOnly: true)
        #expect(chunking.refused(100 * Self.mega, &limits))
        #expect(limits == UploadLimits(largestBody: 50 * Self.mega))
        #expect(chunking.end(from: 0, limits) == 50 * Self.mega)
    }

    @Test(
        arguments: [
            (1, 60, 64), (1, 1, 64), (64, 6_400, 16), (64, 16, 240), (64, 1, 512), (64, 0, 64),
        ] as [(Int64, Int64, Int64)]
    )
    func `chunks of large blobs take about a minute`(length: Int64, seconds: Int64, next: Int64) {
        var chunking = chunking(10_000 * Self.mega)
        chunking.passed(length * Self.mega, in: .seconds(seconds))
        let expected = seconds == 60 ? 16 : seconds == 1 && length == 1 ? 60 : next
        #expect(chunking.end(from: 0, UploadLimits()) == expected * Self.mega)
    }
}
