import FerryTestSupport
import HTTPTestSupport
import HTTPTransport
import ImageStorage
import NIOCore
import OCIModel
import RegistryClient
import RegistryServer
import Testing

/// Uploads in chunks to a registry whose tokens live for 2 s.
struct ChunkedTokenTests {
    private static let size = 6_000_000
    private let repository: RepositoryPath
    private let blob: TestBlob

    init() throws {
        repository = try RepositoryPath("team/app")
        blob = try TestBlob(seed: 3, size: Self.size)
    }

    private static let configuration = {
        var configuration = RegistryClientConfiguration()
        configuration.chunking.largeBlobSize = 1_000_000
        configuration.chunking.firstChunk = 500_000
        configuration.chunking.chunks = 100_000...500_000
        configuration.chunking.smallestChunk = 100_000
        return configuration
    }()

    /// Runs an upload of which each chunk takes some time by the clock of the service.
    private func upload(
        _ service: TokenService,
        _ clock: SteppedTime,
        each time: Duration,
        clientTime: SteppedTime,
        refuse: @escaping @Sendable (Int) -> Bool = { _ in false }
    ) async throws -> (registry: RegistryTraffic.Counts, service: TokenService.Counts) {
        let chunks = Counter()
        let behaviour: RegistryBehaviour = { request in
            if request.method == "PATCH" {
                if refuse(chunks.next()) { service.revokeTokens() }
                clock.advance(by: time)
            }
            return await service.behaviour(request)
        }
        return try await withRegistry(behaviour: behaviour) { registry in
            try await RegistryFixture.withClient(
                port: registry.port,
                time: clientTime.time,
                configuration: Self.configuration
            ) { client, _ in
                try await blob.write(to: client, in: repository)
            }
            let stored = try await registry.store.withBlob(blob.descriptor, in: repository, from: 0) {
                try await RegistryFixture.collect($0)
            }
            #expect(stored == blob.bytes)
            let counts = registry.traffic.counts
            #expect(counts.uploadsStarted == 1, "\(counts.log)")
            #expect(counts.uploadedBytes == Int64(Self.size), "\(counts.log)")
            return (counts, service.counts)
        }
    }

    @Test func `each chunk goes with a token that is good`() async throws {
        let clock = SteppedTime()
        let service = TokenService(now: clock.time.now) { $0.lifetime = .seconds(2) }
        let counts = try await upload(service, clock, each: .milliseconds(1_500), clientTime: clock).service
        #expect(counts.tokens >= 8, "the upload takes 18 s")
    }

    @Test func `a token that ends while a chunk is under way costs that chunk and not the blob`() async throws {
        let clock = SteppedTime()
        let service = TokenService(now: clock.time.now) { options in
            options.lifetime = .seconds(2)
            options.statedLifetime = "300"
        }
        // The client's clock stands still: nothing tells it but the 401, which comes while it sends.
        let counts = try await upload(service, clock, each: .milliseconds(1_500), clientTime: SteppedTime())
        #expect(counts.service.expired >= 4)
        #expect(counts.registry.statuses[401] ?? 0 >= 5)
    }

    @Test func `tokens that are revoked twice for each chunk do not end the upload`() async throws {
        let clock = SteppedTime()
        let service = TokenService(now: clock.time.now) { $0.lifetime = .seconds(300) }
        // Of each three tries two are refused.
        let counts = try await upload(service, clock, each: .zero, clientTime: clock) { $0 % 3 != 2 }
        #expect(counts.registry.statuses[401] ?? 0 >= 20)
    }
}
