import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import RegistryClient
import RegistryServer
import Testing

/// Reading from registries whose answers lack or mistake things.
struct ReadingQuirkTests {
    private let image: TestImage
    private let repository: RepositoryPath

    init() throws {
        image = try TestImage(seed: 5)
        repository = try RepositoryPath("team/app")
    }

    private func withImage<Result: Sendable>(
        _ faults: [FaultRule],
        _ body: (TestRegistry, RegistryClient) async throws -> Result
    ) async throws -> Result {
        try await withRegistry(faults: faults) { registry in
            try await image.write(to: registry.store, in: repository, tag: Tag("v1"))
            return try await RegistryFixture.withClient(port: registry.port) { client, _ in
                try await body(registry, client)
            }
        }
    }

    @Test("A13.11 without a usable digest of HEAD the body tells", arguments: [nil, "", "sha256:zz", "md5:0123"])
    func digest(_ header: String?) async throws {
        try await withImage([FaultRule(.field("Docker-Content-Digest", header), on: .any)]) { registry, client in
            let digest = try await client.manifestDigest(.tag(Tag("v1")), in: repository)
            #expect(digest == image.manifest.digest)
            let manifest = try await client.manifest(.tag(Tag("v1")), in: repository)
            #expect(manifest?.bytes == image.manifest.bytes)
            let counts = await registry.traffic.settled()
            #expect(counts.manifestHeads == 1)
            #expect(counts.manifestGets == 2)
        }
    }

    @Test("A13.11 the digest of what was read is computed, whatever the header says")
    func wrongDigest() async throws {
        let other = try TestImage(seed: 6).manifest.digest
        let wrong = FaultRule(.field("Docker-Content-Digest", other.description), on: .manifests)
        try await withImage([wrong]) { _, client in
            let manifest = try await client.manifest(.tag(Tag("v1")), in: repository)
            #expect(manifest?.digest == image.manifest.digest)
        }
    }

    @Test("A13.12 the kind is seen from the body", arguments: [nil, "text/plain", "application/json", "text/html"])
    func contentType(_ type: String?) async throws {
        try await withImage([FaultRule(.field("Content-Type", type), on: .manifests)]) { registry, client in
            let manifest = try await client.manifest(.tag(Tag("v1")), in: repository)
            #expect(manifest?.mediaType == .ociManifest)
            #expect(manifest?.digest == image.manifest.digest)
            #expect(await registry.traffic.settled().manifestGets == 1)
        }
    }

    @Test(
        "A13.12 without a referrers API the list under the fallback tag serves",
        arguments: [404, 405, 406, 400, 501, 200]
    )
    func referrers(status: Int) async throws {
        let fault: FaultRule.Fault = status == 200 ? .webPage : .status(status)
        let referrer = try TestImage(seed: 7, subject: image.descriptor(), artifactType: "application/x.test")
        let list = try TestImage.index(of: [referrer.descriptor()])
        try await withImage([FaultRule(fault, on: .referrers)]) { registry, client in
            try await referrer.write(to: registry.store, in: repository)
            try await registry.store.writeManifest(
                list,
                to: repository,
                tag: Tag(digest: image.manifest.digest)
            )
            for _ in 1...3 {
                let found = try await client.referrers(of: image.manifest.digest, in: repository)
                #expect(found.map(\.digest) == [referrer.manifest.digest])
            }
            #expect(await registry.traffic.settled().lists == 1, "the API is not asked again")
        }
    }

    @Test("A13.13 a manifest over 4 MiB is refused when it is read, once, with the limit named")
    func largeManifest() async throws {
        let annotation = String(repeating: "x", count: 5 << 20)
        let large = try TestImage(seed: 8, annotations: ["text": annotation])
        try await withRegistry { registry in
            try await large.write(to: registry.store, in: repository, tag: Tag("v1"))
            try await RegistryFixture.withClient(port: registry.port) { client, _ in
                let error = await #expect(throws: RegistryClientError.self) {
                    try await client.manifest(.tag(Tag("v1")), in: repository)
                }
                #expect(error?.code == .tooLarge)
                #expect(error?.message.contains("4194304") == true || error?.message.contains("MiB") == true)
            }
            #expect(await registry.traffic.settled().manifestGets == 1)
        }
    }

    @Test("A13.19 tags come in pages, by links of either form", arguments: [true, false])
    func pages(isRelative: Bool) async throws {
        let box = PortBox()
        let paged = FaultRule(
            .rewrite { head in
                guard !isRelative, let link = head.fields["link"] else { return }
                head.fields["link"] = link.replacing("</v2", with: "<http://127.0.0.1:\(box.port)/v2")
            },
            on: .tagLists
        )
        try await withImage([paged]) { registry, client in
            box.set(registry.port)
            for number in 0..<1500 {
                try await registry.store.writeManifest(image.manifest, to: repository, tag: Tag("t\(number)"))
            }
            let tags = try await client.tags(in: repository)
            #expect(tags.count == 1501)
            #expect(await registry.traffic.settled().lists == 2)
        }
    }

    @Test("A13.19 names that no tag can have are left out")
    func badTags() async throws {
        let body = #"{"name":"team/app","tags":["v1","-bad","","sp ace","a/b","v1"]}"#
        let bad = FaultRule(.answer(.init(status: 200, body: body)), on: .tagLists)
        try await withImage([bad]) { _, client in
            let tags = try await client.tags(in: repository)
            #expect(tags.map(\.text) == ["v1"])
        }
    }

    @Test("A13.19 no list of tags is no tags, and no list of repositories is none", arguments: [404, 405, 501])
    func noList(status: Int) async throws {
        let isList = FaultRule.Target { $0.path.contains("/tags/list") || $0.path.contains("_catalog") }
        try await withImage([FaultRule(.status(status), on: isList)]) { registry, client in
            let tags = try await client.tags(in: repository)
            #expect(tags.isEmpty)
            let repositories = try await client.repositories()
            #expect(repositories == nil)
            #expect(await registry.traffic.settled().requests == 3, "\(registry.traffic.counts.log)")
        }
    }
}
