import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@testable import RegistryServer

@Suite("Reading from the server")
struct DownloadTests {
    private func withContent(
        _ body: (TestRegistry, RawHTTPClient, TestImage) async throws -> Void
    ) async throws {
        try await withRegistry { registry in
            let image = try TestImage(layers: [TestBlob(seed: 1, size: 1_300_000), TestBlob(seed: 2, size: 10)])
            try await image.write(to: registry.store, in: try RepositoryPath("team/app"), tag: try Tag("v1"))
            try await body(registry, RawHTTPClient(port: registry.address.port), image)
        }
    }

    @Test("the base endpoint")
    func base() async throws {
        try await withContent { _, client, _ in
            let answer = try await client.send("GET", "/v2/")
            #expect(answer.status == 200)
            #expect(answer.headers["docker-distribution-api-version"] == "registry/2.0")
            #expect(try await client.send("HEAD", "/v2/").body.isEmpty)
            #expect(try await client.send("DELETE", "/v2/").errorCode == "UNSUPPORTED")
            #expect(try await client.send("GET", "/").status == 404)
        }
    }

    @Test("manifests by tag and digest, GET and HEAD")
    func manifests() async throws {
        try await withContent { _, client, image in
            for reference in ["v1", image.manifest.digest.description] {
                let answer = try await client.send("GET", "/v2/team/app/manifests/\(reference)")
                #expect(answer.status == 200)
                #expect(answer.body == image.manifest.bytes)
                #expect(answer.headers["content-type"] == "application/vnd.oci.image.manifest.v1+json")
                #expect(answer.headers["docker-content-digest"] == image.manifest.digest.description)
                let head = try await client.send("HEAD", "/v2/team/app/manifests/\(reference)")
                #expect(head.status == 200)
                #expect(head.body.isEmpty)
                #expect(head.headers["content-length"] == String(image.manifest.size))
                #expect(head.headers["docker-content-digest"] == image.manifest.digest.description)
            }
            #expect(try await client.send("GET", "/v2/team/app/manifests/v2").errorCode == "MANIFEST_UNKNOWN")
            #expect(try await client.send("GET", "/v2/team/other/manifests/v1").errorCode == "NAME_UNKNOWN")
            #expect(try await client.send("HEAD", "/v2/team/app/manifests/v2").status == 404)
            #expect(try await client.send("HEAD", "/v2/team/app/manifests/v2").body.isEmpty)
        }
    }

    @Test("blobs, whole and in parts")
    func blobs() async throws {
        try await withContent { registry, client, image in
            let blob = image.layers[0]
            let path = "/v2/team/app/blobs/\(blob.descriptor.digest)"
            let whole = try await client.send("GET", path)
            #expect(whole.status == 200)
            #expect(whole.body == blob.bytes)
            #expect(whole.headers["accept-ranges"] == "bytes")
            let head = try await client.send("HEAD", path)
            #expect(head.headers["content-length"] == "1300000")
            #expect(head.body.isEmpty)

            let part = try await client.send("GET", path, headers: ["Range": "bytes=600000-1299998"])
            #expect(part.status == 206)
            #expect(part.headers["content-range"] == "bytes 600000-1299998/1300000")
            #expect(part.body == Array(blob.bytes[600_000..<1_299_999]))
            let tail = try await client.send("GET", path, headers: ["Range": "bytes=1299999-"])
            #expect(tail.body == Array(blob.bytes.suffix(1)))
            let outside = try await client.send("GET", path, headers: ["Range": "bytes=1300000-"])
            #expect(outside.status == 416)
            #expect(outside.headers["content-range"] == "bytes */1300000")

            let absent = String(repeating: "0", count: 64)
            #expect(try await client.send("GET", "/v2/team/app/blobs/sha256:\(absent)").errorCode == "BLOB_UNKNOWN")
            #expect(registry.traffic.counts.blobGets == 5)
            #expect(registry.traffic.counts.blobBytesSent == 1_300_000 + 699_999 + 1)
        }
    }

