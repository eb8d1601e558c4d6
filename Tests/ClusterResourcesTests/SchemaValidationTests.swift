import FerryTestSupport
import Foundation
import OCIModel
import Testing

@testable import ClusterResources

/// The emitted objects fit the cluster's own definitions, as an independent reader of YAML and schemas sees them.
@Suite(
    "Validation against the definitions",
    .enabled("needs PyYAML and jsonschema") { await pythonHas("yaml, jsonschema") }
)
struct SchemaValidationTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let definitions = root.appending(path: "Tests/ClusterResourcesTests/Fixtures/crds")

    private func validate(_ files: [ResourceFile], definitions: URL = Self.definitions) async throws -> (Int32, String)
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-crds-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // a left-over folder fails no test
        try ResourceFolder(path: folder.path).write(files)
        let paths = files.map { folder.appending(path: $0.name).path }
        let script = Self.root.appending(path: "scripts/validate-resources.py").path
        let result = try await runPython([script] + paths + ["--crds", definitions.path])
        return (result.status, result.stdout + result.stderr)
    }

    @Test("Mirror sets fit", arguments: [false, true])
    func mirrorSets(limitsNestedPaths: Bool) async throws {
        let files = try MirrorSetFiles.make(
            for: SampleImages.mixed(),
            limitsNestedPaths: limitsNestedPaths,
            author: ResourceAuthor(version: "1.0")
        )
        let (status, output) = try await validate(files)
        #expect(status == 0, "\(output)")
        #expect(output.contains("5 documents"))
    }

    @Test("The update service fits")
    func updateService() async throws {
        let file = try UpdateServiceFile.make(
            graphDataImage: ImageReference("\(SampleImages.mirror)/openshift/graph-image:latest"),
            releases: Repository("\(SampleImages.mirror)/openshift/release-images"),
            author: ResourceAuthor(version: "1.0")
        )
        let (status, output) = try await validate([file])
        #expect(status == 0, "\(output)")
        let broken = String(decoding: file.bytes, as: UTF8.self).replacing("replicas: 2", with: "replicas: two")
        #expect(try await validate([ResourceFile(name: file.name, bytes: Array(broken.utf8))]).0 == 1)
    }

    @Test("Signatures fit", arguments: [1, 40])
    func signatures(releases: Int) async throws {
        let files = try SignatureConfigMaps.make(
            for: SampleSignatures.entries(releases: releases, bytes: 3_000),
            author: ResourceAuthor(version: "1.0"),
            documentLimit: 64 << 10
        )
        let (status, output) = try await validate(files.all.filter { releases == 1 || $0.name.hasSuffix(".yaml") })
        #expect(status == 0, "\(output)")
    }

    @Test(
        "The validation can fail",
        arguments: [
            ("source: quay.io/acme", "source: QUAY.IO/ACME:1"),
            ("    source: quay.io/acme\n", ""),
            ("imageTagMirrors:", "imageDigestMirrors:"),
            ("ferry_version: 0.1.0", "ferry_version: 1.0"),
            ("name: itms-release-0", "name: itms_release"),
            ("kind: ImageTagMirrorSet", "kind: ImageTagMirrors"),
        ]
    )
    func canFail(text: String, replacement: String) async throws {
        let file = try #require(
            MirrorSetFiles.make(for: SampleImages.mixed(), author: SampleImages.author).last
        )
        let broken = String(decoding: file.bytes, as: UTF8.self).replacing(text, with: replacement)
        let (status, output) = try await validate([ResourceFile(name: file.name, bytes: Array(broken.utf8))])
        #expect(status == 1, "\(output)")
    }
}
