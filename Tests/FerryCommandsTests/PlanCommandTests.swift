import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Plans, dry runs and explanations") struct PlanCommandTests {
    private struct PlanDocument: Decodable {
        struct Summary: Decodable {
            struct Section: Decodable {
                let name: String
                let images: Int
                let newBytes: Int64
                let totalBytes: Int64
            }

            let sections: [Section]
            let images: Int
            let blobs: Int
            let bytes: Int64
        }

        struct Failure: Decodable {
            let origin: String
            let reason: String
            let message: String
        }

        let plan: Summary
        let failures: [Failure]
        let lock: String
        let lockDigest: String
        let volumes: Int?
        let mediaBytes: Int64?
    }

    private func publish(_ source: TestRegistry, _ scene: Scene) async throws -> SampleReleaseDescription {
        let release = try await source.publishRelease(images: 4, size: 900_000, signatures: true)
        let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
        try scene.write(ImageSetText.make(release: release.name, images: [[name]]), to: "isc.yaml")
        return release
    }

    @Test("the plan as a table: sections, sums, volumes, the lock")
    func text() async throws {
        try await withScene { scene, source in
            let release = try await publish(source, scene)
            let result = try await scene.ferry("plan", "-c", "isc.yaml", "file://set", "--volume-size", "500kB")
            let lines = result.stdout.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            #expect(lines[0].hasPrefix("Release 4.18.1 (x86_64) 5 images + 2 attached"), "\(result)")
            #expect(lines[0].hasSuffix("in all") && lines[0].contains("distinct"))
            #expect(lines[1].hasPrefix("additionalImages 1 image "))
            #expect(lines[1].contains(" new "))
            #expect(lines[2].allSatisfy { $0 == "─" } && !lines[2].isEmpty)
            #expect(
                lines[3].hasPrefix("Fetch ") && lines[3].hasSuffix(" in \(release.blobs + 3) blobs"),
                "\(lines[3])"
            )
            #expect(
                lines.contains { $0.hasPrefix("Media 3 volumes of at most ") && $0.contains("Free here") },
                "\(result)"
            )
            #expect(lines.contains { $0.hasPrefix("Biggest ") })
            let lock = try #require(lines.first { $0.hasPrefix("Lock ") })
            #expect(lock.contains("set/working-dir/lock.json sha256:"))
            #expect(scene.volumes(of: "set").isEmpty)
            #expect(source.traffic.counts.blobBytesSent < 20_000, "only the payload is looked into")
        }
    }

    @Test("the plan as JSON has the figures of the set that is made then")
    func json() async throws {
        try await withScene { scene, source in
            let release = try await publish(source, scene)
            let result = try await scene.ferry("plan", "-c", "isc.yaml", "file://set", "--output", "json")
            let document = try JSONDecoder().decode(PlanDocument.self, from: Data(result.stdout.utf8))
            #expect(document.plan.sections.map(\.name) == ["Release 4.18.1 (x86_64)", "additionalImages"])
            #expect(document.plan.sections.map(\.images) == [5, 1])
            #expect(document.plan.images == 6)
            #expect(document.plan.blobs == release.blobs + 3)
            #expect(document.plan.sections.reduce(0) { $0 + $1.newBytes } == document.plan.bytes)
            #expect(document.failures.isEmpty)
            #expect(document.volumes == 1)
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let volume = try scene.bytes(scene.volumes(of: "set")[0])
            #expect(document.mediaBytes == Int64(volume.count))
        }
    }

    @Test("what cannot be planned is in the plan, and --check makes it an end with 1")
    func failures() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            let missing = "\(source.name)/team/none:v1"
            try scene.write(ImageSetText.make(images: [[name], [missing]]), to: "isc.yaml")
            let text = try await scene.ferry("plan", "-c", "isc.yaml", exits: 8)
            #expect(text.stdout.contains("Failed      \(missing) (additionalImages: [1] (line 6)): "), "\(text)")
            try await scene.ferry("plan", "-c", "isc.yaml", "--check", exits: 1)
            let json = try await scene.ferry("plan", "-c", "isc.yaml", "--output", "json", exits: 8)
            let document = try JSONDecoder().decode(PlanDocument.self, from: Data(json.stdout.utf8))
            #expect(document.failures.map(\.origin) == [missing])
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml", "--check")
            source.traffic.reset()
            try await scene.ferry("plan", "-c", "isc.yaml", "--check", "--offline")
            #expect(source.traffic.counts.requests == 0)
        }
    }

    @Test("a dry run writes what goes where, and what lacks there, and moves nothing")
    func dryRun() async throws {
        try await withScene { scene, source, target in
            let release = try await publish(source, scene)
            let place = "\(target.name)/m"
            let run = ["--workspace", "file://ws", "docker://\(place)", "--dry-run"]
            try await scene.ferry("mirror", "-c", "isc.yaml", run[0], run[1], run[2], run[3])
            let mapping = try scene.text("ws/working-dir/dry-run/mapping.txt").split(separator: "\n").map(
                String.init
            )
            #expect(mapping.count == 8)
            let payload = "docker://\(release.name)=docker://\(place)/openshift/release-images:4.18.1-x86_64"
            let component = release.components[1].reference
            let second = "docker://\(component)=docker://\(place)/openshift/release:4.18.1-x86_64-component-002"
            let image = "docker://\(source.name)/team/app:v1=docker://\(place)/team/app:v1"
            for line in [payload, second, image] { #expect(mapping.contains(line), "\(line)\n\(mapping)") }
            #expect(try scene.text("ws/working-dir/dry-run/missing.txt").split(separator: "\n").count == 8)
            #expect(try await target.store.repositories() == [])
            #expect(target.traffic.counts.uploadsStarted + target.traffic.counts.manifestPuts == 0)

            try await TestImage(seed: 1).write(
                to: target.store,
                in: RepositoryPath("m/team/app"),
                tag: Tag("v1")
            )
            try await scene.ferry("mirror", "-c", "isc.yaml", run[0], run[1], run[2], run[3])
            let missing = try scene.text("ws/working-dir/dry-run/missing.txt").split(separator: "\n").map(
                String.init
            )
            #expect(missing == mapping.filter { $0 != image })
        }
    }

    @Test("a dry run to media names what no earlier set carried")
    func dryRunToMedia() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let other = try await source.publish(TestImage(seed: 2), as: "team/other:v1")
            try scene.write(ImageSetText.make(images: [[name], [other]]), to: "isc.yaml")
            source.traffic.reset()
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--dry-run")
            #expect(source.traffic.counts.blobGets == 0)
            #expect(scene.volumes(of: "set").count == 1)
            #expect(
                try scene.text("set/working-dir/dry-run/mapping.txt")
                    == "docker://\(name)=file://team/app:v1\ndocker://\(other)=file://team/other:v1\n"
            )
            #expect(
                try scene.text("set/working-dir/dry-run/missing.txt") == "docker://\(other)=file://team/other:v1\n"
            )
        }
    }

    @Test("explain tells why an image is there, by name, digest or tag")
    func explain() async throws {
        try await withScene { scene, source in
            let release = try await publish(source, scene)
            let digest = try #require(release.components[2].reference.digest)
            for word in [digest.description, "component-003"] {
                let result = try await scene.ferry("explain", word, "-c", "isc.yaml")
                #expect(
                    result.stdout.contains("why          Release 4.18.1 (x86_64): component component-003"),
                    "\(result)"
                )
                #expect(result.stdout.contains("destination  openshift/release:4.18.1-x86_64-component-003"))
            }
            try await scene.ferry("plan", "-c", "isc.yaml")
            let image = try await scene.ferry("explain", "team/app", "--lock", "working-dir/lock.json")
            #expect(image.stdout.contains("why          additionalImages: [0] (line 7)"), "\(image)")
            let unknown = try await scene.ferry("explain", "nothing-like-it", "-c", "isc.yaml", exits: 1)
            #expect(unknown.stderr.contains("no image of the plan matches \"nothing-like-it\""))
        }
    }

    @Test("--max-nested-paths joins the path's end, in the registry and in the resources")
    func nestedPaths() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage(seed: 1)
            let name = try await source.publish(image, as: "a/b/c/d:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let place = "docker://\(target.name)/org"
            let limit = ["--max-nested-paths", "2"]
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                place,
                limit[0],
                limit[1]
            )
            #expect(try await target.store.repositories().map(\.text) == ["org/a-b-c-d"])
            try await scene.ferry("verify", place, "--lock", "ws/working-dir/lock.json", limit[0], limit[1])
            try await scene.ferry("verify", place, "--lock", "ws/working-dir/lock.json", exits: 32)
            let resources = try scene.text("ws/working-dir/cluster-resources/itms-oc-mirror.yaml")
            #expect(resources.contains("\(target.name)/org/a-b-c-d"), "\(resources)")
        }
    }

    @Test("blocked images are left out, listed, and explained")
    func blocked() async throws {
        try await withScene { scene, source, target in
            let names = [
                try await source.publish(TestImage(seed: 1), as: "team/app:v1"),
                try await source.publish(TestImage(seed: 2), as: "team/tool-debug:v1"),
            ]
            let config = ImageSetText.make(images: names.map { [$0] }, blocked: ["-debug(:|@|$)"])
            try scene.write(config, to: "isc.yaml")
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)"
            )
            #expect(try await target.store.repositories().map(\.text) == ["team/app"])
            let skipped = try scene.report(in: "ws").entries("skipped")
            #expect(skipped.map(\.origin) == [names[1]])
            #expect(skipped.first?.message == "blocked by blockedImages")
            let why = try await scene.ferry("explain", "tool-debug", "-c", "isc.yaml", exits: 1)
            #expect(why.stderr.contains("blockedImages"), "\(why)")
        }
    }

    @Test("a list without some of its platforms: a strict target refuses it with the reason, another takes it")
    func platforms() async throws {
        try await withScene { scene, source in
            let multi = try await MultiPlatformImage(in: source)
            let (children, repository) = (multi.children, multi.repository)
            try scene.write(ImageSetText.make(images: [multi.arm64Only]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("verify", "file://set")
            let counts = source.traffic.counts.blobGetsByDigest
            #expect(children[0].blobs.allSatisfy { counts[$0.descriptor.digest] == nil })
            #expect(children[1].blobs.allSatisfy { counts[$0.descriptor.digest] == 1 })

            try await withRegistry { strict in
                let result = try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://set",
                    "docker://\(strict.name)",
                    exits: 8
                )
                #expect(result.stderr.contains("left out by \"platforms\""), "\(result)")
                #expect(try await strict.tags(in: repository) == [])
            }
            try await withRegistry(acceptsSparseIndexes: true) { sparse in
                try await scene.ferry("mirror", "--from", "file://set", "docker://\(sparse.name)")
                #expect(try await sparse.store.readBack(.tag(Tag("1.0")), in: repository) == multi.list.digest)
                #expect(
                    try await sparse.store.readBack(.digest(children[0].manifest.digest), in: repository) == nil
                )
                let lock = "set/working-dir/lock.json"
                try await scene.ferry("verify", "docker://\(sparse.name)", "--lock", lock, "--deep")
            }
        }
    }

    @Test("two images for one place are refused, and both are named")
    func collision() async throws {
        try await withScene { scene, source in
            let names = [
                try await source.publish(TestImage(seed: 1), as: "team/one:v1"),
                try await source.publish(TestImage(seed: 2), as: "team/two:v1"),
            ]
            try scene.write(
                ImageSetText.make(images: names.map { [$0, "targetRepo: same/place"] }),
                to: "isc.yaml"
            )
            let result = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 1)
            #expect(names.allSatisfy { result.stderr.contains($0) }, "\(result)")
            #expect(result.stderr.contains("same/place:v1"))
            #expect(source.traffic.counts.blobGets == 0)
        }
    }
}
