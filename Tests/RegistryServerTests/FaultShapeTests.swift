import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import RegistryServer
import Testing

/// Each shape of a fault, as a client sees it that believes nothing.
@Suite("Shapes of faults of the test registry") struct FaultShapeTests {
    private let image: TestImage
    private let repository: RepositoryPath

    init() throws {
        image = try TestImage(seed: 4)
        repository = try RepositoryPath("a")
    }

    private func withRaw<Result: Sendable>(
        _ faults: [FaultRule],
        _ body: (RawHTTPClient, TestRegistry) async throws -> Result
    ) async throws -> Result {
        try await withRegistry(faults: faults) { registry in
            try await image.write(to: registry.store, in: repository, tag: Tag("v1"))
            return try await body(RawHTTPClient(port: registry.address.port), registry)
        }
    }

    @Test(
        "429 with Retry-After in seconds, as a date, without; JSON and HTML",
        arguments: FaultRule.Fault.RetryAfter.allCases,
        FaultRule.Fault.Body.allCases
    )
    func tooMany(_ delay: FaultRule.Fault.RetryAfter, _ body: FaultRule.Fault.Body) async throws {
        try await withRaw([FaultRule(.tooManyRequests(delay, body), on: .manifests)]) { client, _ in
            let answer = try await client.send("GET", "/v2/a/manifests/v1")
            #expect(answer.status == 429)
            switch delay {
            case .zeroSeconds: #expect(answer.headers["retry-after"] == "0")
            case .pastDate: #expect(answer.headers["retry-after"]?.hasSuffix("GMT") == true)
            case .none: #expect(answer.headers["retry-after"] == nil)
            }
            #expect(answer.errorCode == (body == .json ? "TOOMANYREQUESTS" : nil))
            #expect(answer.headers["content-type"]?.contains(body == .json ? "json" : "html") == true)
        }
    }

    @Test("413 comes before the body is read, for bodies over a size")
    func tooLarge() async throws {
        try await withRaw([FaultRule(.bodyTooLarge, on: .bodies(over: 1000))]) { client, _ in
            let digest = image.layers[1].descriptor.digest
            let answer = try await client.send(
                "POST",
                "/v2/b/blobs/uploads/?digest=\(digest)",
                headers: ["Content-Length": "70000"],
                body: Array(image.layers[1].bytes.prefix(10))
            )
            #expect(answer.status == 413)
            #expect(answer.text.contains("413 Request Entity Too Large"))
            let small = try await client.send("POST", "/v2/b/blobs/uploads/", body: [])
            #expect(small.status == 202)
        }
    }

    @Test("addresses of uploads", arguments: FaultRule.Fault.Location.allCases)
    func location(_ style: FaultRule.Fault.Location) async throws {
        let fault = FaultRule.Fault.location(style) { "registry.example" }
        try await withRaw([FaultRule(fault, on: .uploads)]) { client, _ in
            let location = try await client.send("POST", "/v2/b/blobs/uploads/").headers["location"] ?? ""
            switch style {
            case .relative: #expect(!location.isEmpty && !location.contains("/"))
            case .absolute: #expect(location.hasPrefix("http://registry.example/v2/b/blobs/uploads/"))
            case .withState: #expect(location.contains("?_state=") && location.hasSuffix("&a=b%2Fc"))
            }
        }
    }

    @Test("mounts refused in each way", arguments: [201, 202, 401, 403, 404, 405])
    func mounts(status: Int) async throws {
        let other = image.layers[0].descriptor.digest
        let fault: FaultRule.Fault = status == 201 ? .mountOfOther(other) : .mountRefused(status)
        try await withRaw([FaultRule(fault, on: .mounts)]) { client, registry in
            let blob = image.layers[1].descriptor
            let answer = try await client.send("POST", "/v2/b/blobs/uploads/?mount=\(blob.digest)&from=a")
            #expect(answer.status == status)
            #expect((answer.headers["location"] != nil) == (status == 202))
            if status == 201 { #expect(answer.headers["docker-content-digest"] == other.description) }
            let isThere = try await registry.store.containsBlob(blob, in: RepositoryPath("b"))
            #expect(!isThere)
        }
    }

    @Test("sessions that vanish, lists that lie, tags that stay")
    func answers() async throws {
        let faults = [
            FaultRule(.lostSession, on: .uploads.with(method: "GET")), FaultRule(.noReferrers, on: .referrers),
            FaultRule(.webPage, on: .tagLists), FaultRule(.immutableTag(412), on: .manifestPuts),
        ]
        try await withRaw(faults) { client, _ in
            let session = try await client.send("POST", "/v2/b/blobs/uploads/").headers["location"] ?? ""
            let lost = try await client.send("GET", session)
            #expect(lost.status == 404)
            #expect(lost.errorCode == "BLOB_UPLOAD_UNKNOWN")
            let referrers = try await client.send("GET", "/v2/a/referrers/\(image.manifest.digest)")
            #expect(referrers.text.contains(#""manifests":[]"#))
            let tags = try await client.send("GET", "/v2/a/tags/list")
            #expect(tags.status == 200)
            #expect(tags.text.hasPrefix("<html>"))
            let put = try await client.send("PUT", "/v2/a/manifests/v1", body: image.manifest.bytes)
            #expect(put.status == 412)
        }
    }

    @Test("a judge sees the manifest, and lets it pass or answers")
    func judge() async throws {
        let digest = image.manifest.digest
        let judge = FaultRule(
            .judge { $0.count > 100 ? .error(400, code: "MANIFEST_INVALID", message: "no") : nil },
            on: .manifestPuts
        )
        try await withRaw([judge]) { client, registry in
            let refused = try await client.send("PUT", "/v2/a/manifests/v2", body: image.manifest.bytes)
            #expect(refused.errorCode == "MANIFEST_INVALID")
            registry.faults.replace(with: [FaultRule(.judge { _ in nil }, on: .manifestPuts)])
            let taken = try await client.send("PUT", "/v2/a/manifests/v2", body: image.manifest.bytes)
            #expect(taken.status == 201)
            #expect(taken.headers["docker-content-digest"] == digest.description)
        }
    }

    @Test("sparse lists are refused or taken", arguments: [true, false])
    func sparse(accepted: Bool) async throws {
        let index = try TestImage.index(of: [image.descriptor()])
        try await withRegistry(acceptsSparseIndexes: accepted) { registry in
            let client = RawHTTPClient(port: registry.address.port)
            let answer = try await client.send("PUT", "/v2/a/manifests/list", body: index.bytes)
            #expect(answer.status == (accepted ? 201 : 400))
        }
    }

    @Test("a share of failures is spread over its kinds, and is as large as was asked")
    func random() async throws {
        try await withRaw(FaultRule.randomFailures(0.3, seed: 5)) { client, registry in
            for _ in 1...300 { _ = try await client.send("GET", "/v2/") }
            let statuses = await registry.traffic.settled().statuses
            let failed = [0, 500, 502, 503, 504].map { statuses[$0, default: 0] }
            #expect(failed.allSatisfy { $0 > 3 }, "\(statuses)")
            #expect((55...130).contains(failed.reduce(0, +)), "\(statuses)")
        }
    }
}
