import OCIModel
import SeededRandom
import Testing

@testable import ClusterResources

/// Every image that was mirrored is found, by tag and by digest, through the rules alone.
@Suite("Pulls through the mirror sets")
struct PullResolutionTests {
    private func expectResolution(of images: [MirroredImage], limitsNestedPaths: Bool = false) throws {
        let files = try MirrorSetFiles.make(
            for: images,
            limitsNestedPaths: limitsNestedPaths,
            author: SampleImages.author
        )
        let resolver = PullResolver(files: files.map { String(decoding: $0.bytes, as: UTF8.self) })
        for image in images {
            let destination = image.destination.description
            if image.origin.digest != nil || image.group == .releasePayload {
                let found = resolver.repositories(for: image.origin.repository, byDigest: true)
                #expect(found.contains(destination), "\(image.origin) by digest")
            }
            if image.origin.tag != nil {
                let found = resolver.repositories(for: image.origin.repository, byDigest: false)
                #expect(found.contains(destination), "\(image.origin) by tag")
            }
        }
    }

    @Test("A release with operators and additional images", arguments: [false, true])
    func mixed(limitsNestedPaths: Bool) throws {
        try expectResolution(of: SampleImages.mixed(), limitsNestedPaths: limitsNestedPaths)
    }

    @Test("One image of a namespace went elsewhere, its siblings of the same repository did not")
    func hiddenBySibling() throws {
        try expectResolution(of: [
            SampleImages.image("quay.io/acme/tool:1", "m.lab/other/tool"),
            SampleImages.image("quay.io/acme/tool:2", "m.lab/acme/tool"),
            SampleImages.image("quay.io/acme/tool@\(SampleImages.digest("a"))", "m.lab/acme/tool"),
        ])
    }

    @Test("A longer source in the other kind of set hides the namespace")
    func hiddenByOtherKind() throws {
        try expectResolution(of: [
            SampleImages.image("quay.io/acme/app:1", "m.lab/acme/app"),
            SampleImages.image("quay.io/acme/app/sub@\(SampleImages.digest("a"))", "m.lab/acme/app/sub", .operator),
        ])
    }

    @Test("Random images from few names resolve", arguments: 0..<200)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = ["a", "b", "a/b", "a/b/c", "b/c"]
        var images: [MirroredImage] = []
        for index in 0..<Int.random(in: 1...12, using: &generator) {
            let path = names[Int.random(in: 0..<names.count, using: &generator)]
            let other = names[Int.random(in: 0..<names.count, using: &generator)]
            let suffix = [":t\(index)", "@\(SampleImages.digest("c"))", ":t\(index)@\(SampleImages.digest("c"))"]
            let destination = ["m.lab/\(path)", "m.lab/ns/\(path)", "m.lab/ns/\(other)"]
            images.append(
                try SampleImages.image(
                    "h.io/\(path)\(suffix[Int.random(in: 0..<3, using: &generator)])",
                    destination[Int.random(in: 0..<3, using: &generator)],
                    ImageGroup.allCases[Int.random(in: 0..<4, using: &generator)]
                )
            )
        }
        try expectResolution(of: images, limitsNestedPaths: Bool.random(using: &generator))
    }

    @Test("The resolver of these tests can fail")
    func resolverIsHonest() throws {
        let resolver = PullResolver(files: [
            "kind: ImageDigestMirrorSet\n  - mirrors:\n    - m.lab/x\n    source: quay.io/acme/tool\n",
            "kind: ImageTagMirrorSet\n  - mirrors:\n    - m.lab/acme\n    source: quay.io/acme\n",
        ])
        let tool = try Repository("quay.io/acme/tool")
        #expect(resolver.repositories(for: tool, byDigest: false).isEmpty)
        #expect(resolver.repositories(for: tool, byDigest: true) == ["m.lab/x"])
        #expect(try resolver.repositories(for: Repository("quay.io/acme/t"), byDigest: false) == ["m.lab/acme/t"])
        #expect(try resolver.repositories(for: Repository("quay.io/acmes/t"), byDigest: false).isEmpty)
    }
}
