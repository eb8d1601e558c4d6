import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import OpenSSLCrypto
import Testing

@testable import RegistryServer

@Suite("Writing to the server")
struct UploadTests {
    enum Kind: String, CaseIterable {
        case memory
        case folder
    }

    private func withServer(_ kind: Kind, _ body: (TestRegistry, RawHTTPClient) async throws -> Void) async throws {
        try await withTemporaryFolder { path in
            try await withRegistry(kind == .memory ? .memory : .folder(path)) { registry in
                try await body(registry, RawHTTPClient(port: registry.address.port))
            }
        }
    }

    private func begin(_ client: RawHTTPClient, _ repository: String = "a") async throws -> String {
        let answer = try await client.send("POST", "/v2/\(repository)/blobs/uploads/")
        #expect(answer.status == 202)
        #expect(answer.headers["range"] == "0-0")
        return try #require(answer.headers["location"])
    }

    @Test("POST and PUT", arguments: Kind.allCases)
    func monolithic(_ kind: Kind) async throws {
        try await withServer(kind) { registry, client in
            let blob = try TestBlob(seed: 1, size: 2_000_003)
            let digest = blob.descriptor.digest
            let location = try await begin(client)
            let answer = try await client.send("PUT", "\(location)?digest=\(digest)", body: blob.bytes)
            #expect(answer.status == 201)
            #expect(answer.headers["docker-content-digest"] == digest.description)
            #expect(answer.headers["location"] == "/v2/a/blobs/\(digest)")
            #expect(try await client.send("GET", "/v2/a/blobs/\(digest)").body == blob.bytes)
            #expect(try await client.send("GET", location).errorCode == "BLOB_UPLOAD_UNKNOWN")
            #expect(registry.traffic.counts.uploadsFinished == 1)
            #expect(registry.traffic.counts.uploadedBytes == 2_000_003)
        }
    }

    @Test("a whole blob in one POST", arguments: Kind.allCases)
    func singlePost(_ kind: Kind) async throws {
        try await withServer(kind) { _, client in
            let blob = try TestBlob(seed: 2, size: 70_000)
            let path = "/v2/a/blobs/uploads/?digest=\(blob.descriptor.digest)"
            #expect(try await client.send("POST", path, body: blob.bytes).status == 201)
            #expect(try await client.send("GET", "/v2/a/blobs/\(blob.descriptor.digest)").body == blob.bytes)
            #expect(try await client.send("GET", "/v2/b/blobs/\(blob.descriptor.digest)").status == 404)
        }
    }

    @Test("chunks, with their range checked", arguments: Kind.allCases)
    func chunks(_ kind: Kind) async throws {
        try await withServer(kind) { _, client in
            let blob = try TestBlob(seed: 3, size: 1_000_000)
            let location = try await begin(client)
            let first = try await client.send(
                "PATCH",
                location,
                headers: ["Content-Range": "0-599999"],
                body: Array(blob.bytes.prefix(600_000))
            )
            #expect(first.status == 202)
            #expect(first.headers["range"] == "0-599999")
            let status = try await client.send("GET", location)
            #expect(status.status == 204)
            #expect(status.headers["range"] == "0-599999")
            let gap = try await client.send("PATCH", location, headers: ["Content-Range": "700000-700000"], body: [1])
            #expect(gap.status == 416)
            #expect(gap.headers["range"] == "0-599999")
            let wrong = try await client.send("PATCH", location, headers: ["Content-Range": "600000-600009"], body: [1])
            #expect(wrong.errorCode == "BLOB_UPLOAD_INVALID")
            let rest = try await client.send("PATCH", location, body: Array(blob.bytes.dropFirst(600_000)))
            #expect(rest.headers["range"] == "0-999999")
            let end = try await client.send("PUT", "\(location)?digest=\(blob.descriptor.digest)")
            #expect(end.status == 201)
            #expect(try await client.send("GET", "/v2/a/blobs/\(blob.descriptor.digest)").body == blob.bytes)
        }
    }

    @Test("an upload goes on where the connection broke", arguments: Kind.allCases, ["PATCH", "PUT"])
    func resumes(_ kind: Kind, _ method: String) async throws {
        try await withServer(kind) { _, client in
            let blob = try TestBlob(seed: 4, size: 900_000)
            let location = try await begin(client)
            let torn = method == "PUT" ? "\(location)?digest=\(blob.descriptor.digest)" : location
            _ = try await client.send(
                method,
                torn,
                headers: ["Content-Length": "900000"],
                body: Array(blob.bytes.prefix(500_000))
            )
            let status = try await client.send("GET", location)
            let received = try #require(status.headers["range"]?.split(separator: "-").last.flatMap { Int($0) }) + 1
            #expect(received == 500_000)
            let end = try await client.send(
                "PUT",
                "\(location)?digest=\(blob.descriptor.digest)",
                headers: ["Content-Range": "\(received)-899999"],
                body: Array(blob.bytes.dropFirst(received))
            )
            #expect(end.status == 201)
            #expect(try await client.send("GET", "/v2/a/blobs/\(blob.descriptor.digest)").body == blob.bytes)
        }
    }

