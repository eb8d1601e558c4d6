import FerryTestSupport
import HTTPTransport
import ImageStorage
import Logging
import NIOCore
import NIOPosix
import OCIModel
import RegistryClient
import Testing

@Suite("Bytes per second over all connections", .serialized, .timeLimit(.minutes(10)))
struct LimitedBytesTests {
    private static let rate: Int64 = 2_000_000

    /// Moves six blobs of 1.2 MB at once; returns bytes per second.
    private func speed(
        _ body: @escaping @Sendable (TestBlob, TestRegistry, RegistryClient) async throws -> Void
    ) async throws -> Double {
        var configuration = HTTPTransportConfiguration()
        configuration.bytesPerSecond = Self.rate
        let blobs = try (0..<6).map { try TestBlob(seed: UInt64($0), size: 1_200_000) }
        return try await withRegistry { registry in
            for blob in blobs { try await blob.write(to: registry.store, in: RepositoryPath("source")) }
            return try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            ) { transport in
                let clients = RegistryClients(
                    transport: transport,
                    credentials: .none,
                    logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
                )
                let client = clients.client(for: registry.name)
                _ = try await client.containsBlob(blobs[0].descriptor, in: RepositoryPath("source"))
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: ContinuousClock.Instant.self) { group in
                    for blob in blobs {
                        group.addTask {
                            try await body(blob, registry, client)
                            return .now
                        }
                    }
                    var ends: [Double] = []
                    for try await end in group { ends.append(start.duration(to: end) / .seconds(1)) }
                    // Nobody was starved: all ended at about the same time.
                    #expect((ends.min() ?? 0) > 0.6 * (ends.max() ?? 1))
                }
                return 7.2e6 / (start.duration(to: .now) / .seconds(1))
            }
        }
    }

    @Test("downloads keep to it within a twentieth")
    func downloads() async throws {
        let speed = try await speed { blob, _, client in
            try await client.withBlob(blob.descriptor, in: RepositoryPath("source"), from: 0) { stream in
                while try await stream.next() != nil {}
            }
        }
        #expect(abs(speed / Double(Self.rate) - 1) < 0.05)
    }

    @Test("uploads keep to it within a twentieth")
    func uploads() async throws {
        let speed = try await speed { blob, _, client in
            try await blob.write(to: client, in: RepositoryPath("target"))
        }
        #expect(abs(speed / Double(Self.rate) - 1) < 0.05)
    }
}
