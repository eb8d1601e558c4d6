import Archiving
import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Synchronization
import Testing

@testable import Releases

@Suite struct ReleasePayloadReaderTests {
    /// A layer as real ones below the top: of no interest.
    private func bottomLayer(_ content: UInt8 = 1) throws -> [UInt8] {
        try TarWriter.archive(compression: .gzip(level: 1)) { tar in
            try tar.addFile("usr/bin/cluster-version-operator", content: [UInt8](repeating: content, count: 30_000))
            try tar.addFile("usr/release-manifests/image-references", content: [1])
        }
    }

    private func zstandard(_ name: String) throws -> [UInt8] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Fixtures/\(name)"
        )
        return Array(try Data(contentsOf: file))
    }

    @Test(arguments: [TarCompression.none, .gzip(level: 6), .storedGzip])
    func readsTheTopLayerAlone(compression: TarCompression) async throws {
        let made = try HandMadePayload()
        let image = try made.image([bottomLayer(), HandMadePayload.topLayer(compression)])
        let payload = try await made.open(image)
        #expect(payload.image == image.digest)
        #expect(payload.version == "4.99.0")
        #expect(payload.architecture == "amd64")
        #expect(payload.components.map(\.name) == ["cli", "etcd"])
        #expect(payload.components[0].reference.description == "quay.example.com/dev/parts@\(HandMadePayload.digest)")
        #expect(payload.metadata?.previous == ["4.98.1"])
        #expect(payload.metadata?.url == "http://e.com")
        #expect(payload.kubeVirtImages.isEmpty)
        let layers = image.manifest.blobs.dropFirst().map(\.digest)
        #expect(!made.store.content.withLock { $0.reads }.contains(layers[0]))
    }

    @Test func readsZstandardLayers() async throws {
        let made = try HandMadePayload()
        let image = try made.image([zstandard("payload-layer.tar.zst")], type: .ociLayerZstd)
        #expect(try await made.open(image).components.map(\.name) == ["component1"])
    }

    private struct Layering: Sendable {
        let top: @Sendable (TarWriter) throws -> Void
        let names: [String]?
        let reads: Int
    }

    /// What a further layer over a complete payload does; how many layers are read; nil names: no payload any more.
    private static let layerings: [Layering] = [
        Layering(top: { try $0.addFile("etc/motd", content: [1]) }, names: ["cli", "etcd"], reads: 2),
        Layering(
            top: { try $0.addFile("release-manifests/image-references", content: HandMadePayload.references(["new"])) },
            names: ["new"],
            reads: 2
        ),
        Layering(
            top: { tar in
                try tar.addFile("release-manifests/release-metadata", content: HandMadePayload.metadata)
                try tar.addFile("release-manifests/image-references", content: HandMadePayload.references(["new"]))
            },
            names: ["new"],
            reads: 1
        ),
        Layering(top: { try $0.addFile("release-manifests/.wh.image-references", content: []) }, names: nil, reads: 2),
        Layering(top: { try $0.addFile(".wh.release-manifests", content: []) }, names: nil, reads: 1),
        Layering(top: { try $0.addFile(".wh..wh..opq", content: []) }, names: nil, reads: 1),
        Layering(top: { try $0.addFile("release-manifests", content: []) }, names: nil, reads: 1),
        Layering(
            top: { tar in
                try tar.addFile("release-manifests/image-references", content: HandMadePayload.references(["new"]))
                try tar.addFile("release-manifests/.wh..wh..opq", content: [])
            },
            names: ["new"],
            reads: 1
        ),
        Layering(
            top: { try $0.addLink("release-manifests/image-references", to: "elsewhere") },
            names: nil,
            reads: 2
        ),
        Layering(
            top: { tar in
                try tar.addFile("release-manifests/image-references", content: HandMadePayload.references(["old"]))
                try tar.addFile("release-manifests/image-references", content: HandMadePayload.references(["new"]))
            },
            names: ["new"],
            reads: 2
        ),
        Layering(
            top: { tar in
                try tar.addFile("release-manifests/release-metadata", content: HandMadePayload.references(["linked"]))
                let path = "release-manifests/image-references"
                try tar.addLink(path, to: "release-manifests/release-metadata", isHard: true)
                try tar.addFile("release-manifests/release-metadata", content: HandMadePayload.metadata)
            },
            names: ["linked"],
            reads: 1
        ),
    ]

    @Test(arguments: layerings.indices)
    func honoursLayersOnTop(index: Int) async throws {
        let layering = Self.layerings[index]
        let made = try HandMadePayload()
        let patch = try TarWriter.archive(compression: .gzip(level: 6), layering.top)
        let image = try made.image([HandMadePayload.topLayer(), patch])
        if let names = layering.names {
            #expect(try await made.open(image).components.map(\.name) == names)
        } else {
            #expect(await made.failure(image) == .fileMissing)
        }
        let layers = Set(image.manifest.blobs.dropFirst().map(\.digest))
        #expect(made.store.content.withLock { $0.reads }.filter { layers.contains($0) }.count == layering.reads)
    }

    @Test func readsFurtherLayersForWantedBootImagesOnly() async throws {
        let made = try HandMadePayload()
        let boot = HandMadePayload.bootImages(["x86_64": "quay.example.com/dev/virt@\(HandMadePayload.digest)"])
        let lower = try TarWriter.archive {
            try $0.addFile("release-manifests/\(BootImagesDocument.fileName)", content: boot)
        }
        let image = try made.image([lower, HandMadePayload.topLayer()])
        #expect(try await made.open(image).kubeVirtImages.isEmpty)
        let payload = try await made.open(image, kubeVirtKeys: ["x86_64"])
        #expect(payload.kubeVirtImages.map(\.name) == ["kube-virt-container"])
    }

    @Test(arguments: [
        (PayloadFiles.allDownTo(["image-references", "release-metadata"]), 1),
        (.allDownTo(["image-references", "b"]), 2),
        (.all, 2),
    ])
    func readsAllManifestsWithoutTheLayersBelow(files: PayloadFiles, reads: Int) async throws {
        let made = try HandMadePayload()
        let lower = try TarWriter.archive { try $0.addFile("release-manifests/b", content: [2]) }
        let image = try made.image([lower, HandMadePayload.topLayer(others: [("0000_90_y.json", [1])])])
        let found = try await ReleasePayloadReader().files(
            files,
            of: image,
            made.reference,
            in: made.repository,
            from: made.store
        )
        let names = ["0000_10_x.yaml", "0000_90_y.json"] + (reads == 2 ? ["b"] : []) + ["image-references"]
        #expect(found.keys.sorted() == names + ["release-metadata"])
        #expect(made.store.content.withLock { $0.reads }.count == reads)
    }

    @Test func givesAllFilesWhenAsked() async throws {
        let made = try HandMadePayload()
        let lower = try TarWriter.archive { tar in
            try tar.addFile("release-manifests/b", content: [2])
            try tar.addFile("release-manifests/0000_10_x.yaml", content: [3])
        }
        let image = try made.image([lower, HandMadePayload.topLayer()])
        let files = try await ReleasePayloadReader().files(
            .all,
            of: image,
            made.reference,
            in: made.repository,
            from: made.store
        )
        #expect(files.keys.sorted() == ["0000_10_x.yaml", "b", "image-references", "release-metadata"])
        #expect(files["0000_10_x.yaml"] == Array("x: 1\n".utf8))
        #expect(files["b"] == [2])
    }

    @Test func choosesTheChildForThePlatform() async throws {
        let made = try HandMadePayload()
        func image(_ architecture: String, _ name: String) throws -> ManifestDocument {
            let layer = try HandMadePayload.topLayer(references: HandMadePayload.references([name]))
            return try made.image([layer], config: #"{"architecture":"\#(architecture)"}"#)
        }
        let arm = try image("arm64", "arm")
        let intel = try image("amd64", "intel")
        let noise = try image("amd64", "noise")
        let index = try made.index([(noise, "unknown/unknown"), (arm, "linux/arm64"), (intel, "linux/amd64")])
        #expect(try await made.open(index).components.map(\.name) == ["intel"])
        #expect(try await made.open(index, platform: Platform("linux/arm64")).architecture == "arm64")
        // Neither is there: the first image.
        #expect(try await made.open(index, platform: Platform("linux/s390x")).components.map(\.name) == ["arm"])
        var nested = try made.index([(intel, nil)])
        for _ in 0..<4 { nested = try made.index([(nested, nil)]) }
        #expect(try await made.open(nested).components.map(\.name) == ["intel"])
        nested = try made.index([(nested, nil)])
        #expect(await made.failure(nested) == .indexTooDeep)
        #expect(await made.failure(try made.index([])) == .noImage)
        made.store.content.withLock { $0.manifests[made.repository]?[intel.digest] = nil }
        #expect(await made.failure(index) == .manifestMissing)
    }

    @Test func refusesWhatIsNoPayload() async throws {
        let made = try HandMadePayload()
        #expect(await made.failure(try made.image([bottomLayer()])) == .fileMissing)
        #expect(await made.failure(try made.image([])) == .fileMissing)
        #expect(await made.failure(try made.image([HandMadePayload.topLayer()], config: "{}")) == .invalidConfig)
        #expect(await made.failure(try made.image([HandMadePayload.topLayer()], config: "no")) == .invalidConfig)
    }

    /// Broken layers whose digests are right: the image is broken, not the way.
    @Test func refusesBrokenLayers() async throws {
        let made = try HandMadePayload()
        let layer = try HandMadePayload.topLayer()
        let plain = try HandMadePayload.topLayer(.none)
        for broken in [Array(layer[..<(layer.count / 2)]), Array(plain[..<1700]), Array("garbage".utf8), [0x1f, 0x8b]] {
            #expect(await made.failure(try made.image([broken])) == .invalidLayer)
        }
        let bomb = try TarWriter.archive(compression: .gzip(level: 9)) { tar in
            try tar.addFile("zeros", content: [UInt8](repeating: 0, count: 8 << 20))
        }
        var limits = ReleasePayloadLimits()
        limits.layer.decompressedBytes = 4 << 20
        #expect(await made.failure(try made.image([bomb]), limits: limits) == .invalidLayer)
    }

    @Test func boundsFiles() async throws {
        let made = try HandMadePayload()
        let image = try made.image([HandMadePayload.topLayer()])
        var limits = ReleasePayloadLimits()
        limits.fileBytes = 100
        #expect(await made.failure(image, limits: limits) == .fileTooLarge)
        limits = ReleasePayloadLimits()
        limits.totalBytes = HandMadePayload.references().count + 10
        #expect(await made.failure(image, limits: limits) == .fileTooLarge)
        limits = ReleasePayloadLimits()
        limits.paths = 1
        #expect(await made.failure(image, limits: limits) == .invalidLayer)
        limits = ReleasePayloadLimits()
        limits.configBytes = 10
        #expect(await made.failure(image, limits: limits) == .invalidConfig)
    }

    /// Bytes that changed on the way are an integrity failure, whatever they look like as an archive.
    @Test(arguments: [10, 200, -20])
    func noticesDamageOnTheWay(position: Int) async throws {
        let made = try HandMadePayload()
        let image = try made.image([HandMadePayload.topLayer()])
        made.damage(image.manifest.blobs[1].digest) { bytes in
            bytes[position >= 0 ? position : bytes.count + position] ^= 0x55
        }
        await #expect {
            _ = try await made.open(image)
        } throws: { error in
            (error as? ReleasesError)?.code == .storage && ContentFailureKind(of: error) == .integrity
        }
        made.damage(image.manifest.blobs[1].digest) { $0.removeLast() }
        await #expect {
            _ = try await made.open(image)
        } throws: { ContentFailureKind(of: $0) == .integrity }
    }

    @Test func noticesMissingBlobs() async throws {
        let made = try HandMadePayload()
        let image = try made.image([HandMadePayload.topLayer()])
        made.store.content.withLock { $0.blobs[made.repository]?[image.manifest.blobs[1].digest] = nil }
        await #expect {
            _ = try await made.open(image)
        } throws: { ContentFailureKind(of: $0) == .notFound }
    }

    @Test(arguments: [false, true])
    func opensSampleReleases(isMultiArchitecture: Bool) async throws {
        let store = MemoryImages()
        var options = SampleReleaseOptions(registry: try RegistryName("localhost:5000"))
        options.images = 5
        options.totalSize = 300_000
        options.isMultiArchitecture = isMultiArchitecture
        let sample = try await SampleRelease(options).publish(to: store)
        let repository = sample.payload.repository.path
        let digest = try #require(sample.payload.digest)
        let document = try #require(try await store.manifest(.digest(digest), in: repository))
        let payload = try await ReleasePayloadReader().open(
            document,
            of: sample.payload,
            in: repository,
            from: store,
            kubeVirtKeys: ["x86_64", "s390x"]
        )
        #expect(payload.version == "4.18.1")
        #expect(payload.architecture == "amd64")
        #expect(payload.components.map(\.reference) == sample.components.map(\.reference))
        #expect(payload.components.map(\.name) == sample.components.map(\.name))
        #expect(payload.metadata?.previous == ["4.18.0"])
        #expect(payload.kubeVirtImages.map(\.name) == ["kube-virt-container-x86_64"])
        #expect(payload.kubeVirtImages.map(\.reference) == sample.components.suffix(1).map(\.reference))
        #expect(payload.missingKubeVirtKeys == ["s390x"])
    }
}
