import Foundation
import OCIModel
import Testing

@testable import Releases

@Suite struct ImageReferencesDocumentTests {
    private func decode(_ bytes: [UInt8], maximum: Int = 100) throws -> ImageReferencesDocument {
        try ImageReferencesDocument(
            decoding: bytes,
            reference: ImageReference("quay.example.com/dev/release:4.99.0-x86_64"),
            maximumComponents: maximum
        )
    }

    /// A document with one change to what is right.
    private static func changed(_ part: String, _ other: String) -> [UInt8] {
        Array(
            String(decoding: HandMadePayload.references(), as: UTF8.self).replacingOccurrences(of: part, with: other)
                .utf8
        )
    }

    @Test func keepsTheOrderOfTheFile() throws {
        let document = try decode(HandMadePayload.references(["b", "a", "c"]))
        #expect(document.version == "4.99.0")
        #expect(document.components.map(\.name) == ["b", "a", "c"])
        #expect(document.components.allSatisfy { $0.digest.description == HandMadePayload.digest })
    }

    @Test(arguments: [
        changed("ImageStream", "ImageStreamList"), changed("image.openshift.io/v1", "v1"),
        changed("\"4.99.0\"", "\"\""),
        changed("\"4.99.0\"", "\"4 99\""), changed("\"4.99.0\"", "499"), changed("DockerImage", "ImageStreamTag"),
        changed("@\(HandMadePayload.digest)", ":latest"), changed("@\(HandMadePayload.digest)", ""),
        changed("sha256:ab", "sha256:xx"), changed("\"etcd\"", "\"cli\""), changed("\"etcd\"", "\"a/b\""),
        changed("\"etcd\"", "\"\""), changed("\"tags\"", "\"labels\""), changed("{\"kind\"", "{{\"kind\""),
        HandMadePayload.references([]), HandMadePayload.references((0...100).map { "c\($0)" }), [], Array("null".utf8),
        [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20), [0xff, 0xfe, 0x00],
    ])
    func refusesAnythingElse(bytes: [UInt8]) {
        #expect { try decode(bytes) } throws: { ($0 as? ReleasesError)?.code == .invalidImageReferences }
    }

    /// The file of a real payload, three images; the references in it are placeholders.
    @Test func readsARealFile() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/image-references")
        var text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        for number in 1...3 {
            text = text.replacingOccurrences(of: "{{.Ref\(number)}}", with: "quay.io/a/b@\(HandMadePayload.digest)")
        }
        let document = try decode(Array(text.utf8))
        #expect(document.version == "4.15.0")
        #expect(document.components.map(\.name) == ["component1", "component2", "component3"])
    }

    /// Damaged files are refused or read, and nothing worse.
    @Test func survivesDamage() throws {
        let whole = HandMadePayload.references((0..<20).map { "component-\($0)" })
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for _ in 0..<1000 {
            var bytes = whole
            for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
            if random(4) == 0 { bytes.removeLast(random(bytes.count)) }
            do {
                let document = try decode(bytes)
                #expect(document.components.count == 20)
            } catch let error as ReleasesError {
                #expect(error.code == .invalidImageReferences)
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}

@Suite struct ReleaseMetadataTests {
    private func decode(_ text: String) throws -> ReleaseMetadata {
        try ReleaseMetadata(decoding: Array(text.utf8), reference: ImageReference("quay.example.com/dev/release:1"))
    }

    @Test func readsARealFile() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/release-metadata")
        let metadata = try decode(String(decoding: try Data(contentsOf: file), as: UTF8.self))
        #expect(metadata.version == "4.15.0")
        #expect(metadata.previous.count == 21)
        #expect(metadata.url == "https://access.redhat.com/errata/RHSA-2022:7399")
    }

    @Test(arguments: [#""x""#, "[1]", #"{"url":7}"#, #"{"url":null}"#, "{}", "null"])
    func takesAnyFreeFormPart(part: String) throws {
        let metadata = try decode(#"{"kind":"cincinnati-metadata-v0","version":"1","metadata":\#(part)}"#)
        #expect(metadata.url == nil)
        #expect(metadata.previous.isEmpty)
    }

    @Test(arguments: ["", "{}", #"{"kind":"other","version":"1"}"#, #"{"kind":"cincinnati-metadata-v0"}"#])
    func refusesAnythingElse(text: String) {
        #expect { try decode(text) } throws: { ($0 as? ReleasesError)?.code == .invalidReleaseMetadata }
    }
}

@Suite struct BootImagesDocumentTests {
    private func images(_ bytes: [UInt8]?, _ keys: [String]) throws -> (images: [ReleaseComponent], missing: [String]) {
        try BootImagesDocument.kubeVirtImages(
            in: bytes,
            keys: keys,
            reference: ImageReference("quay.example.com/dev/release:1")
        )
    }

    private static let image = "quay.example.com/dev/virt@\(HandMadePayload.digest)"

    @Test(arguments: [
        (["x86_64"], ["x86_64"], ["kube-virt-container"], []),
        (["x86_64", "s390x"], ["x86_64", "s390x"], ["kube-virt-container-x86_64", "kube-virt-container-s390x"], []),
        (["x86_64"], ["x86_64", "s390x"], ["kube-virt-container-x86_64"], ["s390x"]),
    ])
    func findsImages(present: [String], wanted: [String], names: [String], missing: [String]) throws {
        let bytes = HandMadePayload.bootImages(Dictionary(present.map { ($0, Self.image) }) { first, _ in first })
        let found = try images(bytes, wanted)
        #expect(found.images.map(\.name) == names)
        #expect(found.images.allSatisfy { $0.reference.description == Self.image })
        #expect(found.missing == missing)
    }

    @Test func failsWhenNothingIsFound() throws {
        for bytes in [
            nil, HandMadePayload.bootImages(["ppc64le": Self.image]), HandMadePayload.bootImages(["x86_64": ""]),
        ] {
            #expect {
                try images(bytes, ["x86_64"])
            } throws: { error in
                guard let error = error as? ReleasesError else { return false }
                return error.code == .kubeVirtImageNotFound
                    && error.description.contains("could not find kubevirt image in this release")
            }
        }
        #expect(try images(nil, []).images.isEmpty)
    }

    @Test(arguments: [
        "", "kind: Secret\n", "kind: ConfigMap\n", "kind: ConfigMap\ndata: {stream: 'no JSON'}\n", "a: [", "\u{0}",
        "kind: ConfigMap\ndata: {stream: '{\"architectures\": {\"x86_64\": []}}'}\n",
        String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
        String(repeating: "a: {", count: 100_000),
        String(decoding: HandMadePayload.bootImages(["x86_64": "quay.example.com/dev/virt:latest"]), as: UTF8.self),
    ])
    func refusesAnythingElse(text: String) {
        #expect {
            try images(Array(text.utf8), ["x86_64"])
        } throws: { ($0 as? ReleasesError)?.code == .invalidBootImages }
    }

    @Test func refusesLargeFiles() {
        let bytes = [UInt8](repeating: 0x20, count: BootImagesDocument.maximumBytes + 1)
        #expect { try images(bytes, ["x86_64"]) } throws: { ($0 as? ReleasesError)?.code == .invalidBootImages }
    }
}
