import HTTPTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import Synchronization
import Testing

struct ReferrersTests {
    private let repository: RepositoryPath
    private let subject: Digest

    init() throws {
        repository = try RepositoryPath("org/app")
        subject = try RegistryFixture.blob([1]).digest
    }

    private func index(_ documents: ManifestDocument...) -> String {
        let entries = documents.map { document in
            #"{"mediaType":"\#(document.mediaType)","digest":"\#(document.digest)","size":\#(document.size)}"#
        }
        return #"{"schemaVersion":2,"manifests":[\#(entries.joined(separator: ","))]}"#
    }

    @Test func `reads the API page by page`() async throws {
        let (one, two) = (try RegistryFixture.manifest(annotation: "1"), try RegistryFixture.manifest(annotation: "2"))
        let (first, second) = (index(one), index(two))
        let script: ScriptedServer.Script = { request in
            request.query.isEmpty
                ? .init(200, [("Link", "<?page=2>; rel=\"next\"")], text: first) : .init(200, text: second)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let digests = try await client.referrers(of: subject, in: repository).map(\.digest)
            #expect(digests == [one.digest, two.digest])
            #expect(RegistryFixture.lines(server).first == "GET /v2/org/app/referrers/\(subject)")
        }
    }

    @Test(arguments: [400, 404, 405, 406, 501])
    func `falls back to the tag and remembers that`(status: Int) async throws {
        let one = try RegistryFixture.manifest()
        let list = index(one)
        let script: ScriptedServer.Script = { request in
            request.path.contains("/referrers/") ? .init(status, text: "404 page not found") : .init(200, text: list)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            for _ in 0..<2 {
                let digests = try await client.referrers(of: subject, in: repository).map(\.digest)
                #expect(digests == [one.digest])
            }
            let tag = "GET /v2/org/app/manifests/sha256-\(subject.hex)"
            #expect(RegistryFixture.lines(server) == ["GET /v2/org/app/referrers/\(subject)", tag, tag])
            // What one repository says does not count for another.
            _ = try await client.referrers(of: subject, in: RepositoryPath("org/other"))
            #expect(RegistryFixture.lines(server).dropFirst(3).first == "GET /v2/org/other/referrers/\(subject)")
        }
    }

    @Test(arguments: ["NAME_UNKNOWN", "MANIFEST_UNKNOWN", "NOT_FOUND"])
    func `has nothing where nothing is`(code: String) async throws {
        let script: ScriptedServer.Script = { _ in
            .init(404, text: #"{"errors":[{"code":"\#(code)"}]}"#)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            for _ in 0..<2 {
                let found = try await client.referrers(of: subject, in: repository)
                #expect(found.isEmpty)
            }
            // "No such repository" does not prove that there is no API.
            #expect(RegistryFixture.lines(server).count == 4)
        }
    }

    @Test func `passes a refusal on`() async throws {
        try await RegistryFixture.withRegistry({ _ in .init(403) }) { _, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.referrers(of: subject, in: repository)
            }
            #expect(error?.code == .denied)
        }
    }

    @Test func `keeps the fallback list when the registry does not`() async throws {
        let store = ManifestStore()
        let script: ScriptedServer.Script = { request in store.answer(request) }
        try await RegistryFixture.withRegistry(script) { server, client in
            let documents = try (0..<5).map { try RegistryFixture.manifest(subject: subject, annotation: "\($0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for document in documents {
                    group.addTask { try await client.writeManifest(document, to: repository, tag: nil) }
                }
                try await group.waitForAll()
            }
            try await client.writeManifest(documents[0], to: repository, tag: nil)
            let list = try #require(
                try await client.manifest(.tag(Tag(digest: subject)), in: repository)
            )
            let digests = list.manifest.children.map(\.digest)
            #expect(digests == documents.map(\.digest).sorted())
            #expect(list.manifest.children.allSatisfy { $0.artifactType == "application/x.test" })
            let puts = RegistryFixture.lines(server).filter { $0.hasPrefix("PUT /v2/org/app/manifests/sha256-") }
            #expect(puts.count == 5)
        }
    }

    @Test func `leaves the list to a registry that keeps it`() async throws {
        let script: ScriptedServer.Script = { [subject] _ in .init(201, [("OCI-Subject", subject.description)]) }
        try await RegistryFixture.withRegistry(script) { server, client in
            let document = try RegistryFixture.manifest(subject: subject)
            try await client.writeManifest(document, to: repository, tag: nil)
            #expect(RegistryFixture.lines(server) == ["PUT /v2/org/app/manifests/\(document.digest)"])
        }
    }
}

/// Stores manifests by the last part of the path.
private final class ManifestStore: Sendable {
    private let stored = Mutex<[String: [UInt8]]>([:])

    func answer(_ request: ReceivedRequest) -> ScriptedAnswer {
        stored.withLock { stored in
            if request.method == "PUT" {
                stored[request.path] = request.body
                return .init(201)
            }
            return stored[request.path].map { .init(200, body: $0) } ?? .init(404)
        }
    }
}
