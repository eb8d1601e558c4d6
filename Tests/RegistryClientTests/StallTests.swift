import FerryTestSupport
import HTTPTestSupport
import HTTPTransport
import ImageStorage
import Logging
import NIOPosix
import OCIModel
import RegistryClient
import Testing

extension LargeBlobTests {
    /// Peers that stop, and peers that are slow.
    @Suite(.timeLimit(.minutes(10))) struct StallTests {
        private let repository: RepositoryPath
        private let blob: SparseBlob

        init() throws {
            repository = try RepositoryPath("org/app")
            blob = try SparseBlob(seed: 9, size: 24_000_000)
        }

        /// A client whose connections may stand still for so long.
        private func withClient<Result: Sendable>(
            _ port: Int,
            patience: Duration,
            _ body: (RegistryClient, HTTPTransport) async throws -> Result
        ) async throws -> Result {
            var configuration = HTTPTransportConfiguration()
            configuration.progressTimeout = patience
            return try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                time: SteppedTime().time
            ) { transport in
                let clients = RegistryClients(
                    transport: transport,
                    credentials: .none,
                    logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
                )
                return try await body(clients.client(for: RegistryName("127.0.0.1:\(port)")), transport)
            }
        }

        private func read(_ client: RegistryClient) async throws {
            let check = try DigestCheck(blob.descriptor)
            try await client.withBlob(blob.descriptor, in: repository, from: 0) { stream in
                let checked = check.checked(stream)
                while try await checked.next() != nil {}
            }
        }

        @Test func `A1.4 a source that stops is read on, and the others meanwhile`() async throws {
            let stall = FaultRule(.stallAnswer(afterBytes: 5_000_000), on: .blobs, when: .numbers([1]))
            try await withRegistry(.store(SparseStore([blob], in: repository)), faults: [stall]) { registry in
                try await withClient(registry.port, patience: .seconds(1)) { client, transport in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<4 { group.addTask { try await read(client) } }
                        try await group.waitForAll()
                    }
                    #expect(transport.counters.retries >= 1)
                    // What had come is not read again, but for what was under way.
                    #expect(transport.counters.bytesReceived < 4 * 24_000_000 + 4_000_000)
                }
            }
        }

        @Test func `A1.4 a target that stops taking bytes is written on`() async throws {
            let stall = FaultRule(
                .stallRequest(afterBytes: 2_000_000),
                on: .path(containing: "digest=", method: "PUT"),
                when: .numbers([1])
            )
            try await withRegistry(.store(SparseStore()), faults: [stall]) { registry in
                try await withClient(registry.port, patience: .seconds(1)) { client, transport in
                    try await client.writeBlob(blob.descriptor, to: repository, from: blob.opener)
                    #expect(transport.counters.retries >= 1)
                }
                #expect(try await registry.store.containsBlob(blob.descriptor, in: repository))
            }
        }

        /// Copies from a source that must not stand still for long to a target that does.
        private func copy(from source: TestRegistry, to target: TestRegistry) async throws -> TransportCounters {
            try await withClient(source.port, patience: .seconds(2)) { reader, transport in
                try await withClient(target.port, patience: .seconds(60)) { writer, _ in
                    let opener = BlobOpener(blob.descriptor, in: repository, of: reader)
                    try await writer.writeBlob(blob.descriptor, to: repository, from: opener)
                }
                return transport.counters
            }
        }

        /// Nothing of the body is taken for many times the patience with the source.
        private static let late = FaultRule(.delay(.seconds(5)), on: .path(containing: "digest=", method: "PUT"))

        @Test func `A13.8 a slow target does not make the source time out`() async throws {
            try await withRegistry(.store(SparseStore([blob], in: repository))) { source in
                for fault in [Self.late, FaultRule(.slowRequest(bytesPerSecond: 8_000_000), on: .uploads)] {
                    try await withRegistry(.store(SparseStore()), faults: [fault]) { target in
                        let counters = try await copy(from: source, to: target)
                        #expect(counters.retries == 0)
                        #expect(counters.bytesReceived < blob.descriptor.size + 1_000)
                        #expect(try await target.store.containsBlob(blob.descriptor, in: repository))
                    }
                }
            }
        }

        @Test func `A13.8 a source that drops its idle connection is read on when the target goes on`() async throws {
            let drop = FaultRule(.cutAnswer(afterBytes: 12_000_000), on: .blobs, when: .numbers([1]))
            try await withRegistry(.store(SparseStore([blob], in: repository)), faults: [drop]) { source in
                try await withRegistry(.store(SparseStore()), faults: [Self.late]) { target in
                    let counters = try await copy(from: source, to: target)
                    #expect(counters.retries == 1)
                    #expect(counters.bytesReceived < blob.descriptor.size + 1_000)
                    #expect(target.traffic.counts.uploadsStarted == 1)
                }
            }
        }
    }
}
