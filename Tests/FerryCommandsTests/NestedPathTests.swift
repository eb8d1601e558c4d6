import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("--max-nested-paths before anything moves") struct NestedPathTests {
    private struct Document: Decodable {
        struct Path: Decodable, Hashable {
            let source: String
            let unshortened: String
            let destination: String
        }

        let shortenedPaths: [Path]?
    }

    @Test("the plan shows which paths change, as text, as JSON and in mapping.txt; the mirror does the same")
    func preview() async throws {
        try await withScene { scene, source, target in
            let names = [
                try await source.publish(TestImage(seed: 1), as: "a/b/c:v1"),
                try await source.publish(TestImage(seed: 2), as: "z:v1"),
            ]
            try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
            let place = "docker://\(target.name)/org"
            let text = try await scene.ferry("plan", "-c", "isc.yaml", place, "--max-nested-paths", "2")
            #expect(text.stdout.contains("Paths       1 shortened to 2 components, 1 keep as they are\n"), "\(text)")
            #expect(text.stdout.contains("\(source.name)/a/b/c → \(target.name)/org/a-b-c\n"), "\(text)")
            let mapping = try scene.text("working-dir/dry-run/mapping.txt")
            #expect(mapping.contains("docker://\(names[0])=docker://\(target.name)/org/a-b-c:v1\n"), "\(mapping)")
            let json = try await scene.ferry(
                "plan",
                "-c",
                "isc.yaml",
                place,
                "--max-nested-paths",
                "2",
                "--output",
                "json"
            )
            let document = try JSONDecoder().decode(Document.self, from: Data(json.stdout.utf8))
            let entry = Document.Path(
                source: "\(source.name)/a/b/c",
                unshortened: "\(target.name)/org/a/b/c",
                destination: "\(target.name)/org/a-b-c"
            )
            #expect(document.shortenedPaths == [entry])
            #expect(target.traffic.counts.requests == 0, "a plan asks the target nothing")
            let run = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws", place, "--max-nested-paths", "2"]
            try await scene.ferry(arguments: run + ["--dry-run"])
            #expect(try scene.text("ws/working-dir/dry-run/mapping.txt") == mapping)
            try await scene.ferry(arguments: run)
            #expect(try await target.store.repositories().map(\.text) == ["org/a-b-c", "org/z"])
            let tags = try scene.text("ws/working-dir/cluster-resources/itms-oc-mirror.yaml")
            #expect(
                tags.contains("\(target.name)/org/a-b-c") && tags.contains("source: \(source.name)/a/b/c"),
                "\(tags)"
            )
        }
    }

    @Test("two images that a limit brings to one place are refused when planning, on a dry run and on import")
    func collisions() async throws {
        try await withScene { scene, source, target in
            let names = [
                try await source.publish(TestImage(seed: 1), as: "a/b/c:v1"),
                try await source.publish(TestImage(seed: 2), as: "a/b-c:v1"),
            ]
            try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
            let place = "docker://\(target.name)"
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let runs = [
                ["plan", "-c", "isc.yaml", place],
                ["mirror", "-c", "isc.yaml", "--workspace", "file://ws", place, "--dry-run"],
                ["mirror", "--from", "file://set", place, "--dry-run"],
                ["mirror", "--from", "file://set", place],
            ]
            for run in runs {
                let result = try await scene.ferry(arguments: run + ["--max-nested-paths", "2"], exits: 1)
                for name in names { #expect(result.stderr.contains(name), "\(run) \(result)") }
                #expect(result.stderr.contains("--max-nested-paths makes one path of"), "\(run) \(result)")
            }
            #expect(target.traffic.counts.uploadsStarted == 0)
            #expect(try await target.store.repositories() == [])
        }
    }
}
