import FerryTestSupport
import HTTPTransport
import ImageStorage
import NIOCore
import OCIModel
import RegistryClient
import Synchronization
import Testing

/// Uploads over connections that are closed in the middle, to real registries.
struct CutUploadTests {
    private static let size = 8_000_000
    private let repository: RepositoryPath
    private let blob: TestBlob

    init() throws {
        repository = try RepositoryPath("org/app")
        blob = try TestBlob(seed: 11, size: Self.size)
    }

    private func opener(pauses: [Int64] = []) -> BlobOpener {
        let bytes = ByteBuffer(bytes: blob.bytes)
        return BlobOpener(pauses: pauses) { offset, body in
            let rest = SingleConsumer(bytes)
            rest.value.moveReaderIndex(forwardBy: Int(offset))
            try await body(
                BlobStream {
                    rest.value.readSlice(length: min(64 << 10, rest.value.readableBytes)).flatMap {
                        $0.readableBytes > 0 ? $0 : nil
                    }
                }
            )
        }
    }

    private func upload(_ port: Int, _ source: BlobOpener) async throws {
        try await RegistryFixture.withClient(port: port) { client, _ in
            try await client.writeBlob(blob.descriptor, to: repository, from: source)
            #expect(try await client.containsBlob(blob.descriptor, in: repository))
        }
    }

    @Test(arguments: [false, true], [[] as [Int64], [3_000_000, 6_000_000]])
    func `every byte is sent once to a registry that keeps what it got`(usesFolder: Bool, pauses: [Int64]) async throws
    {
        try await withTemporaryFolder { folder in
            try await withRegistry(usesFolder ? .folder(folder) : .memory) { registry in
                try await CuttingProxy.withProxy(to: registry.port) { proxy in
                    proxy.cut(at: [1_000_000, 2_900_000, 4_000_000, 4_100_000, 7_990_000])
                    try await upload(proxy.port, opener(pauses: pauses))
                    #expect(proxy.cutsLeft == 0)
                    // Besides the blob only heads of requests, and what was under way when the connection was closed.
                    #expect(proxy.sentBytes < Int64(Self.size) + 5 * (64 << 10), "\(proxy.sentBytes)")
                }
                #expect(registry.traffic.counts.uploadsStarted == 1)
                #expect(registry.traffic.counts.uploadedBytes < Int64(Self.size) + 1, "\(registry.traffic.counts.log)")
                let stored = try await registry.store.withBlob(blob.descriptor, in: repository, from: 0) {
                    try await RegistryFixture.collect($0)
                }
                #expect(stored == blob.bytes)
            }
        }
    }

    @Test func `more cuts than tries do not end an upload that goes on`() async throws {
        try await withRegistry { registry in
            try await CuttingProxy.withProxy(to: registry.port) { proxy in
                proxy.cut(at: (1...25).map { $0 * 300_000 })
                try await upload(proxy.port, opener())
                #expect(proxy.cutsLeft == 0)
            }
            #expect(registry.traffic.counts.uploadsStarted == 1)
        }
    }

    @Test(arguments: [FaultRule.Fault.cutRequest(afterBytes: 2_000_000), .status(503), .status(500)])
    func `a registry that fails in the middle is gone on with`(fault: FaultRule.Fault) async throws {
        let rule = FaultRule(fault, on: .path(containing: "?digest=", method: "PUT"), when: .numbers([1, 2]))
        try await withRegistry(faults: [rule]) { registry in
            try await upload(registry.port, opener())
            #expect(registry.faults.appliedCount == 2)
            #expect(registry.traffic.counts.uploadsFinished == 1)
        }
    }

    @Test(.enabled(if: toolPath("docker-registry") != nil, "docker-registry is not installed"))
    func `docker-registry takes parts, and after a cut the blob again`() async throws {
        try await withDockerRegistry { name in
            try await CuttingProxy.withProxy(to: #require(name.port)) { proxy in
                try await upload(proxy.port, opener(pauses: [3_000_000, 6_000_000]))
                #expect(proxy.sentBytes < Int64(Self.size) + (64 << 10))
            }
        }
        try await withDockerRegistry { name in
            try await CuttingProxy.withProxy(to: #require(name.port)) { proxy in
                // It ends a session whose request broke off, so the first two tries are lost.
                proxy.cut(at: [1_000_000, 3_000_000])
                try await upload(proxy.port, opener())
                #expect(proxy.cutsLeft == 0)
                #expect(proxy.sentBytes < Int64(Self.size) + 3_500_000, "\(proxy.sentBytes)")
            }
        }
    }

    @Test(.enabled(if: toolPath("docker-registry") != nil, "docker-registry is not installed"))
    func `docker-registry keeps parts while the connection is closed`() async throws {
        try await withDockerRegistry { name in
            try await CuttingProxy.withProxy(to: #require(name.port)) { proxy in
                let plain = opener()
                let isFirst = Atomic(true)
                let source = BlobOpener(pauses: [3_000_000]) { offset, body in
                    // The next request that uses the connection finds it closed.
                    if offset == 3_000_000, isFirst.exchange(false, ordering: .relaxed) { proxy.cut(at: [0]) }
                    try await plain.withStream(from: offset, body)
                }
                try await upload(proxy.port, source)
                #expect(proxy.cutsLeft == 0)
                #expect(proxy.sentBytes < Int64(Self.size) + (64 << 10))
            }
        }
    }
}