    @Test("tags in pages")
    func tags() async throws {
        try await withContent { registry, client, image in
            for name in ["v3", "v2", "a"] {
                try await registry.store.writeManifest(
                    image.manifest,
                    to: try RepositoryPath("team/app"),
                    tag: try Tag(name)
                )
            }
            let all = try await client.send("GET", "/v2/team/app/tags/list")
            #expect(all.text == #"{"name":"team/app","tags":["a","v1","v2","v3"]}"#)
            #expect(all.headers["link"] == nil)
            let first = try await client.send("GET", "/v2/team/app/tags/list?n=2")
            #expect(first.text == #"{"name":"team/app","tags":["a","v1"]}"#)
            #expect(first.headers["link"] == #"</v2/team/app/tags/list?last=v1&n=2>; rel="next""#)
            let second = try await client.send("GET", "/v2/team/app/tags/list?last=v1&n=2")
            #expect(second.text == #"{"name":"team/app","tags":["v2","v3"]}"#)
            #expect(second.headers["link"] == nil)
            #expect(
                try await client.send("GET", "/v2/team/app/tags/list?n=0").text == #"{"name":"team/app","tags":[]}"#
            )
            #expect(try await client.send("GET", "/v2/team/app/tags/list?n=x").status == 400)
            #expect(try await client.send("GET", "/v2/team/none/tags/list").errorCode == "NAME_UNKNOWN")
        }
    }

    @Test("the catalog in pages")
    func catalog() async throws {
        try await withContent { registry, client, image in
            for name in ["b", "a/b", "z"] {
                try await image.write(to: registry.store, in: try RepositoryPath(name), tag: try Tag("v1"))
            }
            let all = try await client.send("GET", "/v2/_catalog")
            #expect(all.text == #"{"repositories":["a/b","b","team/app","z"]}"#)
            let page = try await client.send("GET", "/v2/_catalog?n=2&last=a/b")
            #expect(page.text == #"{"repositories":["b","team/app"]}"#)
            #expect(page.headers["link"] == #"</v2/_catalog?last=team/app&n=2>; rel="next""#)
        }
    }

    @Test("referrers, all and of one type")
    func referrers() async throws {
        try await withContent { registry, client, image in
            let repository = try RepositoryPath("team/app")
            let signature = try TestImage(
                seed: 9,
                subject: try image.descriptor(),
                artifactType: "application/vnd.example.signature"
            )
            try await signature.write(to: registry.store, in: repository)
            let path = "/v2/team/app/referrers/\(image.manifest.digest)"
            let all = try await client.send("GET", path)
            #expect(all.status == 200)
            #expect(all.headers["content-type"] == "application/vnd.oci.image.index.v1+json")
            let index = try Manifest(decoding: all.body, contentType: nil)
            #expect(index.children.map(\.digest) == [signature.manifest.digest])
            #expect(index.children.first?.artifactType == "application/vnd.example.signature")
            let other = try await client.send("GET", "\(path)?artifactType=application%2Fvnd.example.other")
            #expect(other.headers["oci-filters-applied"] == "artifactType")
            #expect(try Manifest(decoding: other.body, contentType: nil).children.isEmpty)
            let none = try await client.send("GET", "/v2/team/app/referrers/\(signature.manifest.digest)")
            #expect(try Manifest(decoding: none.body, contentType: nil).children.isEmpty)
        }
    }

    @Test("a registry with users asks for one")
    func users() async throws {
        try await withRegistry(users: ["ann:secret"]) { registry in
            let client = RawHTTPClient(port: registry.address.port)
            let refused = try await client.send("GET", "/v2/")
            #expect(refused.status == 401)
            #expect(refused.errorCode == "UNAUTHORIZED")
            #expect(refused.headers["www-authenticate"] == #"Basic realm="ferry""#)
            let credentials = Data("ann:secret".utf8).base64EncodedString()
            #expect(
                try await client.send("GET", "/v2/", headers: ["Authorization": "Basic \(credentials)"]).status == 200
            )
            #expect(try await client.send("POST", "/v2/a/blobs/uploads/").status == 401)
        }
    }

    @Test("a connection that asks for nothing does not keep others out for ever", .timeLimit(.minutes(1)))
    func idleConnection() async throws {
        var options = RegistryServer.Options()
        options.idleTime = .milliseconds(200)
        options.maximumConnections = 1
        try await withRunningServer(MemoryStore(), options: options) { address in
            let client = RawHTTPClient(port: address.port)
            async let idle = client.stayIdle()
            #expect(try await client.send("GET", "/v2/").status == 200)
            let answer = try await idle
            #expect(answer.status == 0)
        }
    }

    @Test("an address in use is named")
    func addressInUse() async throws {
        try await withRegistry { registry in
            var options = RegistryServer.Options()
            options.port = registry.address.port
            let error = await #expect(throws: RegistryServerError.self) {
                try await withRunningServer(registry.store, options: options) { _ in }
            }
            #expect(error?.code == .cannotListen)
            #expect(error?.description.contains(String(registry.address.port)) == true)
        }
    }
}
