import Foundation
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto
import Testing

@testable import MediaSet

@Suite struct PerfTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["PERF"] != nil)) func write() async throws {
        let env = ProcessInfo.processInfo.environment
        var generator = SeededGenerator(seed: 1)
        let count = Int(env["PERF"] ?? "") ?? 40
        let size = Int(env["PERFSIZE"] ?? "") ?? 50_000_000
        let random = ByteBuffer(bytes: generator.bytes(size + count))
        var blobs: [Descriptor] = []
        for i in 0..<count {
            var h = try ContentHasher()
            try random.withUnsafeReadableBytes { p in try h.update(UnsafeRawBufferPointer(rebasing: p[i..<(i + size)]))
            }
            blobs.append(try Descriptor(mediaType: .ociLayerGzip, digest: h.finish(), size: Int64(size)))
        }
        let content = SetContent(sequence: 1, images: [], blobs: blobs)
        var t = ContinuousClock.now
        let layout = try SetLayout.plan(content, volumeSize: .fat32)
        print("PERF plan", ContinuousClock.now - t)
        let folder = env["PERFDIR"] ?? "/work/h/media/.build/perf"
        t = .now
        let writer = try await MediaSetWriter.open(layout, folder: folder)
        let repo = try RepositoryPath("a")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, blob) in blobs.enumerated() {
                if index >= 6 { try await group.next() }
                group.addTask {
                    try await writer.writeBlob(
                        blob,
                        to: repo,
                        from: BlobOpener { offset, body in
                            let position = SingleConsumer(Int(offset))
                            try await body(
                                BlobStream {
                                    let n = min(64 << 10, size - position.value)
                                    if n <= 0 { return nil }
                                    defer { position.value += n }
                                    return random.getSlice(at: index + position.value, length: n)
                                }
                            )
                        }
                    )
                }
            }
            try await group.waitForAll()
        }
        print("PERF written", ContinuousClock.now - t)
        _ = try await writer.finish()
        print("PERF finished", ContinuousClock.now - t, "bytes", layout.totalSize)
        t = .now
        let report = try await MediaSetVerifier.verify(folders: [folder])
        print("PERF verify", ContinuousClock.now - t, report.isIntact)
        t = .now
        let reader = try await MediaSetReader.open(folders: [folder])
        print("PERF open", ContinuousClock.now - t)
        t = .now
        var total: Int64 = 0
        for blob in blobs {
            total += try await reader.withBlob(blob, in: repo, from: 0) { s in
                var n: Int64 = 0
                for try await c in s { n += Int64(c.readableBytes) }
                return n
            }
        }
        print("PERF read", ContinuousClock.now - t, total)
    }
}
