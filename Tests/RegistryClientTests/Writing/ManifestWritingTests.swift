import HTTPTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import Testing

struct ManifestWritingTests {
    private let repository: RepositoryPath
    private let document: ManifestDocument

    init() throws {
        repository = try RepositoryPath("org/app")
        document = try RegistryFixture.manifest()
    }

    @Test(arguments: ["v1", nil] as [String?])
    func `puts the bytes as they are`(tag: String?) async throws {
        try await RegistryFixture.withRegistry({ _ in .init(201) }) { server, client in
            try await client.writeManifest(document, to: repository, tag: tag.map { try Tag($0) })
            let request = try #require(server.requests.last)
            #expect(
                RegistryFixture.lines(server) == ["PUT /v2/org/app/manifests/\(tag ?? document.digest.description)"]
            )
            #expect(request.body == document.bytes)
            #expect(request["content-type"] == "application/vnd.oci.image.manifest.v1+json")
        }
    }

    @Test func `tries again on faults`() async throws {
        let count = Counter()
        try await RegistryFixture.withRegistry({ _ in count.next() < 2 ? .init(500) : .init(201) }) { server, client in
            try await client.writeManifest(document, to: repository, tag: nil)
            #expect(server.requests.filter { $0.method == "PUT" }.allSatisfy { $0.body == document.bytes })
        }
    }

    @Test func `notices another digest in the answer`() async throws {
        let other = try RegistryFixture.manifest(annotation: "other").digest
        let script: ScriptedServer.Script = { _ in .init(201, [("Docker-Content-Digest", other.description)]) }
        try await RegistryFixture.withRegistry(script) { _, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeManifest(document, to: repository, tag: nil)
            }
            #expect(error?.code == .digestMismatch)
        }
    }

    @Test func `passes the registry's reason on`() async throws {
        let script: ScriptedServer.Script = { _ in
            .init(400, text: #"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown"}]}"#)
        }
        try await RegistryFixture.withRegistry(script) { _, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeManifest(document, to: repository, tag: nil)
            }
            #expect(error?.code == .refused)
            #expect(error?.message.contains("MANIFEST_BLOB_UNKNOWN: blob unknown") == true)
        }
    }
}
