import Foundation
import OCIModel
import Testing

@testable import ClusterResources

/// The emitted objects fit the cluster's own definitions, as an independent reader of YAML and schemas sees them.
@Suite(
    "Validation against the definitions",
    .enabled(if: Python.canValidate, "needs PyYAML and jsonschema")
)
struct SchemaValidationTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let definitions = root.appending(path: "Tests/ClusterResourcesTests/Fixtures/crds")

    private func validate(_ files: [ResourceFile], definitions: URL = Self.definitions) throws -> (Int32, String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-crds-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // a left-over folder fails no test
        try ResourceFolder(path: folder.path).write(files)
        let paths = files.map { folder.appending(path: $0.name).path }
        let script = Self.root.appending(path: "scripts/validate-resources.py").path
        let result = try Python.run([script] + paths + ["--crds", definitions.path])
        return (result.status, result.output)
    }

    @Test("Mirror sets fit", arguments: [false, true])
    func mirrorSets(limitsNestedPaths: Bool) throws {
        let files = try MirrorSetFiles.make(
            for: SampleImages.mixed(),
            limitsNestedPaths: limitsNestedPaths,
            author: ResourceAuthor(version: "1.0")
        )
        let (status, output) = try validate(files)
        #expect(status == 0, "\(output)")
        #expect(output.contains("5 documents"))
    }

    @Test("The update service fits")
    func updateService() throws {
        let file = try UpdateServiceFile.make(
            graphDataImage: ImageReference("\(SampleImages.mirror)/openshift/graph-image:latest"),
            releases: Repository("\(SampleImages.mirror)/openshift/release-images"),
            author: ResourceAuthor(version: "1.0")
        )
        let (status, output) = try validate([file])
        #expect(status == 0, "\(output)")
        let broken = String(decoding: file.bytes, as: UTF8.self).replacing("replicas: 2", with: "replicas: two")
        #expect(try validate([ResourceFile(name: file.name, bytes: Array(broken.utf8))]).0 == 1)
    }

    @Test("Signatures fit", arguments: [1, 40])
    func signatures(releases: Int) throws {
        let files = try SignatureConfigMaps.make(
            for: SampleSignatures.entries(releases: releases, bytes: 3_000),
            author: ResourceAuthor(version: "1.0"),
            documentLimit: 64 << 10
        )
        let (status, output) = try validate(files.all.filter { releases == 1 || $0.name.hasSuffix(".yaml") })
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
    func canFail(text: String, replacement: String) throws {
        let file = try #require(
            MirrorSetFiles.make(for: SampleImages.mixed(), author: SampleImages.author).last
        )
        let broken = String(decoding: file.bytes, as: UTF8.self).replacing(text, with: replacement)
        let (status, output) = try validate([ResourceFile(name: file.name, bytes: Array(broken.utf8))])
        #expect(status == 1, "\(output)")
    }
}

/// The Python of this machine.
private enum Python {
    /// Whether there is a Python with the modules that the script needs.
    static let canValidate = (try? run(["-c", "import yaml, jsonschema"]).status) == 0

    /// Runs Python to its end; its output is small.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
