import FerryTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import RegistryServer
import Testing

/// Uploads to registries that follow the protocol in their own way.
struct UploadQuirkTests {
    private let repository: RepositoryPath
    private let blob: TestBlob

    init() throws {
        repository = try RepositoryPath("team/app")
        blob = try TestBlob(seed: 3, size: 600_000)
    }

    /// Uploads the blob in two parts, and proves that it arrived whole.
    private func upload(_ faults: [FaultRule], in parts: Bool = true) async throws -> RegistryTraffic.Counts {
        try await withRegistry(faults: faults) { registry in
            try await RegistryFixture.withClient(port: registry.port) { client, _ in
                let opener = blob.opener
                let source = BlobOpener(pauses: parts ? [200_000] : []) { try await opener.withStream(from: $0, $1) }
                try await client.writeBlob(blob.descriptor, to: repository, from: source)
            }
            let stored = try await registry.store.withBlob(blob.descriptor, in: repository, from: 0) {
                try await RegistryFixture.collect($0)
            }
            #expect(stored == blob.bytes)
            return await registry.traffic.settled()
        }
    }

    @Test("A13.1 the last Location counts, in any form", arguments: FaultRule.Fault.Location.allCases)
    func location(_ style: FaultRule.Fault.Location) async throws {
        // The host of an absolute one is the client's own word for the registry.
        let host = PortBox()
        let fault = FaultRule(.location(style) { "127.0.0.1:\(host.port)" }, on: .uploads)
        try await withRegistry { registry in
            host.set(registry.port)
            registry.faults.replace(with: [fault])
            try await RegistryFixture.withClient(port: registry.port) { client, _ in
                let opener = blob.opener
                let source = BlobOpener(pauses: [200_000]) { try await opener.withStream(from: $0, $1) }
                try await client.writeBlob(blob.descriptor, to: repository, from: source)
            }
            let counts = await registry.traffic.settled()
            #expect(counts.uploadsStarted == 1)
            #expect(counts.uploadsFinished == 1)
            #expect(counts.uploadedBytes == blob.descriptor.size)
            if style == .withState {
                let states = counts.log.filter { $0.contains("_state=") }.map { $0.split(separator: "?")[1] }
                #expect(states.count >= 2)
                #expect(states.allSatisfy { $0.contains("%3D&a=b%2Fc") }, "the query is kept as it is: \(states)")
                #expect(Set(states.map { $0.prefix(43) }).count == states.count, "none is used twice: \(states)")
            }
        }
    }

    @Test("A13.2 any status of success is one", arguments: [200, 201, 204])
    func success(status: Int) async throws {
        let parts = FaultRule(.otherStatus(status), on: .uploads.with(method: "PATCH"))
        let counts = try await upload([parts])
        #expect(counts.statuses[status] != nil)
        #expect(counts.uploadedBytes == blob.descriptor.size)
        #expect(counts.uploadsStarted == 1)
    }

    @Test("A13.3 a wrong Range is a hint at most", arguments: ["nonsense", "", nil])
    func range(_ range: String?) async throws {
        let wrong = FaultRule(.field("Range", range), on: .uploads)
        let counts = try await upload([wrong])
        #expect(counts.uploadsFinished == 1)
        #expect(counts.uploadedBytes <= 2 * blob.descriptor.size)
        #expect(counts.requests < 20, "\(counts.log)")
    }

    @Test("A13.4 a broken part is asked about, and gone on with")
    func state() async throws {
        let cut = FaultRule(.cutRequest(afterBytes: 300_000), on: .uploads.with(method: "PUT"), when: .numbers([1]))
        let counts = try await upload([cut], in: false)
        #expect(counts.log.contains { $0.hasPrefix("GET ") && $0.contains("/blobs/uploads/") })
        #expect(counts.uploadsStarted == 1)
        #expect(counts.uploadedBytes < 2 * blob.descriptor.size)
    }

    @Test("A13.4 a session that is gone after a break is begun anew, this blob alone")
    func gone() async throws {
        let faults = [
            FaultRule(.cutRequest(afterBytes: 300_000), on: .uploads.with(method: "PUT"), when: .numbers([1])),
            FaultRule(.lostSession, on: .uploads.with(method: "GET")),
        ]
        let counts = try await upload(faults, in: false)
        #expect(counts.uploadsStarted == 2)
        #expect(counts.uploadsFinished == 1)
    }

    @Test("A13.5 a session lost behind a load balancer: the blob goes in one request")
    func lost() async throws {
        let lost = FaultRule(.lostSession, on: .uploads.with(method: "PUT"), when: .numbers([1]))
        let counts = try await upload([lost], in: false)
        #expect(counts.uploadsStarted == 2)
        #expect(counts.uploadsFinished == 1)
        #expect(counts.requests < 10, "\(counts.log)")
    }
}