    @Test("wrong digests store nothing", arguments: Kind.allCases)
    func wrongDigest(_ kind: Kind) async throws {
        try await withServer(kind) { _, client in
            let blob = try TestBlob(seed: 5, size: 1000)
            let location = try await begin(client)
            let answer = try await client.send("PUT", "\(location)?digest=\(blob.descriptor.digest)", body: [1, 2, 3])
            #expect(answer.status == 400)
            #expect(answer.errorCode == "DIGEST_INVALID")
            #expect(try await client.send("HEAD", "/v2/a/blobs/\(blob.descriptor.digest)").status == 404)
            #expect(try await client.send("GET", location).status == 404)
            let other = try await begin(client)
            #expect(try await client.send("PUT", "\(other)?digest=sha256:12").errorCode == "DIGEST_INVALID")
            #expect(try await client.send("PUT", other).errorCode == "DIGEST_INVALID")
        }
    }

    @Test("sha512", arguments: Kind.allCases)
    func sha512(_ kind: Kind) async throws {
        try await withServer(kind) { _, client in
            let bytes = try TestBlob(seed: 6, size: 600_000).bytes
            let digest = try ContentHasher.digest(of: bytes, .sha512)
            let location = try await begin(client)
            #expect(try await client.send("PUT", "\(location)?digest=\(digest)", body: bytes).status == 201)
            #expect(try await client.send("GET", "/v2/a/blobs/\(digest)").body == bytes)
        }
    }

    @Test("uploads can be given up, and belong to their repository", arguments: Kind.allCases)
    func cancel(_ kind: Kind) async throws {
        try await withServer(kind) { _, client in
            let location = try await begin(client)
            let elsewhere = location.replacingOccurrences(of: "/v2/a/", with: "/v2/b/")
            #expect(try await client.send("GET", elsewhere).errorCode == "BLOB_UPLOAD_UNKNOWN")
            #expect(try await client.send("DELETE", location).status == 204)
            #expect(try await client.send("DELETE", location).status == 404)
            #expect(try await client.send("PATCH", location, body: [1]).errorCode == "BLOB_UPLOAD_UNKNOWN")
            #expect(try await client.send("PATCH", "/v2/a/blobs/uploads/..", body: [1]).status == 404)
        }
    }

    @Test("mounts", arguments: Kind.allCases)
    func mounts(_ kind: Kind) async throws {
        try await withServer(kind) { registry, client in
            let blob = try TestBlob(seed: 7, size: 1000)
            let digest = blob.descriptor.digest
            try await blob.write(to: registry.store, in: try RepositoryPath("from/here"))
            let done = try await client.send("POST", "/v2/a/blobs/uploads/?mount=\(digest)&from=from%2Fhere")
            #expect(done.status == 201)
            #expect(done.headers["location"] == "/v2/a/blobs/\(digest)")
            #expect(try await client.send("GET", "/v2/a/blobs/\(digest)").body == blob.bytes)
            let refused = try await client.send("POST", "/v2/b/blobs/uploads/?mount=\(digest)&from=not/here")
            #expect(refused.status == 202)
            #expect(refused.headers["location"]?.hasPrefix("/v2/b/blobs/uploads/") == true)
            #expect(registry.traffic.counts.mounts == 1)
            #expect(registry.traffic.counts.mountsAsked == 2)
        }
    }

