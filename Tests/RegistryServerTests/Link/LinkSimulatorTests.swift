import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer
import Testing

/// Times have a lower bound that holds always and an upper one that allows for a busy machine.
@Suite("Simulated links", .serialized)
struct LinkSimulatorTests {
    private static let size = 4_000_000
    private let blob: TestBlob
    private let path: String

    init() throws {
        blob = try TestBlob(seed: 7, size: Self.size)
        path = "/v2/a/blobs/\(blob.descriptor.digest)"
    }

    /// Runs `body` with a link before a registry that holds the blob.
    private func withBlob<Result: Sendable>(
        _ settings: LinkSettings,
        _ body: (LinkSimulator, TestRegistry) async throws -> Result
    ) async throws -> Result {
        try await withRegistry { registry in
            try await blob.write(to: registry.store, in: RepositoryPath("a"))
            return try await withLink(to: registry.address.port, settings) { try await body($0, registry) }
        }
    }

    /// The fewest seconds that something takes; more tries are made as long as a busy machine takes more than a limit.
    private func fastest(within limit: Double, _ body: () async throws -> Void) async throws -> Double {
        var fastest = Double.infinity
        for _ in 0..<20 where fastest > limit {
            let begin = ContinuousClock.now
            try await body()
            fastest = min(fastest, begin.duration(to: .now) / .seconds(1))
        }
        return fastest
    }

    @Test("carries both directions unchanged and counts them")
    func carries() async throws {
        try await withBlob(LinkSettings()) { link, _ in
            let client = RawHTTPClient(port: link.port)
            let pulled = try await client.send("GET", path)
            #expect(pulled.body == blob.bytes)
            let upload = "/v2/b/blobs/uploads/?digest=\(blob.descriptor.digest)"
            let pushed = try await client.send("POST", upload, body: blob.bytes)
            #expect(pushed.status == 201)
            let counts = link.counts
            #expect(counts.connections == 2)
            #expect(counts.requests == 2)
            #expect(counts.cuts == 0)
            let heads: ClosedRange<Int64> = 100...2000
            #expect(heads.contains(counts.bytesToClients - Int64(Self.size)), "\(counts)")
            #expect(heads.contains(counts.bytesToServer - Int64(Self.size)), "\(counts)")
        }
    }

    @Test("a request of a new connection costs two round trips", arguments: [100, 250])
    func roundTrip(milliseconds: Int) async throws {
        try await withBlob(LinkSettings(roundTrip: .milliseconds(milliseconds))) { link, _ in
            let client = RawHTTPClient(port: link.port)
            let expected = 2 * Double(milliseconds) / 1000
            // A third trip would be half as much again.
            let seconds = try await fastest(within: 1.4 * expected) {
                let answer = try await client.send("GET", "/v2/")
                #expect(answer.status == 200)
            }
            #expect(seconds >= expected - 0.001)
            #expect(seconds <= 1.4 * expected)
        }
    }

    @Test("the rate holds in each direction, with a long line too", arguments: [0, 100])
    func rate(milliseconds: Int) async throws {
        let settings = LinkSettings(roundTrip: .milliseconds(milliseconds), rate: 4_000_000)
        try await withBlob(settings) { link, _ in
            let client = RawHTTPClient(port: link.port)
            let trips = 2 * Double(milliseconds) / 1000
            let down = try await fastest(within: 1.15 + trips) {
                let answer = try await client.send("GET", path)
                #expect(answer.body == blob.bytes)
            }
            #expect(down - trips >= 0.98 && down - trips <= 1.15, "\(down)")
            let upload = "/v2/b/blobs/uploads/?digest=\(blob.descriptor.digest)"
            let up = try await fastest(within: 1.15 + trips) {
                let answer = try await client.send("POST", upload, body: blob.bytes)
                #expect(answer.status == 201)
            }
            #expect(up - trips >= 0.98 && up - trips <= 1.15, "\(up)")
        }
    }

    @Test("connections share the whole rate and have one of their own")
    func connectionRate() async throws {
        let settings = LinkSettings(rate: 10_000_000, connectionRate: 4_000_000)
        try await withBlob(settings) { link, _ in
            let client = RawHTTPClient(port: link.port)
            let one = try await fastest(within: 1.15) { _ = try await client.send("GET", path) }
            #expect(one >= 0.98 && one <= 1.15, "\(one)")
            // Five at once would be 20 MB/s by their own rates.
            let all = try await fastest(within: 2.3) {
                let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<5 { group.addTask { try await client.send("GET", path).body.count } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(sizes == Array(repeating: Self.size, count: 5))
            }
            #expect(all >= 1.96 && all <= 2.3, "\(all)")
        }
    }

    @Test("closes each connection behind its last byte")
    func cuts() async throws {
        try await withBlob(LinkSettings(cutAfter: 1_500_000)) { link, _ in
            let client = RawHTTPClient(port: link.port)
            for number in 1...2 {
                let answer = try await client.send("GET", path)
                #expect(!answer.isComplete)
                #expect(answer.body == Array(blob.bytes.prefix(answer.body.count)))
                let counts = link.counts
                #expect(counts.bytesToClients + counts.bytesToServer == Int64(number) * 1_500_000)
                #expect(counts.cuts == number)
            }
            #expect(try await client.send("GET", "/v2/").status == 200)
            #expect(link.counts.cuts == 2)
        }
    }

    @Test("a sender that is too fast waits: the line holds little")
    func backPressure() async throws {
        let large = try TestBlob(seed: 8, size: 64_000_000)
        try await withRegistry { registry in
            try await large.write(to: registry.store, in: RepositoryPath("a"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (ports, port) = AsyncStream<Int>.makeStream()
                group.addTask {
                    for await port in ports {
                        let answer = try await RawHTTPClient(port: port)
                            .send("GET", "/v2/a/blobs/\(large.descriptor.digest)")
                        #expect(!answer.isComplete)
                    }
                }
                try await withLink(to: registry.address.port, LinkSettings(rate: 200_000)) { link in
                    port.yield(link.port)
                    port.finish()
                    while link.counts.bytesToClients < 100_000 { await Task.yield() }
                }
                try await group.waitForAll()
            }
            // What the server got rid of lies in the buffers of the system and the short one of the line.
            while registry.traffic.counts.requests == 0 { await Task.yield() }
            #expect(registry.traffic.counts.blobBytesSent < 20_000_000, "\(registry.traffic.counts.blobBytesSent)")
        }
    }
}
