import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Damaged media") struct DamageTests {
    /// What a test works with: a finished set of a release and an image.
    private struct Fixture {
        let release: SampleReleaseDescription
        let image: TestImage
        let volume: String
        let offset: (String) throws -> Int
    }

    private func withSet(
        _ body: (Scene, TestRegistry, TestRegistry, Fixture) async throws -> Void
    ) async throws {
        try await withScene { scene, source, target in
            let release = try await source.publishRelease(images: 3, size: 600_000)
            let image = try TestImage(seed: 7)
            let name = try await source.publish(image, as: "team/app:v1")
            let config = ImageSetText.make(release: release.name, images: [[name]])
            try scene.write(config, to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let volume = try #require(scene.volumes(of: "set").first)
            let bytes = try scene.bytes(volume)
            let fixture = Fixture(release: release, image: image, volume: scene.path(volume)) { name in
                try VolumeBytes.content(of: name, in: bytes)
            }
            try await body(scene, source, target, fixture)
        }
    }

    @Test("a flipped bit in a layer is named, its image is refused, the others arrive")
    func blob() async throws {
        try await withSet { scene, source, target, set in
            let layer = set.image.layers[1].descriptor.digest
            try VolumeBytes.flip(at: set.offset("blobs/sha256/\(layer.hex)") + 40_000, of: set.volume)

            let verified = try await scene.ferry("verify", "file://set", exits: 32)
            #expect(verified.stdout.contains("DAMAGED \(layer)"))
            #expect(verified.stdout.contains("in volume 1"))
            #expect(verified.stdout.contains("HURT    \(source.name)/team/app:v1"))
            #expect(verified.stdout.contains("Bring these volumes again: 1"))
            #expect(!verified.stdout.contains("component-"), "\(verified)")
            let json = try await scene.ferry("verify", "file://set", "--json", exits: 32)
            #expect(json.stdout.contains(layer.description))

            // An additional image, and wrong bytes.
            let imported = try await scene.ferry(
                "mirror",
                "--from",
                "file://set",
                "docker://\(target.name)/m",
                exits: 40
            )
            #expect(imported.stderr.contains("\(source.name)/team/app:v1"))
            #expect(imported.stderr.contains(layer.description))
            let repository = try RepositoryPath("m/team/app")
            #expect(try await target.tags(in: repository) == [])
            #expect(try await target.store.readBack(.digest(set.image.manifest.digest), in: repository) == nil)
            #expect(try await !target.store.containsBlob(set.image.layers[1].descriptor, in: repository))
            try await StoreComparison(source: source.store, target: target.store).expectRelease(set.release, below: "m")
            let report = try scene.report(in: "set")
            #expect(report.entries("failed").map(\.origin) == ["\(source.name)/team/app:v1"])
        }
    }

    @Test("a flipped bit in the manifest of a component")
    func manifest() async throws {
        try await withSet { scene, _, target, set in
            let component = try #require(set.release.components[1].reference.digest)
            try VolumeBytes.flip(at: set.offset("blobs/sha256/\(component.hex)") + 20, of: set.volume)

            let verified = try await scene.ferry("verify", "file://set", exits: 32)
            #expect(verified.stdout.contains("DAMAGED \(component)"))
            #expect(verified.stdout.contains("in volume 1"))
            let hurt = verified.stdout.split(separator: "\n").filter { $0.hasPrefix("HURT") }
            #expect(hurt.count == 1)
            #expect(hurt.first?.contains("component-002") == true, "\(verified)")

            let imported = try await scene.ferry(
                "mirror",
                "--from",
                "file://set",
                "docker://\(target.name)/m",
                exits: nil
            )
            #expect(imported.status & 32 != 0)
            #expect(imported.stderr.contains(component.description))
            let tags = try await target.tags(in: RepositoryPath("m/openshift/release"))
            #expect(!tags.contains { $0.hasSuffix("component-002") })
        }
    }

    @Test("a flipped bit in a document of the set", arguments: ["ferry-set.json", "index.json", "ferry/lock.json"])
    func document(_ name: String) async throws {
        try await withSet { scene, _, target, set in
            try VolumeBytes.flip(at: set.offset(name) + 30, of: set.volume)
            let verified = try await scene.ferry("verify", "file://set", exits: 32)
            #expect((verified.stdout + verified.stderr).contains("olume 1"), "\(verified)")
            let imported = try await scene.ferry(
                "mirror",
                "--from",
                "file://set",
                "docker://\(target.name)/m",
                exits: nil
            )
            // The index is for other tools; an import does not need it.
            if name != "index.json" {
                #expect(imported.status == 32, "\(imported)")
                #expect(try await target.store.repositories() == [])
            }
        }
    }

    @Test("a lock file in the set that says another tag is found out")
    func changedTag() async throws {
        try await withSet { scene, _, target, set in
            var bytes = try scene.bytes(scene.volumes(of: "set")[0])
            let start = try set.offset("ferry/lock.json")
            let found = try #require(bytes[start...].range(of: Data("4.18.1-x86_64-component-002".utf8)))
            bytes.replaceSubrange(found, with: Data("4.18.1-x86_64-component-004".utf8))
            try bytes.write(to: URL(fileURLWithPath: set.volume))
            try await scene.ferry("verify", "file://set", exits: 32)
            let imported = try await scene.ferry(
                "mirror",
                "--from",
                "file://set",
                "docker://\(target.name)/m",
                exits: 32
            )
            #expect(imported.stderr.contains("volume 1"))
            #expect(try await target.store.repositories() == [])
        }
    }

    @Test("a flipped bit in the sums, and in the zeros behind them")
    func tail() async throws {
        try await withSet { scene, _, target, set in
            let size = try scene.bytes(scene.volumes(of: "set")[0]).count
            for offset in [try set.offset("ferry-sums.json") + 30, size - 3] {
                try VolumeBytes.flip(at: offset, of: set.volume)
                let verified = try await scene.ferry("verify", "file://set", exits: 32)
                #expect(verified.stdout.contains("PROBLEM volume 1"), "\(verified)")
                #expect(!verified.stdout.contains("DAMAGED"), "\(verified)")
                try VolumeBytes.flip(at: offset, of: set.volume)
                try await scene.ferry("verify", "file://set")
            }
            // Not a byte of an image is wrong, so nothing is kept from the target for it.
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)/m")
        }
    }
}
