import FerryTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import RegistryServer
import Testing

private typealias Tag = OCIModel.Tag

/// Writing manifests to registries with rules of their own.
struct WritingQuirkTests {
    private let image: TestImage
    private let repository: RepositoryPath
    private let tag: Tag

    init() throws {
        image = try TestImage(seed: 5)
        repository = try RepositoryPath("team/app")
        tag = try Tag("v1")
    }

    private func withClient<Result: Sendable>(
        _ faults: [FaultRule],
        _ body: (TestRegistry, RegistryClient) async throws -> Result
    ) async throws -> Result {
        try await withRegistry(faults: faults) { registry in
            try await RegistryFixture.withClient(port: registry.port) { client, _ in try await body(registry, client) }
        }
    }

    @Test(
        "A13.14 a refused type is named with the setting, nothing is converted or tried again",
        arguments: [(400, "MANIFEST_INVALID"), (415, "UNSUPPORTED"), (403, "UNSUPPORTED")]
    )
    func types(status: Int, code: String) async throws {
        let type = "application/vnd.x.attestation"
        let artifact = try TestImage(seed: 2, subject: image.descriptor(), artifactType: type)
        let refusal = FaultRule(
            .judge { bytes in
                String(decoding: bytes, as: UTF8.self).contains("attestation")
                    ? .error(status, code: code, message: "manifest invalid") : nil
            },
            on: .manifestPuts
        )
        try await withClient([refusal]) { registry, client in
            try await image.write(to: client, in: repository, tag: tag)
            let error = await #expect(throws: RegistryClientError.self) {
                try await artifact.write(to: client, in: repository)
            }
            let message = error?.message ?? ""
            #expect(message.contains("application/vnd.oci.image.manifest.v1+json"), "\(message)")
            #expect(message.contains("application/vnd.x.attestation"), "\(message)")
            #expect(message.contains("ALLOWED_OCI_ARTIFACT_TYPES"), "\(message)")
            let puts = await registry.traffic.settled().log.filter {
                $0.hasPrefix("PUT ") && $0.contains("/manifests/")
            }
            #expect(puts.count == 2, "\(puts)")
            let stored = try await registry.store.manifest(.tag(tag), in: repository)
            #expect(stored?.bytes == image.manifest.bytes)
        }
    }

    @Test("A13.17 the same manifest under an immutable tag counts as done", arguments: [400, 403, 405, 409, 412])
    func sameTag(status: Int) async throws {
        try await withClient([FaultRule(.immutableTag(status), on: .manifestPuts)]) { registry, client in
            try await image.write(to: registry.store, in: repository, tag: tag)
            try await client.writeManifest(image.manifest, to: repository, tag: tag)
            let counts = await registry.traffic.settled()
            #expect(counts.statuses[status] == 1)
            #expect(counts.manifestGets == 1)
        }
    }

    @Test("A13.17 another manifest under an immutable tag is refused in those words", arguments: [400, 409, 412])
    func otherTag(status: Int) async throws {
        let other = try TestImage(seed: 6)
        try await withClient([FaultRule(.immutableTag(status), on: .manifestPuts)]) { registry, client in
            try await other.write(to: registry.store, in: repository, tag: tag)
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeManifest(image.manifest, to: repository, tag: tag)
            }
            #expect(error?.code == .refused)
            #expect(error?.message.contains("its tags are immutable") == true, "\(error?.message ?? "")")
            #expect(await registry.traffic.settled().statuses[status] == 1)
        }
    }

    @Test(
        "A13.18 a manifest refused for blobs that are there is put again",
        arguments: [(404, "BLOB_UNKNOWN"), (400, "MANIFEST_BLOB_UNKNOWN"), (404, "MANIFEST_UNKNOWN")]
    )
    func late(status: Int, code: String) async throws {
        let late = FaultRule(
            .answer(.error(status, code: code, message: "blob unknown to registry")),
            on: .manifestPuts,
            when: .first(2)
        )
        try await withClient([late]) { registry, client in
            try await image.write(to: client, in: repository, tag: tag)
            let stored = try await registry.store.manifest(.tag(tag), in: repository)
            #expect(stored?.bytes == image.manifest.bytes)
            #expect(await registry.traffic.settled().blobHeads == 2 * image.blobs.count)
        }
    }

    @Test("A13.18 a blob that is really gone is named, without further tries")
    func gone() async throws {
        try await withClient([]) { registry, client in
            for blob in image.blobs.dropLast() { try await blob.write(to: client, in: repository) }
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeManifest(image.manifest, to: repository, tag: tag)
            }
            let lost = image.layers[1].descriptor.digest
            #expect(error?.message.contains("\(lost)") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("BLOB_UNKNOWN") == true, "\(error?.message ?? "")")
            #expect(await registry.traffic.settled().log.count { $0.contains("/manifests/") } == 1)
        }
    }

    @Test("A13.18 a registry that never sees the blobs ends in its own words, after three tries")
    func never() async throws {
        let never = FaultRule(.answer(.error(404, code: "BLOB_UNKNOWN", message: "blob unknown")), on: .manifestPuts)
        try await withClient([never]) { registry, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await image.write(to: client, in: repository, tag: tag)
            }
            #expect(error?.message.contains("BLOB_UNKNOWN") == true)
            #expect(error?.code == .refused)
            #expect(await registry.traffic.settled().log.count { $0.contains("/manifests/") } == 3)
        }
    }

    @Test("A13.18 a fault of the store behind the registry passes", arguments: [500, 502, 503, 504])
    func faults(status: Int) async throws {
        let bad = FaultRule(.status(status), on: .manifestPuts, when: .first(2))
        try await withClient([bad]) { registry, client in
            try await image.write(to: client, in: repository, tag: tag)
            #expect(await registry.traffic.settled().statuses[status] == 2)
        }
    }
}
