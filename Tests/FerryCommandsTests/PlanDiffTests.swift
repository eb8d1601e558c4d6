import FerryTestSupport
import Foundation
import OCIModel
import SamplePayload
import Testing

@Suite("What differs between plans") struct PlanDiffTests {
    private struct Document: Decodable {
        struct Row: Decodable {
            let origin: String
            let destination: String
            let tag: String?
            let kind: String
            let oldDigest: String?
            let newDigest: String?
        }

        struct Content: Decodable {
            let blobs: Int
            let manifests: Int
            let bytes: Int64
        }

        let added: [Row]
        let changed: [Row]
        let removed: [Row]
        let gained: Content
        let dropped: Content
        let isEqual: Bool
    }

    /// Plans one thing, then another, and leaves `old.json` and `new.json`.
    private func makeLocks(_ scene: Scene, _ source: TestRegistry) async throws -> (TestImage, TestImage) {
        let (first, second) = (try TestImage(seed: 1), try TestImage(seed: 2))
        let moving = try await source.publish(first, as: "team/app:v1")
        let gone = try await source.publish(TestImage(seed: 3), as: "team/gone:v1")
        let added = try await source.publish(TestImage(seed: 4), as: "team/new:v1")
        for (file, names) in [("old.json", [moving, gone]), ("new.json", [moving, added])] {
            if file == "new.json" { try await source.publish(second, as: "team/app:v1") }
            try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml")
            try scene.write(try scene.text("working-dir/lock.json"), to: file)
        }
        return (first, second)
    }

    @Test("two lock files are compared without any request, as table and as data")
    func locks() async throws {
        try await withScene { scene, source in
            let (first, second) = try await makeLocks(scene, source)
            try FileManager.default.removeItem(atPath: scene.path("working-dir"))
            source.traffic.reset()
            let text = try await scene.ferry("plan", "--lock", "new.json", "--diff", "old.json")
            let lines = text.stdout.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            #expect(lines[0].hasPrefix("Added team/new:v1 \(source.name)/team/new "), "\(text)")
            #expect(lines[1].hasPrefix("Changed team/app:v1 \(source.name)/team/app "))
            #expect(lines[1].contains(" → "))
            #expect(lines[2].hasPrefix("Removed team/gone:v1 "))
            #expect(lines.contains("Images 1 added, 1 changed, 1 removed"))
            #expect(lines.contains { $0.hasPrefix("Gained ") })
            #expect(lines.contains { $0.hasPrefix("Dropped ") && $0.hasSuffix("no longer needed") })

            let json = try await scene.ferry("plan", "--lock", "new.json", "--diff", "old.json", "--output", "json")
            let document = try JSONDecoder().decode(Document.self, from: Data(json.stdout.utf8))
            #expect(document.added.map(\.destination) == ["team/new"])
            #expect(document.removed.map(\.destination) == ["team/gone"])
            #expect(document.changed.map(\.oldDigest) == [first.manifest.digest.description])
            #expect(document.changed.map(\.newDigest) == [second.manifest.digest.description])
            #expect(document.changed.map(\.tag) == ["v1"])
            #expect(document.gained.manifests == 2 && document.dropped.manifests == 2)
            #expect(!document.isEqual)
            #expect(json.stdout.contains("\"oldDigest\" : null"), "every row has every key")
            #expect(source.traffic.counts.requests == 0)
            #expect(scene.names(in: "working-dir").isEmpty, "a comparison writes no lock file")
        }
    }

    @Test("a lock file compared with a configuration of today stays as it is")
    func configuration() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml")
            let lock = "working-dir/lock.json"
            let before = try scene.bytes(lock)
            let equal = try await scene.ferry("plan", "-c", "isc.yaml", "--diff", lock)
            #expect(equal.stdout == "nothing differs\n")
            try await source.publish(TestImage(seed: 2), as: "team/app:v1")
            let moved = try await scene.ferry("plan", "-c", "isc.yaml", "--diff", lock)
            #expect(moved.stdout.contains("0 added, 1 changed, 0 removed"), "\(moved)")
            #expect(try scene.bytes(lock) == before)
        }
    }

    @Test("an image that cannot be planned is named, and is the exit code's matter")
    func failures() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml")
            let missing = "\(source.name)/team/none:v1"
            try scene.write(ImageSetText.make(images: [[name], [missing]]), to: "isc.yaml")
            let result = try await scene.ferry("plan", "-c", "isc.yaml", "--diff", "working-dir/lock.json", exits: 8)
            #expect(result.stdout.contains("Failed      \(missing)"), "\(result)")
        }
    }

    @Test("an old side that is no lock file is refused")
    func broken() async throws {
        try await withScene { scene in
            try scene.write("{}", to: "old.json")
            let result = try await scene.ferry("plan", "--lock", "old.json", "--diff", "old.json", exits: 1)
            #expect(result.stderr.contains("old.json"))
            let offline = ["plan", "-c", "x", "--check", "--offline", "--diff", "old.json"]
            let refused = try await scene.ferry(arguments: offline, exits: 1)
            #expect(refused.stderr.contains("--diff"))
        }
    }
}
