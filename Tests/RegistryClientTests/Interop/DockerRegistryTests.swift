import FerryTestSupport
import HTTPTransport
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto
import RegistryClient
import Testing

@Suite(.enabled(if: toolPath("docker-registry") != nil, "docker-registry is not installed"))
struct DockerRegistryTests {
    @Test func `takes and gives an image`() async throws {
        let repository = try RepositoryPath("org/app")
        let other = try RepositoryPath("org/other")
        let layer = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let config = Array("{}".utf8)
        let (layerBlob, configBlob) = (try RegistryFixture.blob(layer), try RegistryFixture.blob(config))
        let text =
            #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"#
            + #""application/vnd.oci.image.config.v1+json","digest":"\#(configBlob.digest)","size":2},"layers":[{"#
            + #""mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"\#(layerBlob.digest)","#
            + #""size":\#(layer.count)}]}"#
        let document = try ManifestDocument(verifying: Array(text.utf8), contentType: nil, expected: nil)
        let tag = try Tag("v1")
        try await withDockerRegistry { name in
            try await RegistryFixture.withClient(port: #require(name.port), time: .system) { client, transport in
                try await client.ping()
                #expect(try await client.tags(in: repository).isEmpty)
                #expect(try await client.containsBlob(layerBlob, in: repository) == false)
                #expect(try await client.manifest(.tag(tag), in: repository) == nil)

                try await client.writeBlob(layerBlob, to: repository, from: RegistryFixture.opener(layer))
                try await client.writeBlob(configBlob, to: repository, from: RegistryFixture.opener(config))
                #expect(try await client.containsBlob(layerBlob, in: repository))
                try await client.writeManifest(document, to: repository, tag: tag)

                #expect(try await client.readBack(.tag(tag), in: repository) == document.digest)
                #expect(try await client.manifestDigest(.tag(tag), in: repository) == document.digest)
                #expect(try await client.manifest(.digest(document.digest), in: repository)?.bytes == document.bytes)
                #expect(try await client.tags(in: repository) == [tag])
                for offset in [0, 1_234_567] as [Int64] {
                    let read = try await client.withBlob(layerBlob, in: repository, from: offset) { stream in
                        try await RegistryFixture.collect(stream)
                    }
                    #expect(read == Array(layer.dropFirst(Int(offset))))
                }

                #expect(try await client.mountBlob(layerBlob, from: repository, to: other))
                #expect(try await client.containsBlob(layerBlob, in: other))
                let missing = try RegistryFixture.blob([9])
                #expect(try await client.mountBlob(missing, from: repository, to: other) == false)
                try await client.writeBlob(missing, to: other, from: RegistryFixture.opener([9]))
                #expect(try await client.containsBlob(missing, in: other))

                let empty = try RegistryFixture.blob([])
                try await client.writeBlob(empty, to: other, from: RegistryFixture.opener([]))

                #expect(try await client.referrers(of: document.digest, in: repository).isEmpty)
                let sent = transport.counters.bytesSent
                #expect(sent == Int64(layer.count + config.count + 1 + document.bytes.count))
            }
        }
    }

    @Test func `keeps the referrers of a registry without an API`() async throws {
        let repository = try RepositoryPath("org/app")
        try await withDockerRegistry { name in
            try await RegistryFixture.withClient(port: #require(name.port), time: .system) { client, _ in
                let empty = Array("{}".utf8)
                try await client.writeBlob(
                    RegistryFixture.blob(empty),
                    to: repository,
                    from: RegistryFixture.opener(empty)
                )
                let image = try RegistryFixture.manifest(annotation: "image")
                try await client.writeManifest(image, to: repository, tag: nil)
                let signature = try RegistryFixture.manifest(subject: image.digest)
                try await client.writeManifest(signature, to: repository, tag: nil)
                let referrers = try await client.referrers(of: image.digest, in: repository)
                #expect(referrers.map(\.digest) == [signature.digest])
                #expect(referrers.first?.artifactType == "application/x.test")
            }
        }
    }

    @Test func `refuses a manifest whose blobs are missing and says why`() async throws {
        try await withDockerRegistry { name in
            try await RegistryFixture.withClient(port: #require(name.port), time: .system) { client, _ in
                let error = await #expect(throws: RegistryClientError.self) {
                    try await client.writeManifest(RegistryFixture.manifest(), to: RepositoryPath("a"), tag: nil)
                }
                #expect(error?.code == .refused)
                #expect(error?.message.contains("MANIFEST_BLOB_UNKNOWN") == true)
            }
        }
    }
}
