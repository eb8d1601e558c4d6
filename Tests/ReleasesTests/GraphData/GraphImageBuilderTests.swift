import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import OpenSSLCrypto
import Testing

@testable import Releases

@Suite("Graph image: what is made of a base")
struct GraphImageBuilderTests {
    private let repository: Repository
    private let store = MemoryImages()

    init() throws {
        repository = try Repository("registry.test/team/base")
    }

    private func build(_ references: [ImageReference], platforms: [Platform] = []) async throws -> GeneratedImage {
        try await withTemporaryFolder { folder in
            let archive = try await GraphDataFixture.open(GraphDataFixture.archive(), in: folder)
            let base = try await GraphImageBase.read(references, platforms: platforms, from: store)
            return try GraphImageBuilder(layer: GraphLayer(archive, in: folder)).build(on: base)
        }
    }

    private func reference(_ digest: Digest) -> ImageReference {
        ImageReference(repository: repository, digest: digest)
    }

    private func config(_ image: GeneratedImage, _ index: Int = 1) throws -> [String: Any] {
        guard case .bytes(let bytes) = image.blobs[index].content else { throw CancellationError() }
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    private func failure(_ references: [ImageReference], platforms: [Platform] = []) async -> ReleasesError? {
        await #expect(throws: ReleasesError.self) { try await build(references, platforms: platforms) }
    }

    @Test("the same digests everywhere", arguments: [MediaType.ociManifest, .dockerManifest])
    func deterministic(_ type: MediaType) async throws {
        let base = try GraphDataFixture.image(seed: 1, mediaType: type)
        try await GraphDataFixture.write(base, to: store, in: repository.path)
        let image = try await build([reference(base.manifest.digest)])
        let again = try await build([reference(base.manifest.digest)])
        #expect(image.root.digest == again.root.digest)
        #expect(image.blobs.map(\.descriptor) == again.blobs.map(\.descriptor))
        #expect(image.blobs[0].descriptor.digest.description == Self.layerDigest)
        #expect(image.root.mediaType == .ociManifest)
        #expect(image.manifests == [image.root])
        guard case .image(let config, let layers) = image.root.manifest.content else { return }
        #expect(config.mediaType == .ociConfig && config.digest == image.blobs[1].descriptor.digest)
        #expect(layers.map(\.mediaType) == [.ociLayerGzip, .ociLayerGzip])
        #expect(layers.map(\.digest) == [base.layer.descriptor.digest, image.blobs[0].descriptor.digest])
        #expect(layers[0].annotations == ["kept": "yes"])
        #expect(image.root.manifest.annotations == ["also": "kept"])
    }

    /// Written down, so that a change of the format does not go unseen.
    static let layerDigest = "sha256:18d0a52aa5df11d480e687fa98ff47eef0be935a4edbbd1b61c11b2bf7e099f3"

    @Test("the config gets layer, history and command, and keeps the rest as it was")
    func config() async throws {
        let base = try GraphDataFixture.image(seed: 1)
        try await GraphDataFixture.write(base, to: store, in: repository.path)
        let image = try await build([reference(base.manifest.digest)])
        guard case .bytes(let bytes) = image.blobs[1].content else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        for kept in [
            #""x-exact":1.000000000000000000001"#, #""Env":["A=\u0041<&>"]"#,
            #""Interval":9007199254740993"#, #""created":"2025-01-02T03:04:05.123456789Z""#, #""x-null":null"#,
        ] {
            #expect(text.contains(kept), "\(kept) in \(text)")
        }
        let config = try config(image)
        let settings = try #require(config["config"] as? [String: Any])
        #expect(settings["Cmd"] as? [String] == GraphImageBuilder.command)
        #expect(settings["Entrypoint"] == nil && settings["cmd"] == nil)
        let history = try #require(config["history"] as? [[String: Any]])
        #expect(history.count == 2 && history[1]["created"] as? String == "2025-01-02T03:04:05.123456789Z")
        let diffIDs = try #require((config["rootfs"] as? [String: Any])?["diff_ids"] as? [String])
        #expect(diffIDs.count == 2)
    }

    @Test("a list is extended for each image, or for those of the wanted platforms; attestations go")
    func list() async throws {
        let amd = try GraphDataFixture.image(seed: 1, mediaType: .dockerManifest)
        let arm = try GraphDataFixture.image(seed: 2, architecture: "arm64")
        let attestation = try GraphDataFixture.image(seed: 3)
        for image in [amd, arm, attestation] { try await GraphDataFixture.write(image, to: store, in: repository.path) }
        let entries = [
            (amd.manifest, #"{"os":"linux","architecture":"amd64","os.version":"7"}"#),
            (arm.manifest, #"{"os":"linux","architecture":"arm64","variant":"v8"}"#),
            (attestation.manifest, #"{"os":"unknown","architecture":"unknown"}"#),
        ].map { manifest, platform in
            #"{"mediaType":"\#(manifest.mediaType)","digest":"\#(manifest.digest)","size":\#(manifest.size),"platform":\#(platform)}"#
        }
        let text =
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.dockerManifestList)","manifests":[\#(entries.joined(separator: ","))]}"#
        let list = try ManifestDocument(verifying: Array(text.utf8), contentType: nil, expected: nil)
        try await store.writeManifest(list, to: repository.path, tag: Tag("1"))

        let tagged = ImageReference(repository: repository, tag: try Tag("1"))
        let image = try await build([tagged])
        #expect(image.root.mediaType == .ociIndex && image.manifests.count == 3 && image.blobs.count == 3)
        #expect(
            try image.root.manifest.children.map(\.platform) == [Platform("linux/amd64"), Platform("linux/arm64/v8")]
        )
        #expect(String(decoding: image.root.bytes, as: UTF8.self).contains(#""os.version":"7""#))
        #expect(image.manifests.dropFirst().allSatisfy { $0.mediaType == .ociManifest })

        let missing = try Platform("linux/s390x")
        let one = try await build([tagged], platforms: [Platform("linux/arm64")])
        #expect(try one.root.manifest.children.map(\.platform) == [Platform("linux/arm64/v8")])
        #expect(await failure([tagged], platforms: [missing])?.code == .unusableGraphBase)

        // Two single images of different architectures make an index as well.
        let joined = try await build([reference(amd.manifest.digest), reference(arm.manifest.digest)])
        #expect(
            try joined.root.manifest.children.map(\.platform) == [Platform("linux/amd64"), Platform("linux/arm64")]
        )
    }

    @Test("refuses bases that cannot be extended")
    func refuses() async throws {
        let foreign = try GraphDataFixture.image(
            seed: 4,
            mediaType: .dockerManifest,
            layerType: MediaType.dockerForeignLayer.text
        )
        let strange = try GraphDataFixture.image(seed: 5, layerType: "application/x-strange")
        let lacking = try GraphDataFixture.image(seed: 6) { _ in #"{"os":"linux","architecture":"amd64"}"# }
        let broken = try GraphDataFixture.image(seed: 7) { _ in "{" }
        for (image, says) in [
            (foreign, "not distributable"), (strange, "unknown type"), (lacking, "each of its layers"),
            (broken, "no JSON"),
        ] {
            try await GraphDataFixture.write(image, to: store, in: repository.path)
            let error = await failure([reference(image.manifest.digest)])
            #expect(error?.code == .unusableGraphBase)
            #expect(error?.description.contains(says) == true, "\(String(describing: error))")
        }
        let absent = ImageReference(repository: repository, tag: try Tag("absent"))
        #expect(
            await failure([absent])?.description
                == "base of the graph image \(absent): it is not at its source; --graph-base-image names another one"
        )
        #expect(await failure([ImageReference(repository: repository)])?.code == .unusableGraphBase)
        #expect(await failure([])?.code == .unusableGraphBase)
    }
}
