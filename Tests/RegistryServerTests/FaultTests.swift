import FerryTestSupport
import OCIModel
import Testing

@testable import RegistryServer

@Suite("Fault scripts of the test registry")
struct FaultTests {
    @Test("requests are spoilt as the rules say")
    func rules() async throws {
        let image = try TestImage(layers: [TestBlob(seed: 1, size: 1_000_000), TestBlob(seed: 2, size: 5000)])
        let (large, small) = (image.layers[0], image.layers[1])
        let faults = [
            FaultRule(.cutAnswer(afterBytes: 600_000), on: .blob(large.descriptor.digest), when: .numbers([2])),
            FaultRule(.corrupt(byteAt: 4321), on: .blob(small.descriptor.digest)),
            FaultRule(.status(503, retryAfter: 3), on: .manifests, when: .first(1)),
            FaultRule(.missing, on: .manifest(.tag(try Tag("gone")))),
            FaultRule(.cutRequest(afterBytes: 1000), on: .uploads),
        ]
        try await withRegistry(faults: faults) { registry in
            try await image.write(to: registry.store, in: try RepositoryPath("a"), tag: try Tag("v1"))
            let client = RawHTTPClient(port: registry.address.port)
            let path = "/v2/a/blobs/\(large.descriptor.digest)"
            #expect(try await client.send("GET", path).body == large.bytes)
            let cut = try await client.send("GET", path)
            #expect(cut.status == 200)
            #expect(!cut.isComplete)
            #expect(cut.body == Array(large.bytes.prefix(600_000)))
            #expect(try await client.send("GET", path).body == large.bytes)

            var wrong = small.bytes
            wrong[4321] = ~wrong[4321]
            #expect(try await client.send("GET", "/v2/a/blobs/\(small.descriptor.digest)").body == wrong)

            let busy = try await client.send("GET", "/v2/a/manifests/v1")
            #expect(busy.status == 503)
            #expect(busy.headers["retry-after"] == "3")
            #expect(try await client.send("GET", "/v2/a/manifests/v1").status == 200)
            #expect(try await client.send("GET", "/v2/a/manifests/gone").status == 404)

            let upload = try await client.send("POST", "/v2/a/blobs/uploads/?digest=sha256:0", body: small.bytes)
            #expect(upload.errorCode == "DIGEST_INVALID")
            let digest = small.descriptor.digest
            let torn = try await client.send("POST", "/v2/b/blobs/uploads/?digest=\(digest)", body: small.bytes)
            #expect(torn.status == 0)
            #expect(try await client.send("HEAD", "/v2/b/blobs/\(digest)").status == 404)

            let counts = await registry.traffic.settled()
            #expect(counts.blobGetsByDigest[large.descriptor.digest] == 3)
            #expect(counts.blobBytesSentByDigest[large.descriptor.digest] == 2_600_000)
            #expect(counts.statuses[503] == 1)
        }
    }

    @Test("a share is the same for the same seed")
    func share() {
        let rule = FaultRule(.missing, on: .any, when: .share(0.2, seed: 42))
        let again = FaultRule(.missing, on: .any, when: .share(0.2, seed: 42))
        let hits = (1...1000).filter { rule.applies(to: $0) }
        #expect(hits == (1...1000).filter { again.applies(to: $0) })
        #expect((150...250).contains(hits.count))
        #expect(
            hits != (1...1000).filter { FaultRule(.missing, on: .any, when: .share(0.2, seed: 43)).applies(to: $0) }
        )
    }
}
