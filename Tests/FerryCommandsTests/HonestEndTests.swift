import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

/// Runs that could end well without having done what was wanted.
@Suite("Runs that do not end better than they are") struct HonestEndTests {
    @Test("going back to an earlier state makes a small set with a number of its own, which an import takes")
    func rollback() async throws {
        try await withScene { scene, source, target in
            let first = try TestImage.random(layers: [200_000])
            let second = try TestImage.random(layers: [200_000])
            let name = try await source.publish(first, as: "team/app:stable")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await source.publish(second, as: "team/app:stable")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)")

            try await source.publish(first, as: "team/app:stable")
            let planned = try await scene.ferry("plan", "-c", "isc.yaml", "file://set")
            #expect(!planned.stdout.contains("nothing is new"), "\(planned)")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let third = try #require(scene.volumes(of: "set").last)
            #expect(third.hasPrefix("set/mirror_000003_"))
            #expect(try scene.bytes(third).count < 200_000)
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)")
            let path = try RepositoryPath("team/app")
            #expect(
                try await target.store.manifestDigest(.tag(try OCIModel.Tag("stable")), in: path)
                    == first.manifest.digest
            )

            // Now nothing is new: the plan says so, too, with the set at hand and without.
            let again = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            #expect(again.stderr.contains("nothing is new"), "\(again)")
            try scene.remove(third)
            let plan = try await scene.ferry("plan", "-c", "isc.yaml", "file://set")
            #expect(plan.stdout.contains("no volume: nothing is new since set"), "\(plan)")
            let gone = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            #expect(gone.stderr.contains("nothing is new since media set"), "\(gone)")
        }
    }

    @Test("a repair that the configuration does not ask for any more is refused")
    func foreignRepair() async throws {
        try await withScene { scene, source, target in
            var name = try await source.publish(try TestImage.random(layers: [50_000]), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            name = try await source.publish(try TestImage.random(layers: [60_000]), as: "team/tool:v1")
            try scene.write(
                ImageSetText.make(images: [["\(source.name)/team/app:v1"], [name]]),
                to: "both.yaml"
            )
            try await scene.ferry("mirror", "-c", "both.yaml", "file://set")
            try scene.copy("set", to: "second") { $0.hasPrefix("mirror_000002_") }
            try await scene.ferry("mirror", "--from", "file://second", "docker://\(target.name)", exits: 1)
            try scene.write(ImageSetText.make(images: [[name]]), to: "tool.yaml")
            let missing = "second/working-dir/missing.json"
            let refused = try await scene.ferry(
                "mirror",
                "-c",
                "tool.yaml",
                "file://set",
                "--repair",
                missing,
                exits: 1
            )
            #expect(refused.stderr.contains("belong to no image that is asked for now"), "\(refused)")
            #expect(refused.stderr.contains("ferry/lock.json"), "\(refused)")
            #expect(scene.volumes(of: "set").count == 2)

            try await scene.ferry("mirror", "-c", "both.yaml", "file://set", "--repair", missing)
            try await scene.ferry(
                "mirror",
                "--from",
                "file://set",
                "--from",
                "file://second",
                "docker://\(target.name)"
            )
        }
    }

    @Test("an import writes its first receipt only when every blob was seen; later it says what was not looked at")
    func receiptIsProven() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage.random(layers: [100_000])
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            // The registry has the manifests and has lost a layer, before anything was imported.
            let place = "docker://\(target.name)"
            try await scene.ferry("mirror", "-c", "isc.yaml", "--workspace", "file://ws", place)
            let layer = image.layers[0].descriptor
            #expect(try await target.store.deleteBlob(layer.digest, in: RepositoryPath("team/app")))
            try await scene.ferry("mirror", "--from", "file://set", place)
            #expect(scene.names(in: "set/working-dir").contains { $0.hasPrefix("receipt_") })
            try await scene.ferry("verify", place, "--lock", "set/working-dir/lock.json")

            #expect(try await target.store.deleteBlob(layer.digest, in: RepositoryPath("team/app")))
            let again = try await scene.ferry("mirror", "--from", "file://set", place)
            #expect(again.stderr.contains("their blobs not asked for; --check-blobs does that"), "\(again)")
            try await scene.ferry("mirror", "--from", "file://set", place, "--check-blobs")
            try await scene.ferry("verify", place, "--lock", "set/working-dir/lock.json")
        }
    }

    @Test("an import names the volume in which it met wrong bytes")
    func damagedVolume() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage.random(layers: [300_000, 300_000, 300_000])
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--volume-size", "500kB")
            let volume = scene.volumes(of: "set")[1]
            var bytes = try scene.bytes(volume)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(filePath: scene.path(volume)))
            for targets in [[target.name], ["\(target.name)/a", "\(target.name)/b"]] {
                let result = try await scene.ferry(
                    arguments: ["mirror", "--from", "file://set"] + targets.map { "docker://\($0)" },
                    exits: nil
                )
                #expect(result.status & 32 != 0, "\(result)")
                #expect(result.stderr.contains(/volume (1 or )?2( or 3)? of media set/), "\(result)")
                #expect(result.stderr.contains("bring it again"), "\(result)")
            }
        }
    }

    @Test("sets of two sites in one folder are told apart, and none is taken by guess")
    func twoSites() async throws {
        try await withScene { scene, source, target in
            let images = [try TestImage.random(layers: [50_000]), try TestImage.random(layers: [60_000])]
            for (site, image) in zip(["north", "south"], images) {
                let name = try await source.publish(image, as: "team/\(site):v1")
                try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--destination", site)
            }
            let place = "docker://\(target.name)"
            let guess = try await scene.ferry("mirror", "--from", "file://set", place, exits: 1)
            #expect(guess.stderr.contains("for north") && guess.stderr.contains("for south"), "\(guess)")
            #expect(guess.stderr.contains("--destination"), "\(guess)")
            let none = try await scene.ferry(
                "mirror",
                "--from",
                "file://set",
                place,
                "--destination",
                "west",
                exits: nil
            )
            #expect(none.status != 0, "\(none)")
            #expect(target.traffic.counts.manifestPuts == 0)
            try await scene.ferry("mirror", "--from", "file://set", place, "--destination", "north")
            #expect(try await target.tags(in: RepositoryPath("team/north")) == ["v1"])
            #expect(try await target.tags(in: RepositoryPath("team/south")) == [])
            // One site alone needs no name.
            try scene.copy("set", to: "carried") { name in
                name.hasSuffix(".tar") && (try? scene.bytes("set/\(name)").range(of: Data("team/south".utf8))) != nil
            }
            try await scene.ferry("mirror", "--from", "file://carried", place)
            #expect(try await target.tags(in: RepositoryPath("team/south")) == ["v1"])
        }
    }
}
