import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import RegistryServer
import Testing

@Suite("Content that a registry has lost")
struct DriftTests {
    /// Three images with layers of their own in `set`, imported to a target.
    private func makeSet(_ scene: Scene, _ source: TestRegistry, count: Int = 3) async throws -> [TestImage] {
        let images = try (0..<count).map { try TestImage(seed: UInt64($0)) }
        var names: [[String]] = []
        for (number, image) in images.enumerated() {
            names.append([try await source.publish(image, as: "team/app\(number):v1")])
        }
        try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
        try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
        return images
    }

    @Test("a lost blob below an intact manifest is sent again with --check-blobs, and nothing else")
    func checkBlobs() async throws {
        try await withScene { scene, source, target in
            let images = try await makeSet(scene, source)
            let command = ["mirror", "--from", "file://set", "docker://\(target.name)"]
            try await scene.ferry(arguments: command)
            let lost = images[1].layers[1]
            #expect(try await target.store.deleteBlob(lost.descriptor.digest, in: RepositoryPath("team/app1")))

            target.traffic.reset()
            try await scene.ferry(arguments: command)
            #expect(target.contentRequests == 3, "a usual run asks for the images only")
            let lock = "set/working-dir/lock.json"
            let verified = try await scene.ferry("verify", "docker://\(target.name)", "--lock", lock, exits: 32)
            #expect(verified.stdout.contains("--check-blobs"), "\(verified)")

            target.traffic.reset()
            try await scene.ferry(arguments: command + ["--check-blobs"])
            let counts = target.traffic.counts
            #expect(counts.uploadsFinished == 1)
            #expect(counts.uploadedBytes == lost.descriptor.size)
            #expect(counts.manifestPuts == 0)
            #expect(counts.manifestGets == 3 + 1, "the image that was mended is read back once more")
            let after = try await scene.ferry("verify", "docker://\(target.name)", "--lock", lock, "--deep")
            #expect(!after.stdout.contains("--check-blobs"))
            #expect(try scene.report(in: "set").traffic.blobsMoved == 1)
        }
    }

    @Test("when an image is gone, the blobs of the others are looked at without being asked to")
    func partlyGone() async throws {
        try await withScene { scene, source, target in
            let images = try await makeSet(scene, source)
            let place = "docker://\(target.name)"
            try await scene.ferry("mirror", "--from", "file://set", place)
            let gone = try RepositoryPath("team/app0")
            #expect(try await target.store.deleteManifest(images[0].manifest.digest, in: gone))
            let lost = images[2].layers[0]
            #expect(try await target.store.deleteBlob(lost.descriptor.digest, in: RepositoryPath("team/app2")))
            target.traffic.reset()
            try await scene.ferry("mirror", "--from", "file://set", place)
            let counts = target.traffic.counts
            #expect(counts.uploadsFinished == 1 && counts.uploadedBytes == lost.descriptor.size)
            #expect(counts.manifestPuts == 1, "the one that was gone")
            for (number, image) in images.enumerated() { try await target.expect(image, as: "team/app\(number)") }
        }
    }

    @Test("a lost tag of an image with two is set again, and only that")
    func lostTag() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage(seed: 1)
            for tag in ["v1", "v2"] { try await source.publish(image, as: "team/app:\(tag)") }
            let names = ["v1", "v2"].map { ["\(source.name)/team/app:\($0)"] }
            try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
            let command = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)"]
            try await scene.ferry(arguments: command)
            #expect(try await target.store.deleteTag(OCIModel.Tag("v2"), in: RepositoryPath("team/app")))
            target.traffic.reset()
            try await scene.ferry(arguments: command)
            #expect(target.traffic.counts.manifestPuts == 1)
            #expect(target.traffic.counts.uploadsStarted == 0)
            try await target.expect(image, as: "team/app", tag: "v2")
        }
    }

    @Test("of several registries only the one that has lost something gets it, and only that")
    func severalTargets() async throws {
        try await withScene { scene, source, whole in
            try await withRegistry { damaged in
                let images = try await makeSet(scene, source)
                let command = [
                    "mirror", "--from", "file://set", "docker://\(whole.name)", "docker://\(damaged.name)",
                    "--check-blobs",
                ]
                try await scene.ferry(arguments: command)
                let lost = images[0].config
                #expect(try await damaged.store.deleteBlob(lost.descriptor.digest, in: RepositoryPath("team/app0")))
                for target in [whole, damaged] { target.traffic.reset() }
                try await scene.ferry(arguments: command)
                #expect(whole.traffic.counts.uploadsStarted == 0)
                #expect(damaged.traffic.counts.uploadedBytes == lost.descriptor.size)
                #expect(damaged.traffic.counts.manifestPuts == 0)
            }
        }
    }

    @Test("what a set left out and the registry has lost is asked back with missing.json")
    func lostRequiredBlob() async throws {
        try await withScene { scene, source, target in
            let shared = try TestBlob(seed: 801, size: 200_000)
            let first = try TestImage(layers: [shared], seed: 1)
            let second = try TestImage(layers: [shared, TestBlob(seed: 802, size: 10_000)], seed: 2)
            let one = try await source.publish(first, as: "team/one:v1")
            let two = try await source.publish(second, as: "team/two:v1")
            try scene.write(ImageSetText.make(images: [[one]]), to: "first.yaml")
            try scene.write(ImageSetText.make(images: [[one], [two]]), to: "both.yaml")
            try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
            try await scene.ferry("mirror", "-c", "both.yaml", "file://set")
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)")
            try scene.copy("set", to: "late") { $0.contains("mirror_000002") }
            for name in ["one", "two"] {
                #expect(try await target.store.deleteBlob(shared.descriptor.digest, in: RepositoryPath("team/\(name)")))
            }
            target.traffic.reset()
            let command = ["mirror", "--from", "file://late", "docker://\(target.name)", "--check-blobs"]
            let refused = try await scene.ferry(arguments: command, exits: 1)
            #expect(refused.stderr.contains("nothing was sent"), "\(refused)")
            #expect(target.traffic.counts.uploadsStarted == 0)
            #expect(try scene.text("late/working-dir/missing.json").contains(shared.descriptor.digest.description))
            try await scene.ferry(arguments: command + ["--from", "file://set"])
            try await target.expect(second, as: "team/two")
        }
    }

    @Test("docker-registry: a blob deleted from its storage comes back")
    func dockerRegistry() async throws {
        try await withScene { scene, source in
            let content = scene.path("content")
            try await withDockerRegistry(folder: content) { name in
                let images = try await makeSet(scene, source, count: 2)
                let command = ["mirror", "--from", "file://set", "docker://\(name)"]
                try await scene.ferry(arguments: command)
                let digest = images[0].layers[1].descriptor.digest
                let link = "\(content)/docker/registry/v2/repositories/team/app0/_layers/sha256/\(digest.hex)"
                try FileManager.default.removeItem(atPath: link)
                let lock = "set/working-dir/lock.json"
                try await scene.ferry("verify", "docker://\(name)", "--lock", lock, exits: 32)
                try await scene.ferry(arguments: command + ["--check-blobs"])
                try await scene.ferry("verify", "docker://\(name)", "--lock", lock, "--deep")
            }
        }
    }
}