    @Test("manifests", arguments: Kind.allCases)
    func manifests(_ kind: Kind) async throws {
        try await withServer(kind) { registry, client in
            let repository = try RepositoryPath("a")
            let image = try TestImage(subject: try TestImage(seed: 2).descriptor())
            let headers = ["Content-Type": image.manifest.mediaType.text]
            let bytes = image.manifest.bytes
            let early = try await client.send("PUT", "/v2/a/manifests/v1", headers: headers, body: bytes)
            #expect(early.status == 400)
            #expect(early.errorCode == "MANIFEST_BLOB_UNKNOWN")
            for blob in image.blobs { try await blob.write(to: registry.store, in: repository) }
            let stored = try await client.send("PUT", "/v2/a/manifests/v1", headers: headers, body: bytes)
            #expect(stored.status == 201)
            #expect(stored.headers["docker-content-digest"] == image.manifest.digest.description)
            #expect(stored.headers["oci-subject"] == image.manifest.manifest.subject?.digest.description)
            #expect(try await client.send("GET", "/v2/a/manifests/v1").body == bytes)

            let wrong = String(repeating: "0", count: 64)
            let mismatch = try await client.send(
                "PUT",
                "/v2/a/manifests/sha256:\(wrong)",
                headers: headers,
                body: bytes
            )
            #expect(mismatch.errorCode == "DIGEST_INVALID")
            let broken = try await client.send("PUT", "/v2/a/manifests/v2", headers: headers, body: Array("{}".utf8))
            #expect(broken.errorCode == "MANIFEST_INVALID")
            let huge = [UInt8](repeating: 32, count: (4 << 20) + 1)
            #expect(try await client.send("PUT", "/v2/a/manifests/v2", headers: headers, body: huge).status == 413)
        }
    }

    @Test("an index needs its children", arguments: Kind.allCases)
    func sparseIndex(_ kind: Kind) async throws {
        try await withServer(kind) { _, client in
            let index = try TestImage.index(of: [try TestImage(seed: 3).descriptor()])
            let answer = try await client.send("PUT", "/v2/a/manifests/v1", body: index.bytes)
            #expect(answer.errorCode == "MANIFEST_BLOB_UNKNOWN")
        }
        try await withRegistry(acceptsSparseIndexes: true) { registry in
            let index = try TestImage.index(of: [try TestImage(seed: 3).descriptor()])
            let client = RawHTTPClient(port: registry.address.port)
            #expect(try await client.send("PUT", "/v2/a/manifests/v1", body: index.bytes).status == 201)
        }
    }

    @Test("deletions", arguments: Kind.allCases)
    func deletions(_ kind: Kind) async throws {
        try await withServer(kind) { registry, client in
            let image = try TestImage()
            let repository = try RepositoryPath("a")
            try await image.write(to: registry.store, in: repository, tag: try Tag("v1"))
            try await registry.store.writeManifest(image.manifest, to: repository, tag: try Tag("v2"))
            #expect(try await client.send("DELETE", "/v2/a/manifests/v1").status == 202)
            #expect(try await client.send("GET", "/v2/a/manifests/v1").status == 404)
            #expect(try await client.send("GET", "/v2/a/manifests/v2").status == 200)
            #expect(try await client.send("DELETE", "/v2/a/manifests/\(image.manifest.digest)").status == 202)
            #expect(try await client.send("GET", "/v2/a/manifests/v2").status == 404)
            #expect(try await client.send("DELETE", "/v2/a/manifests/\(image.manifest.digest)").status == 404)
            let blob = "/v2/a/blobs/\(image.layers[0].descriptor.digest)"
            #expect(try await client.send("DELETE", blob).status == 202)
            #expect(try await client.send("GET", blob).status == 404)
            #expect(try await client.send("DELETE", blob).errorCode == "BLOB_UNKNOWN")
        }
    }

    @Test("a read-only registry takes nothing")
    func readOnly() async throws {
        try await withTemporaryFolder { path in
            let image = try TestImage()
            let store = try await FolderStore.open(at: path)
            try await image.write(to: store, in: try RepositoryPath("a"), tag: try Tag("v1"))
            try await store.close()
            var options = FolderStore.Options()
            options.isReadOnly = true
            try await withRegistry(.folder(path, options)) { registry in
                let client = RawHTTPClient(port: registry.address.port)
                #expect(try await client.send("GET", "/v2/a/manifests/v1").body == image.manifest.bytes)
                for (method, path) in [
                    ("POST", "/v2/a/blobs/uploads/"), ("PUT", "/v2/a/manifests/v1"), ("DELETE", "/v2/a/manifests/v1"),
                    ("DELETE", "/v2/a/blobs/\(image.config.descriptor.digest)"),
                ] {
                    let answer = try await client.send(method, path)
                    #expect(answer.status == 405)
                    #expect(answer.errorCode == "UNSUPPORTED")
                }
            }
        }
    }

    @Test("a client that waits for permission gets it")
    func expectContinue() async throws {
        try await withServer(.memory) { _, client in
            let blob = try TestBlob(seed: 8, size: 100)
            let answer = try await client.send(
                "POST",
                "/v2/a/blobs/uploads/?digest=\(blob.descriptor.digest)",
                headers: ["Expect": "100-continue"],
                body: blob.bytes
            )
            #expect(answer.interim == [100])
            #expect(answer.status == 201)
        }
    }
}
