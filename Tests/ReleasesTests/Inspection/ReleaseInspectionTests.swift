import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@testable import Releases

/// Payloads with annotations, opened to be looked into.
struct InspectedPayload {
    /// `image-references` with annotations on its images.
    static func references(
        _ images: [(name: String, digest: Character, annotations: [String: String])],
        version: String
    ) throws -> [UInt8] {
        let tags = try images.map { image in
            let annotations = String(decoding: try JSONEncoder().encode(image.annotations), as: UTF8.self)
            let digest = String(repeating: image.digest, count: 64)
            return #"{"name":"\#(image.name)","annotations":\#(annotations),"#
                + #""from":{"kind":"DockerImage","name":"quay.example.com/dev/parts@sha256:\#(digest)"}}"#
        }
        let text =
            #"{"kind":"ImageStream","apiVersion":"image.openshift.io/v1","metadata":{"name":"\#(version)"},"#
            + #""spec":{"tags":[\#(tags.joined(separator: ","))]}}"#
        return Array(text.utf8)
    }

    /// Opens a payload made of a file.
    static func inspect(
        _ references: [UInt8],
        config: String = #"{"architecture":"amd64","os":"linux","created":"2031-02-03T04:05:06Z"}"#
    ) async throws -> ReleaseInspection {
        let made = try HandMadePayload()
        let others = [("0000_90_y.yml", [UInt8](1...9)), ("0000_91_z.json", [1]), ("README.md", [1])]
        let top = try HandMadePayload.topLayer(references: references, others: others)
        let document = try made.image([try HandMadePayload.topLayer(), top], config: config)
        return try await ReleasePayloadReader().inspect(document, of: made.reference, from: made.store)
    }
}

@Suite struct ReleaseInspectionTests {
    @Test func tellsEverything() async throws {
        let references = try InspectedPayload.references(
            [
                (
                    "cli", "a",
                    [
                        "io.openshift.build.commit.id": "c0ffee", "io.openshift.build.commit.ref": "",
                        "io.openshift.build.source-location": "https://example.com/oc",
                        "io.openshift.build.versions": "kubectl=1.31.1",
                    ]
                ),
                ("machine-os", "b", ["io.openshift.build.versions": "machine-os=418.94.2+5"]),
                ("plain", "c", ["io.openshift.build.commit.id": ""]),
            ],
            version: "4.99.1"
        )
        let release = try await InspectedPayload.inspect(references)
        #expect(release.payload.version == "4.99.1")
        #expect(release.manifestCount == 3)
        #expect(release.created == "2031-02-03T04:05:06Z")
        #expect(release.platformText == "linux/amd64")
        #expect(release.pullSpec.description == "quay.example.com/dev/release@\(release.digest)")
        #expect(release.origins.map(\.commit) == ["c0ffee", nil, nil])
        #expect(release.origins.map(\.source) == ["https://example.com/oc", nil, nil])
        #expect(release.versions.map { "\($0.name) \($0.version)" } == ["kubectl 1.31.1", "machine-os 418.94.2"])
        #expect(release.metadata?["metadata"]?["url"]?.text == "http://e.com")
        #expect(release.references["spec"]?["tags"]?.elements.count == 3)
        #expect(release.warnings.isEmpty)
    }

    @Test func tellsListsAndPlatformsApart() async throws {
        let made = try HandMadePayload()
        let images = try ["amd64", "arm64"].map {
            try made.image([HandMadePayload.topLayer()], config: #"{"architecture":"\#($0)","os":"linux"}"#)
        }
        let list = try made.index(zip(images, ["linux/amd64", "linux/arm64"]).map { ($0, $1) })
        let release = try await ReleasePayloadReader().inspect(
            list,
            of: made.reference,
            from: made.store,
            platform: Platform("linux/arm64")
        )
        #expect(release.digest == list.digest && release.payload.image == images[1].digest)
        #expect(release.platformText == "multi (linux/arm64)")
        #expect(release.created == nil)
    }

    @Test(arguments: [
        ("[1]", ReleasesError.Code.invalidConfig), (#"{"architecture":1}"#, .invalidConfig), ("", .invalidConfig),
    ])
    func refusesGarbage(config: String, code: ReleasesError.Code) async throws {
        await #expect {
            _ = try await InspectedPayload.inspect(HandMadePayload.references(), config: config)
        } throws: { ($0 as? ReleasesError)?.code == code }
    }

    @Test func valuesOfAnyKindStayWhatTheyAre() throws {
        let text = #"{"a":[1,-2.5,true,false,null,"x",{"b":[]}],"big":9223372036854775807,"c":{}}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(value), as: UTF8.self) == text)
        #expect(value["a"]?.elements.count == 7 && value["a"]?["b"] == nil && value["c"]?.elements == [])
        #expect(value["a"]?.elements[2] == .bool(true) && value["a"]?.elements[0] == .integer(1))
    }
}

@Suite struct ComponentVersionTests {
    private func collect(_ images: [(String, [String: String])]) -> ComponentVersionCollection {
        var collection = ComponentVersionCollection()
        for (name, annotations) in images { collection.add(annotations, of: name) }
        return collection
    }

