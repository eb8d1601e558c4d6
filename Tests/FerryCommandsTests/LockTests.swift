import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Lock files") struct LockTests {
    @Test("a locked digest is delivered even after its tag moved, in all three ways")
    func movedTag() async throws {
        try await withScene { scene, source, target in
            let (first, second) = (try TestImage(seed: 1), try TestImage(seed: 2))
            let name = try await source.publish(first, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml")
            try await source.publish(second, as: "team/app:v1")

            let lock = "working-dir/lock.json"
            try await scene.ferry(
                "mirror",
                "--lock",
                lock,
                "--workspace",
                "file://ws",
                "docker://\(target.name)/a"
            )
            try await scene.ferry("mirror", "--lock", lock, "file://set")
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)/b")
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)/c"
            )
            let tag = try Tag("v1")
            for (path, image) in [("a", first), ("b", first), ("c", second)] {
                let found = try await target.store.readBack(.tag(tag), in: RepositoryPath("\(path)/team/app"))
                #expect(found == image.manifest.digest, "\(path)")
            }
        }
    }

    @Test("the same input gives the same lock and the same volumes, byte by byte, and both are sorted")
    func reproducible() async throws {
        try await withScene { scene, source in
            let release = try await source.publishRelease(images: 6, size: 600_000, signatures: true)
            let images = try (0...4).map { try TestImage(seed: UInt64($0)) }
            var names: [[String]] = []
            for (index, image) in images.enumerated() {
                names.append([try await source.publish(image, as: "team/app\(index):v1")])
            }
            try scene.write(ImageSetText.make(release: release.name, images: names.reversed()), to: "isc.yaml")
            for folder in ["one", "two"] {
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://\(folder)", "--volume-size", "1MB")
            }
            let lock = try scene.bytes("one/working-dir/lock.json")
            #expect(try scene.bytes("two/working-dir/lock.json") == lock)
            let (first, second) = (scene.volumes(of: "one"), scene.volumes(of: "two"))
            #expect(first.count == 2)
            #expect(first.map { $0.dropFirst(4) } == second.map { $0.dropFirst(4) })
            for (one, two) in zip(first, second) { #expect(try scene.bytes(one) == scene.bytes(two)) }

            let document = try JSONSerialization.jsonObject(with: lock)
            let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            let sorted = try JSONSerialization.data(withJSONObject: document, options: options)
            #expect(lock == sorted + Data("\n".utf8))
            let text = String(decoding: lock, as: UTF8.self)
            #expect(!text.contains(scene.folder), "no path of the machine that made it")
            let fields = try #require(document as? [String: Any])
            for key in ["manifests", "blobs"] {
                let entries = try #require(fields[key] as? [[String: Any]])
                let digests = entries.compactMap { $0["digest"] as? String }
                #expect(digests.count == entries.count && !digests.isEmpty)
                #expect(digests == digests.sorted(), "\(key)")
            }
        }
    }

    @Test("a set made of the lock file alone is the set that the configuration makes, bit for bit")
    func lockAlone() async throws {
        try await withScene { scene, source, _ in
            let image = try TestImage.random(layers: [300_000])
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write("archiveSize: 1\n" + ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://one")
            try await scene.ferry("mirror", "--lock", "one/working-dir/lock.json", "file://two")
            let first = try scene.volumes(of: "one").map { try scene.bytes($0) }
            #expect(try scene.volumes(of: "two").map { try scene.bytes($0) } == first)
        }
    }

    @Test("the same lock in another form is a set of its own, and an import takes the newest")
    func otherForm() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage.random(layers: [300_000, 300_000])
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--volume-size", "400kB", "--base", "none")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--base", "none")
            let volumes = scene.names(in: "set").filter { $0.hasSuffix(".tar") }
            #expect(
                volumes.map { String($0.prefix(13)) } == ["mirror_000001"]
                    + Array(repeating: "mirror_000002", count: 2)
            )
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)")
            #expect(try await target.tags(in: RepositoryPath("team/app")) == ["v1"])
        }
    }

    @Test("a lock file that is none is refused before anything is asked for", arguments: ["{}", "not json", "[]"])
    func broken(_ text: String) async throws {
        try await withScene { scene in
            try await withRegistry { target in
                try scene.write(text, to: "lock.json")
                let result = try await scene.ferry(
                    "mirror",
                    "--lock",
                    "lock.json",
                    "--workspace",
                    "file://ws",
                    "docker://\(target.name)",
                    exits: 1
                )
                #expect(result.stderr.contains("lock.json"))
                #expect(target.traffic.counts.requests == 0)
            }
        }
    }
}
