import FerryTestSupport
import HTTPTransport
import ImageStorage
import NIOCore
import OCIModel
import RegistryClient
import RegistryServer
import Testing

extension LargeBlobTests {
    /// Large blobs over several connections, from a registry in this process.
    struct SegmentedReadingTests {
        private let repository: RepositoryPath
        private let blob: SparseBlob

        init() throws {
            repository = try RepositoryPath("org/app")
            blob = try SparseBlob(seed: 3, size: 16_000_001)
        }

        private var configuration: RegistryClientConfiguration {
            var configuration = RegistryClientConfiguration()
            configuration.ranges.smallestBlob = 1_000_000
            configuration.ranges.segmentSize = 300_000
            configuration.ranges.trial = .milliseconds(400)
            return configuration
        }

        /// Reads the blob and proves it; returns how long that took and how many requests for it were made.
        private func read(
            _ configuration: RegistryClientConfiguration,
            faults: [FaultRule],
            behaviour: RegistryBehaviour? = nil,
            from offset: Int64 = 0
        ) async throws -> (time: Duration, gets: Int) {
            let store = SparseStore([blob], in: repository)
            let gets = Counter()
            let counting: RegistryBehaviour = { request in
                if case .blob = request.route { _ = gets.next() }
                return await behaviour?(request)
            }
            return try await withRegistry(.store(store), faults: faults, behaviour: counting) { registry in
                try await RegistryFixture.withClient(port: registry.port, time: .system, configuration: configuration) {
                    client,
                    _ in
                    let time = try await ContinuousClock().measure {
                        let check = try DigestCheck(blob.descriptor)
                        if offset > 0 {
                            let prefix = check.checked(blob.stream(0..<offset), from: 0, giving: 0..<offset)
                            while try await prefix.next() != nil {}
                        }
                        try await client.withBlob(blob.descriptor, in: repository, from: offset) { stream in
                            let checked = check.checked(stream, from: offset, giving: offset..<blob.descriptor.size)
                            var count: Int64 = 0
                            while let chunk = try await checked.next() { count += Int64(chunk.readableBytes) }
                            #expect(count == blob.descriptor.size - offset)
                        }
                    }
                    return (time: time, gets: gets.count)
                }
            }
        }

        private static let slow = FaultRule(.slowAnswer(bytesPerSecond: 2_000_000), on: .blobs)

        @Test func `a server that is slow on each connection is read at least twice as fast`() async throws {
            let single = {
                var single = configuration
                single.ranges.maximumConnections = 1
                return single
            }()
            // A machine that is busy with something else at the wrong moment proves nothing.
            var times: [(many: Duration, one: Duration)] = []
            while times.count < 3, times.last.map({ $0.many * 2 >= $0.one }) ?? true {
                async let alone = read(single, faults: [Self.slow])
                let many = try await read(configuration, faults: [Self.slow])
                let one = try await alone
                #expect(one.gets == 1)
                #expect(many.gets > 2)
                times.append((many: many.time, one: one.time))
            }
            #expect(times.contains { $0.many * 2 < $0.one }, "\(times)")
        }

        @Test func `goes on from a byte in the middle`() async throws {
            #expect(try await read(configuration, faults: [Self.slow], from: 1_234_567).gets > 2)
        }

        @Test func `a fast link sees one connection`() async throws {
            var configuration = configuration
            configuration.ranges.trial = .seconds(5)
            #expect(try await read(configuration, faults: []).gets == 1)
        }

        @Test func `parts that break are gone on with at the byte`() async throws {
            let cuts = FaultRule(.cutAnswer(afterBytes: 100_000), on: .blobs, when: .every(4))
            // The first rule that applies decides, so that the others are slow.
            let result = try await read(configuration, faults: [cuts, Self.slow])
            #expect(result.gets > 4)
        }

        @Test(arguments: [403, 416])
        func `where parts are refused the one connection goes on`(status: Int) async throws {
            let isPart = FaultRule.Target { request in
                guard case .blob = request.route else { return false }
                return request.range?.hasSuffix("-") == false
            }
            let refusal = FaultRule(.status(status), on: isPart)
            let result = try await read(configuration, faults: [refusal, Self.slow])
            #expect(result.gets >= 3)
        }

        @Test func `a registry that does not say that it gives parts is asked for none`() async throws {
            let mute = FaultRule(.field("Accept-Ranges", nil), on: .blobs)
            let slow: RegistryBehaviour = { request in
                guard case .blob = request.route else { return nil }
                var intervention = Intervention.none
                intervention.download.rate = 8_000_000
                intervention.rewrite = { $0.fields["accept-ranges"] = nil }
                return intervention
            }
            #expect(try await read(configuration, faults: [mute], behaviour: slow).gets == 1)
        }

        @Test func `there is no more memory than the budget, nor connections than slots`() async throws {
            var configuration = configuration
            configuration.ranges.readAhead = 3 * configuration.ranges.segmentSize - 1
            #expect(try await read(configuration, faults: [Self.slow]).gets == 1)
        }

        @Test func `who stops in the middle leaves nothing behind`() async throws {
            let store = SparseStore([blob], in: repository)
            try await withRegistry(.store(store), faults: [Self.slow]) { registry in
                try await RegistryFixture.withClient(port: registry.port, time: .system, configuration: configuration) {
                    client,
                    _ in
                    for _ in 0..<2 {
                        let read = try await client.withBlob(blob.descriptor, in: repository, from: 0) { stream in
                            var count = 0
                            while count < 3_000_000, let chunk = try await stream.next() {
                                count += chunk.readableBytes
                            }
                            return count
                        }
                        #expect(read >= 3_000_000)
                    }
                    // Cancelled while it waits for the network.
                    let (started, start) = AsyncStream<Void>.makeStream()
                    let task = Task {
                        try await client.withBlob(blob.descriptor, in: repository, from: 0) { stream in
                            while try await stream.next() != nil { start.yield() }
                        }
                    }
                    for await _ in started { break }
                    task.cancel()
                    await #expect(throws: (any Error).self) { try await task.value }
                }
            }
        }
    }
}
