import HTTPTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import Testing

struct ManifestReadingTests {
    private let repository: RepositoryPath

    init() throws {
        repository = try RepositoryPath("org/app")
    }

    @Test func `reads by tag and by digest with the bytes as they are`() async throws {
        let document = try RegistryFixture.manifest()
        let script: ScriptedServer.Script = { _ in
            // A wrong type and a wrong digest header are hints that do not count.
            .init(
                200,
                [("Content-Type", "text/plain"), ("Docker-Content-Digest", "sha256:00")],
                body: document.bytes
            )
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            for reference in [ManifestReference.tag(try Tag("v1")), .digest(document.digest)] {
                let read = try await client.manifest(reference, in: repository)
                #expect(read?.bytes == document.bytes)
                #expect(read?.digest == document.digest)
                #expect(read?.mediaType == .ociManifest)
            }
            let accept = server.requests.last?["accept"] ?? ""
            #expect(MediaType.manifests.allSatisfy { accept.contains($0.text) })
            #expect(
                RegistryFixture.lines(server)
                    == ["GET /v2/org/app/manifests/v1", "GET /v2/org/app/manifests/\(document.digest)"]
            )
        }
    }

    @Test func `proves the digest`() async throws {
        let document = try RegistryFixture.manifest()
        let other = try RegistryFixture.manifest(annotation: "other")
        try await RegistryFixture.withRegistry({ _ in .init(200, body: other.bytes) }) { _, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.manifest(.digest(document.digest), in: repository)
            }
            #expect(error?.code == .digestMismatch)
            #expect(error?.kind == .integrity)
            // Reading back tells what is there.
            let digest = try await client.readBack(.digest(document.digest), in: repository)
            #expect(digest == other.digest)
        }
    }

    @Test func `takes "not there" for an answer`() async throws {
        try await RegistryFixture.withRegistry({ _ in .init(404, text: "{}") }) { _, client in
            let tag = ManifestReference.tag(try Tag("v1"))
            let document = try await client.manifest(tag, in: repository)
            #expect(document == nil)
            let digest = try await client.manifestDigest(tag, in: repository)
            #expect(digest == nil)
            let readBack = try await client.readBack(tag, in: repository)
            #expect(readBack == nil)
            let tags = try await client.tags(in: repository)
            #expect(tags.isEmpty)
        }
    }

    @Test func `refuses a manifest over the limit`() async throws {
        var configuration = RegistryClientConfiguration()
        configuration.maximumManifestSize = 100
        let document = try RegistryFixture.manifest()
        try await RegistryFixture.withRegistry(
            configuration: configuration,
            { _ in .init(200, body: document.bytes) }
        ) { _, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.manifest(.tag(Tag("v1")), in: repository)
            }
            #expect(error?.code == .tooLarge)
            #expect(error?.kind == .refused)
        }
    }

    @Test func `refuses the format of 2015 with a sentence`() async throws {
        try await RegistryFixture.withRegistry({ _ in .init(200, text: #"{"schemaVersion":1}"#) }) { _, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.manifest(.tag(Tag("v1")), in: repository)
            }
            #expect(error?.code == .unusableManifest)
            #expect(error?.description.contains("2015") == true)
        }
    }

    @Test(arguments: [nil, "sha256:short", "md5:00"] as [String?])
    func `reads the body when HEAD names no digest`(header: String?) async throws {
        let document = try RegistryFixture.manifest()
        let script: ScriptedServer.Script = { _ in
            .init(200, header.map { [("Docker-Content-Digest", $0)] } ?? [], body: document.bytes)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let digest = try await client.manifestDigest(.tag(Tag("v1")), in: repository)
            #expect(digest == document.digest)
            #expect(RegistryFixture.lines(server).map { $0.prefix(4) } == ["HEAD", "GET "])
        }
    }

    @Test func `believes a valid digest of HEAD`() async throws {
        let document = try RegistryFixture.manifest()
        let script: ScriptedServer.Script = { _ in
            .init(200, [("Docker-Content-Digest", document.digest.description)], body: document.bytes)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let digest = try await client.manifestDigest(.tag(Tag("v1")), in: repository)
            #expect(digest == document.digest)
            #expect(RegistryFixture.lines(server) == ["HEAD /v2/org/app/manifests/v1"])
        }
    }

    @Test func `reads tags page by page`() async throws {
        let script: ScriptedServer.Script = { request in
            switch request.query {
            case "n=1000":
                .init(
                    200,
                    [("Link", #"</v2/org/app/tags/list?last=b&n=2>; rel="next""#)],
                    text: #"{"tags":["c","b","-bad"]}"#
                )
            case "last=b&n=2": .init(200, [("Link", "<list?last=z>; rel=next")], text: #"{"tags":null}"#)
            default: .init(200, text: #"{"tags":["a","b"]}"#)
            }
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let tags = try await client.tags(in: repository).map(\.text)
            #expect(tags == ["a", "b", "c"])
            #expect(RegistryFixture.lines(server).last == "GET /v2/org/app/tags/list?last=z")
        }
    }

    @Test(arguments: ["</v2/org/app/tags/list?n=1000>; rel=next", "<http://192.0.2.1/>; rel=next"])
    func `does not follow pages for ever or elsewhere`(link: String) async throws {
        var configuration = RegistryClientConfiguration()
        configuration.maximumPages = 5
        try await RegistryFixture.withRegistry(
            configuration: configuration,
            { _ in .init(200, [("Link", link)], text: #"{"tags":["a"]}"#) }
        ) { server, client in
            let error = await #expect(throws: RegistryClientError.self) { try await client.tags(in: repository) }
            #expect(error?.code == .invalidAnswer)
            #expect(RegistryFixture.lines(server).count == 1)
        }
    }

    @Test func `bounds a list of many pages`() async throws {
        var configuration = RegistryClientConfiguration()
        configuration.maximumListSize = 100
        let pages = Counter()
        let script: ScriptedServer.Script = { _ in
            .init(200, [("Link", "<list?last=\(pages.next())>; rel=next")], text: #"{"tags":["a","bcd"]}"#)
        }
        try await RegistryFixture.withRegistry(configuration: configuration, script) { server, client in
            let error = await #expect(throws: RegistryClientError.self) { try await client.tags(in: repository) }
            #expect(error?.code == .tooLarge)
            #expect(RegistryFixture.lines(server).count == 6)
        }
    }
}
