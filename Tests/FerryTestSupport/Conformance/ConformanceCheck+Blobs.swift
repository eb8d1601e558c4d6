import ImageStorage
import NIOCore
import OCIModel
import Testing

private struct BrokenSource: Error {}

extension ConformanceCheck {
    func blobsComeBackAsWritten() async throws {
        let repository = try repository()
        for (seed, size) in [(1, 1), (2, 4096), (3, 512 << 10), (4, 1_600_007)] {
            let blob = try TestBlob(seed: UInt64(seed), size: size)
            #expect(try await !store.containsBlob(blob.descriptor, in: repository))
            try await blob.write(to: store, in: repository)
            #expect(try await store.containsBlob(blob.descriptor, in: repository))
            #expect(try await read(blob, in: repository) == blob.bytes)
        }
    }

    func blobsAreReadFromAnyOffset() async throws {
        let repository = try repository()
        let blob = try TestBlob(seed: 5, size: 1_200_000)
        try await blob.write(to: store, in: repository)
        for offset in [0, 1, 65_536, 524_288, 1_199_999, 1_200_000] {
            #expect(try await read(blob, in: repository, from: Int64(offset)) == Array(blob.bytes.dropFirst(offset)))
        }
    }

    func emptyBlobs() async throws {
        let repository = try repository()
        let blob = try TestBlob([])
        try await blob.write(to: store, in: repository)
        #expect(try await store.containsBlob(blob.descriptor, in: repository))
        #expect(try await read(blob, in: repository).isEmpty)
    }

    func absentThingsAreNotThere() async throws {
        let repository = try repository("nothing/here")
        let blob = try TestBlob(seed: 6, size: 10)
        #expect(try await !store.containsBlob(blob.descriptor, in: repository))
        #expect(try await store.manifest(.tag(Tag("v1")), in: repository) == nil)
        #expect(try await store.manifest(.digest(blob.descriptor.digest), in: repository) == nil)
        #expect(try await store.manifestDigest(.tag(Tag("v1")), in: repository) == nil)
        #expect(try await store.readBack(.tag(Tag("v1")), in: repository) == nil)
        #expect(try await store.tags(in: repository) == [])
        #expect(try await store.referrers(of: blob.descriptor.digest, in: repository) == [])
        #expect(await failure { _ = try await read(blob, in: repository) } == .notFound)
    }

    func wrongBytesAreNeverStored() async throws {
        let repository = try repository()
        let blob = try TestBlob(seed: 7, size: 100_000)
        var changed = blob.bytes
        changed[50_000] ^= 1
        for wrong in [changed, Array(blob.bytes.dropLast()), blob.bytes + [0], []] {
            let other = try TestBlob(wrong)
            #expect(
                await failure {
                    try await store.writeBlob(blob.descriptor, to: repository, from: other.opener)
                } == .integrity
            )
            #expect(try await !store.containsBlob(blob.descriptor, in: repository))
            #expect(try await !store.containsBlob(other.descriptor, in: repository))
        }
        try await blob.write(to: store, in: repository)
        #expect(try await read(blob, in: repository) == blob.bytes)
    }

    func brokenSourcesLeaveNothing() async throws {
        let repository = try repository()
        let blob = try TestBlob(seed: 8, size: 300_000)
        let broken = BlobOpener { offset, body in
            let sent = SingleConsumer(false)
            try await body(
                BlobStream {
                    guard !sent.value else { throw BrokenSource() }
                    sent.value = true
                    return ByteBuffer(bytes: blob.bytes[Int(offset)...].prefix(1000))
                }
            )
        }
        _ = await failure { try await store.writeBlob(blob.descriptor, to: repository, from: broken) }
        #expect(try await !store.containsBlob(blob.descriptor, in: repository))
        try await blob.write(to: store, in: repository)
        #expect(try await read(blob, in: repository) == blob.bytes)
    }

    func blobsBelongToTheirRepository() async throws {
        let first = try repository("one")
        let second = try repository("two/deep/er")
        let blob = try TestBlob(seed: 9, size: 5000)
        try await blob.write(to: store, in: first)
        #expect(try await store.containsBlob(blob.descriptor, in: second) == store.sharesBlobs)
        if !store.sharesBlobs {
            #expect(try await store.mountBlob(blob.descriptor, from: first, to: second))
        }
        #expect(try await store.containsBlob(blob.descriptor, in: second))
        #expect(try await read(blob, in: second) == blob.bytes)
    }

    func mountsNeedAHolder() async throws {
        guard !store.sharesBlobs else { return }
        let blob = try TestBlob(seed: 10, size: 5000)
        let (first, second) = (try repository("one"), try repository("two"))
        #expect(try await !store.mountBlob(blob.descriptor, from: first, to: second))
        #expect(try await !store.containsBlob(blob.descriptor, in: second))
        try await blob.write(to: store, in: second)
        #expect(try await store.containsBlob(blob.descriptor, in: second))
    }

    func manyWritersAtOnce() async throws {
        let repository = try repository()
        let blobs = try (0..<12).map { try TestBlob(seed: 100 + UInt64($0), size: 40_000 + $0 * 30_000) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Each blob twice: two images that share a layer are pushed at the same time.
            for blob in blobs + blobs {
                group.addTask { try await blob.write(to: store, in: repository) }
            }
            try await group.waitForAll()
        }
        for blob in blobs { #expect(try await read(blob, in: repository) == blob.bytes) }
        let images = try (0..<8).map { try TestImage(layers: [blobs[$0]], seed: UInt64($0)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, image) in images.enumerated() {
                group.addTask { try await image.write(to: store, in: repository, tag: Tag("v\(number)")) }
            }
            try await group.waitForAll()
        }
        for (number, image) in images.enumerated() {
            #expect(try await store.readBack(.tag(Tag("v\(number)")), in: repository) == image.manifest.digest)
        }
    }
}