    @Test func versionsAndNamesComeTogether() {
        let names = "io.openshift.build.version-display-names"
        let collection = collect([
            ("hyperkube", ["io.openshift.build.versions": "kubernetes=1.31.4,kubectl=1.31.1"]),
            (
                "rhel-coreos",
                [
                    "io.openshift.build.versions": "machine-os=418.94.20250101-0",
                    names: "machine-os=Red Hat (CoreOS) 9.4:x",
                ]
            ),
            ("pod", ["io.openshift.build.versions": "kubernetes=1.31.4"]),
        ])
        #expect(collection.versions.map(\.name) == ["kubectl", "kubernetes", "machine-os"])
        #expect(collection.versions.map(\.displayName) == [nil, nil, "Red Hat (CoreOS) 9.4:x"])
        #expect(collection.warnings.isEmpty)
    }

    /// What is no list of versions is left out, and said.
    @Test(arguments: [
        "kubernetes", "kubernetes=", "kubernetes=1.2", "Kubernetes=1.2.3", "k=1.2.3", "-k-=1.2.3", "=", "=1.2.3",
        "a b=1.2.3", "kubernetes=1.2.3\u{1b}[2J", String(repeating: "kubernetes=1.2.3,", count: 2000),
    ])
    func garbageIsLeftOut(text: String) {
        let collection = collect([("x", ["io.openshift.build.versions": text])])
        #expect(collection.versions.isEmpty && !collection.warnings.isEmpty)
    }

    @Test func disagreementIsSaid() {
        let collection = collect([
            ("a", ["io.openshift.build.versions": "kubernetes=1.31.4"]),
            ("b", ["io.openshift.build.versions": "kubernetes=1.31.5"]),
        ])
        #expect(collection.versions.map(\.version) == ["1.31.4"])
        #expect(collection.warnings.count == 1)
    }
}

@Suite struct ReleaseComparisonTests {
    @Test func tellsWhatChanged() async throws {
        func annotations(_ commit: String, _ versions: String) -> [String: String] {
            ["io.openshift.build.commit.id": commit, "io.openshift.build.versions": versions]
        }
        let old = try await InspectedPayload.inspect(
            InspectedPayload.references(
                [
                    ("cli", "a", annotations("1", "kubectl=1.0.0")), ("etcd", "b", annotations("2", "etcd=3.5.0")),
                    ("gone", "c", annotations("3", "gone=1.0.0")), ("rebuilt", "d", annotations("4", "")),
                ],
                version: "4.98.1"
            )
        )
        let new = try await InspectedPayload.inspect(
            InspectedPayload.references(
                [
                    ("cli", "e", annotations("9", "kubectl=1.1.0")), ("etcd", "b", annotations("2", "etcd=3.5.0")),
                    ("new", "f", [:]), ("rebuilt", "1", annotations("4", "")),
                ],
                version: "4.99.0"
            )
        )
        let change = ReleaseComparison(from: old, to: new)
        #expect(change.added.map(\.name) == ["new"] && change.removed.map(\.name) == ["gone"])
        #expect(change.changed.map(\.name) == ["cli", "rebuilt"] && change.unchangedCount == 1)
        try #require(change.changed.count == 2)
        #expect(change.changed[0].oldCommit == "1" && change.changed[0].newCommit == "9")
        #expect(change.changed[0].oldVersions == "kubectl=1.0.0" && change.changed[0].newVersions == "kubectl=1.1.0")
        #expect(change.changed[1].oldCommit == change.changed[1].newCommit)
        #expect(
            change.versions.map { "\($0.name) \($0.old ?? "-") \($0.new ?? "-")" } == [
                "gone 1.0.0 -", "kubectl 1.0.0 1.1.0",
            ]
        )
        #expect(change.isUpgrade && !change.isEqual)
        #expect(change.addedUpgrades.isEmpty && change.removedUpgrades.isEmpty)
        let same = ReleaseComparison(from: new, to: new)
        #expect(same.isEqual && same.changed.isEmpty && same.versions.isEmpty && same.unchangedCount == 4)
    }
}
