import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

@Suite("Sets that build on earlier ones")
struct IncrementalSetTests {
    /// Two images that share a layer; the second is asked for later.
    private struct Fixture {
        let shared: TestBlob
        let first: TestImage
        let second: TestImage

        init() throws {
            shared = try TestBlob(seed: 901, size: 400_000)
            first = try TestImage(layers: [shared, TestBlob(seed: 902, size: 100_000)], seed: 1)
            second = try TestImage(layers: [shared, TestBlob(seed: 903, size: 50_000)], seed: 2)
        }
    }

    private func publish(_ fixture: Fixture, _ scene: Scene, _ source: TestRegistry) async throws -> (String, String) {
        let one = try await source.publish(fixture.first, as: "team/one:v1")
        let two = try await source.publish(fixture.second, as: "team/two:v1")
        try scene.write(ImageSetText.make(images: [[one]]), to: "first.yaml")
        try scene.write(ImageSetText.make(images: [[one], [two]]), to: "both.yaml")
        return (one, two)
    }

    private func size(_ scene: Scene, _ number: Int) throws -> Int {
        try scene.volumes(of: "set").filter { $0.contains("mirror_00000\(number)") }
            .reduce(0) { try $0 + scene.bytes($1).count }
    }

    @Test("the second set carries only what is new, and both arrive")
    func onlyWhatIsNew() async throws {
        try await withScene { scene, source, target in
            let fixture = try Fixture()
            _ = try await publish(fixture, scene, source)
            try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
            source.traffic.reset()
            try await scene.ferry("mirror", "-c", "both.yaml", "file://set")
            #expect(source.traffic.counts.blobGetsByDigest[fixture.shared.descriptor.digest] == nil)
            #expect(try size(scene, 2) < 50_000 + 150_000, "the shared layer is not in it")
            let place = "docker://\(target.name)/m"
            try scene.copy("set", to: "one") { $0.contains("mirror_000001") }
            try scene.copy("set", to: "two") { $0.contains("mirror_000002") }
            try await scene.ferry("mirror", "--from", "file://one", place)
            target.traffic.reset()
            try await scene.ferry("mirror", "--from", "file://two", place)
            #expect(target.traffic.counts.uploadedBytes < 60_000, "what is there is mounted")
            let there = try RepositoryPath("m/team/two")
            #expect(try await target.store.readBack(.tag(Tag("v1")), in: there) == fixture.second.manifest.digest)
            try await scene.ferry("verify", place, "--lock", "two/working-dir/lock.json", "--deep")
        }
    }

    @Test("with nothing new no volume is written, and the run says so")
    func nothingNew() async throws {
        try await withScene { scene, source, _ in
            _ = try await publish(Fixture(), scene, source)
            try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
            for name in scene.volumes(of: "set") { try scene.remove(name) }
            source.traffic.reset()
            let again = try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
            #expect(again.stderr.contains("nothing is new"), "\(again)")
            #expect(scene.volumes(of: "set").isEmpty)
            #expect(source.traffic.counts.blobGets == 0)
            try await scene.ferry("mirror", "-c", "first.yaml", "file://set", "--base", "none")
            #expect(scene.volumes(of: "set").count == 1)
        }
    }

    @Test("a lost set is named, nothing is sent, and a repair set brings just what lacks")
    func lostSet() async throws {
        try await withScene { scene, source, target in
            let fixture = try Fixture()
            _ = try await publish(fixture, scene, source)
            try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
            try await scene.ferry("mirror", "-c", "both.yaml", "file://set")
            try scene.copy("set", to: "two") { $0.contains("mirror_000002") }
            let place = "docker://\(target.name)/m"
            let refused = try await scene.ferry("mirror", "--from", "file://two", place, exits: 1)
            #expect(refused.stderr.contains("nothing was sent"), "\(refused)")
            #expect(target.traffic.counts.uploadsStarted + target.traffic.counts.manifestPuts == 0)
            let missing = try scene.text("two/working-dir/missing.json")
            #expect(missing.contains(fixture.shared.descriptor.digest.description))
            try await scene.ferry(
                "mirror",
                "-c",
                "both.yaml",
                "file://set",
                "--repair",
                "two/working-dir/missing.json"
            )
            try scene.copy("set", to: "two") { $0.contains("mirror_000003") }
            try await scene.ferry("mirror", "--from", "file://two", place)
            try await scene.ferry("verify", place, "--lock", "two/working-dir/lock.json", "--deep")
        }
    }

    @Test("two destinations of one folder have histories of their own")
    func destinations() async throws {
        try await withScene { scene, source, _ in
            let fixture = try Fixture()
            _ = try await publish(fixture, scene, source)
            try await scene.ferry("mirror", "-c", "first.yaml", "file://set", "--destination", "north")
            source.traffic.reset()
            try await scene.ferry("mirror", "-c", "both.yaml", "file://set", "--destination", "north")
            #expect(source.traffic.counts.blobGetsByDigest[fixture.shared.descriptor.digest] == nil)
            try await scene.ferry("mirror", "-c", "both.yaml", "file://set", "--destination", "south")
            #expect(source.traffic.counts.blobGetsByDigest[fixture.shared.descriptor.digest] == 1)
        }
    }

    @Test("--since builds on the sets made before a day")
    func since() async throws {
        try await withScene { scene, source, _ in
            let fixture = try Fixture()
            _ = try await publish(fixture, scene, source)
            try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
            source.traffic.reset()
            try await scene.ferry("mirror", "-c", "both.yaml", "file://set", "--since", "2001-01-01")
            #expect(source.traffic.counts.blobGetsByDigest[fixture.shared.descriptor.digest] == 1)
            let wrong = try await scene.ferry(
                "mirror",
                "-c",
                "both.yaml",
                "file://set",
                "--since",
                "yesterday",
                exits: 1
            )
            #expect(wrong.stderr.contains("yyyy-MM-dd"))
        }
    }

    @Test("--base acknowledged leaves out only what a receipt has confirmed")
    func acknowledged() async throws {
        try await withScene { scene, source, target in
            let fixture = try Fixture()
            _ = try await publish(fixture, scene, source)
            let shared = fixture.shared.descriptor.digest
            try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
            try scene.copy("set", to: "one") { $0.contains("mirror_000001") }
            source.traffic.reset()
            let both = ["mirror", "-c", "both.yaml", "file://set", "--base", "acknowledged"]
            try await scene.ferry(arguments: both)
            #expect(source.traffic.counts.blobGetsByDigest[shared] == 1, "nothing is acknowledged yet")

            try await scene.ferry("mirror", "--from", "file://one", "docker://\(target.name)/m")
            let receipt = try #require(scene.names(in: "one/working-dir").first { $0.hasPrefix("receipt_") })
            try await scene.ferry("receipt", "add", "one/working-dir/\(receipt)", "file://set")
            for name in scene.names(in: "set/working-dir/history/default") where name.hasPrefix("000002") {
                try scene.remove("set/working-dir/history/default/\(name)")
            }
            source.traffic.reset()
            try await scene.ferry(arguments: both)
            #expect(source.traffic.counts.blobGetsByDigest[shared] == nil, "the site has acknowledged it")
        }
    }
}
