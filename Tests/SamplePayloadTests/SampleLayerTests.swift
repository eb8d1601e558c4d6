import Archiving
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto
import Testing

@testable import SamplePayload

@Suite struct SampleLayerTests {
    private func bytes(_ layer: SampleLayer, from offset: Int64) async throws -> [UInt8] {
        let collected = SingleConsumer<[UInt8]>([])
        try await layer.opener.withStream(from: offset) { stream in
            for try await chunk in stream {
                #expect(chunk.readableBytes > 0)
                collected.value.append(contentsOf: chunk.readableBytesView)
            }
        }
        return collected.value
    }

    @Test(arguments: [0, 1, 65_000, 300_000, 1_000_000])
    func isAGzippedTarWithTheMeasuredDigests(size: Int64) async throws {
        let layer = SampleLayer(seed: 7, name: "x86_64-test", contentBytes: size)
        let blob = try layer.measured()
        let bytes = try await bytes(layer, from: 0)
        #expect(Int64(bytes.count) == blob.descriptor.size)
        #expect(try ContentHasher.digest(of: bytes) == blob.descriptor.digest)
        let reader = try TarReader(ByteInput(bytes))
        let entry = try #require(try reader.next())
        #expect(entry.path == "usr/share/ferry-sample/x86_64-test")
        #expect(entry.size == size)
        #expect(try reader.readAll(upTo: 1 << 20).count == size)
        #expect(try reader.next() == nil)
    }

    @Test(arguments: [0, 1, 10, 262_144, 300_000, 301_000, 400_000])
    func opensAtAnyOffset(offset: Int64) async throws {
        let layer = SampleLayer(seed: 7, name: "x86_64-test", contentBytes: 300_000)
        let whole = try await bytes(layer, from: 0)
        #expect(try await bytes(layer, from: offset) == Array(whole.dropFirst(Int(offset))))
    }

    /// The first outputs of xoshiro256++ from the state 1, 2, 3, 4, as the reference program prints them.
    @Test func followsTheReferenceGenerator() {
        var random = SampleRandom(state: (1, 2, 3, 4))
        #expect(
            (0..<4).map { _ in random.next() } == [
                41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386,
            ]
        )
    }
}
