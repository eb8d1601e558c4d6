import Foundation
import OCIModel
import SeededRandom
import Testing

@testable import ClusterResources

@Suite("Mirror set files")
struct MirrorSetFilesTests {
    private let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    private func texts(_ images: [MirroredImage], limitsNestedPaths: Bool = false) throws -> [String] {
        try MirrorSetFiles.make(for: images, limitsNestedPaths: limitsNestedPaths, author: SampleImages.author)
            .map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test("The files are the golden files, byte for byte, in any order of the images", arguments: 0..<8)
    func golden(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let images = try SampleImages.mixed().shuffled(using: &generator)
        let files = try MirrorSetFiles.make(for: images, author: SampleImages.author)
        #expect(files.map(\.name) == ["idms-oc-mirror.yaml", "itms-oc-mirror.yaml"])
        for file in files {
            let golden = try Data(contentsOf: fixtures.appending(path: "golden/\(file.name)"))
            #expect(String(decoding: file.bytes, as: UTF8.self) == String(decoding: golden, as: UTF8.self))
        }
    }

    @Test("No images make no files, and a kind without rules makes none")
    func emptyKinds() throws {
        #expect(try texts([]).isEmpty)
        let byTag = [try SampleImages.image("quay.io/a/b:1", "m.lab/a/b")]
        #expect(try MirrorSetFiles.make(for: byTag, author: SampleImages.author).map(\.name) == ["itms-oc-mirror.yaml"])
        let byDigest = [try SampleImages.image("quay.io/a/b@\(SampleImages.digest("a"))", "m.lab/a/b")]
        #expect(
            try MirrorSetFiles.make(for: byDigest, author: SampleImages.author).map(\.name) == ["idms-oc-mirror.yaml"]
        )
    }

    @Test(
        "The origin's form decides the kinds of rule",
        arguments: [
            ("quay.io:443/a/b@D", ImageGroup.generic, true, false),
            ("quay.io/a/b:1@D", .generic, true, true),
            ("quay.io/a/b:1", .generic, false, true),
            ("quay.io/a/b:1", .operator, false, true),
            ("quay.io/a/b:1", .releaseContent, false, true),
            ("quay.io/a/b:1", .releasePayload, true, true),
            ("quay.io/a/b@D", .releasePayload, true, false),
        ]
    )
    func kinds(origin: String, group: ImageGroup, digest: Bool, tag: Bool) throws {
        let origin = origin.replacing("D", with: SampleImages.digest("b"))
        let image = try SampleImages.image(origin, "m.lab/a/b", group)
        #expect(image.mirrorSetKinds.contains(.digest) == digest)
        #expect(image.mirrorSetKinds.contains(.tag) == tag)
    }

    @Test(
        "A kept path has the scope of its namespace, any other of one repository",
        arguments: [
            // origin, destination, limit on nested paths, source, mirror
            ("quay.io/acme/app:1", "m.lab:5000/ns/acme/app", false, "quay.io/acme", "m.lab:5000/ns/acme"),
            ("quay.io/acme/app:1", "m.lab:5000/acme/app", false, "quay.io/acme", "m.lab:5000/acme"),
            ("quay.io/app:1", "m.lab:5000/app", false, "quay.io", "m.lab:5000"),
            ("quay.io/app:1", "m.lab:5000/ns/app", false, "quay.io", "m.lab:5000/ns"),
            ("quay.io/a/b/c/d:1", "m.lab/x/a/b/c/d", false, "quay.io/a/b/c", "m.lab/x/a/b/c"),
            // The end of a component counts as text, as long as the last component is whole.
            ("quay.io/acme/app:1", "m.lab/myacme/app", false, "quay.io/acme", "m.lab/myacme"),
            ("quay.io/app:1", "m.lab/ns/my-app", false, "quay.io/app", "m.lab/ns/my-app"),
            ("quay.io/acme/app:1", "m.lab/other/app", false, "quay.io/acme/app", "m.lab/other/app"),
            ("quay.io/acme/app:1", "m.lab/ns/acme/app", true, "quay.io/acme/app", "m.lab/ns/acme/app"),
            ("quay.io/acme/app:1", "m.lab/ns/acme-app", true, "quay.io/acme/app", "m.lab/ns/acme-app"),
            ("nginx:1", "m.lab/ns/nginx", false, "docker.io/library/nginx", "m.lab/ns/nginx"),
            ("docker.io/library/nginx:1", "m.lab/ns/library/nginx", false, "docker.io/library", "m.lab/ns/library"),
        ]
    )
    func scope(origin: String, destination: String, limits: Bool, source: String, mirror: String) throws {
        let text = try #require(
            texts([SampleImages.image(origin, destination)], limitsNestedPaths: limits).first
        )
        #expect(text.hasSuffix("  - mirrors:\n    - \(mirror)\n    source: \(source)\n"))
    }

    @Test("Several destinations of one source are all listed, sorted, once")
    func severalMirrors() throws {
        let images = [
            try SampleImages.image("quay.io/a/b:1", "m.lab/z/b"),
            try SampleImages.image("quay.io/a/b:2", "m.lab/c/b"),
            try SampleImages.image("quay.io/a/b:3", "m.lab/c/b"),
        ]
        let text = try #require(texts(images).first)
        #expect(text.hasSuffix("  - mirrors:\n    - m.lab/c/b\n    - m.lab/z/b\n    source: quay.io/a/b\n"))
    }

    @Test("An origin without tag and digest is refused")
    func originWithoutVersion() throws {
        let images = [try SampleImages.image("quay.io/a/b", "m.lab/a/b")]
        let error = #expect(throws: ClusterResourcesError.self) { try texts(images) }
        #expect(error?.code == .originWithoutVersion)
        #expect(error?.description.contains("quay.io/a/b") == true)
    }

    @Test("An IPv6 address is refused, for clusters refuse it", arguments: [true, false])
    func hostOfAddress(isOrigin: Bool) throws {
        let image =
            isOrigin
            ? try SampleImages.image("[fd00::1]:5000/a/b:1", "m.lab/a/b")
            : try SampleImages.image("quay.io/a/b:1", "[fd00::1]:5000/a/b")
        let error = #expect(throws: ClusterResourcesError.self) { try texts([image]) }
        #expect(error?.code == .unsupportedHost)
    }

    @Test("Two images that claim one tag at the destination are refused, in any order", arguments: [false, true])
    func contradictoryDestination(isReversed: Bool) throws {
        let images = [
            try SampleImages.image("quay.io/a/b@\(SampleImages.digest("a"))", "m.lab/a/b", tags: ["1"]),
            try SampleImages.image("docker.io/a/b:1", "m.lab/a/b", tags: ["1"], digest: SampleImages.digest("b")),
        ]
        let error = #expect(throws: ClusterResourcesError.self) {
            try texts(isReversed ? images.reversed() : images)
        }
        #expect(error?.code == .contradictoryImages)
        #expect(error?.description.hasPrefix("m.lab/a/b:1 would mean two different images, docker.io/a/b:1 (") == true)
    }

    @Test("One tag that two mirrors answer with different content is refused")
    func contradictoryTag() throws {
        let images = [
            try SampleImages.image("quay.io/a/b:1", "m.lab/a/b", tags: ["1"], digest: SampleImages.digest("a")),
            try SampleImages.image("quay.io/a/b:1@\(SampleImages.digest("b"))", "m.lab/c/b", tags: ["1"]),
        ]
        let error = #expect(throws: ClusterResourcesError.self) { try texts(images) }
        #expect(error?.code == .contradictoryImages)
    }

    @Test("The same content under several names is no contradiction")
    func sameContent() throws {
        let digest = SampleImages.digest("a")
        let images = [
            try SampleImages.image("quay.io/a/b:1", "m.lab/a/b", tags: ["1"], digest: digest),
            try SampleImages.image("docker.io/a/b:1", "m.lab/a/b", tags: ["1"], digest: digest),
            try SampleImages.image("quay.io/a/b:1", "m.lab/c/b", tags: ["1"], .operator, digest: digest),
        ]
        #expect(try texts(images).count == 1)
    }
}
