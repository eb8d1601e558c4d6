import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Images that cannot be had") struct FailedImageTests {
    /// A source with a release, a good image, one with a blob of wrong bytes, and one that is not there.
    private struct Fixture {
        let release: SampleReleaseDescription
        let good: TestImage
        let wrong: TestImage
        let source: TestRegistry

        var wrongLayer: Digest { wrong.layers[1].descriptor.digest }
        var corruption: FaultRule { FaultRule(.corrupt(byteAt: 50_000), on: .blob(wrongLayer)) }

        init(_ source: TestRegistry, _ scene: Scene) async throws {
            self.source = source
            release = try await source.publishRelease(images: 3, size: 600_000)
            good = try TestImage(seed: 1)
            wrong = try TestImage(seed: 2)
            let names = [
                try await source.publish(good, as: "team/good:v1"),
                try await source.publish(wrong, as: "team/wrong:v1"),
            ]
            let missing = "\(source.name)/team/missing:v1"
            let config = ImageSetText.make(release: release.name, images: (names + [missing]).map { [$0] })
            try scene.write(config, to: "isc.yaml")
        }
    }

    @Test("registry to registry: they leave no tag, are listed with the reason, and the others arrive")
    func toRegistry() async throws {
        try await withScene { scene, source, target in
            let all = try await Fixture(source, scene)
            source.faults.replace(with: [all.corruption])
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)/m",
                exits: 8 + 32
            )
            #expect(result.stderr.contains("5 of 7 images verified, 2 failed"), "\(result)")
            let same = StoreComparison(source: source.store, target: target.store)
            try await same.expectRelease(all.release, below: "m")
            try await same.expectSame(all.good.manifest.digest, from: "team/good", to: "m/team/good", tag: "v1")
            #expect(try await target.tags(in: RepositoryPath("m/team/wrong")) == [])
            #expect(
                try await !target.store.containsBlob(
                    all.wrong.layers[1].descriptor,
                    in: RepositoryPath("m/team/wrong")
                )
            )

            let failed = try scene.report(in: "ws").entries("failed")
            #expect(failed.map(\.origin) == ["\(source.name)/team/missing:v1", "\(source.name)/team/wrong:v1"])
            #expect(
                failed.map(\.reasons) == [
                    ["additionalImages: [2] (line 9)"], ["additionalImages: [1] (line 8)"],
                ]
            )
            #expect(failed.last?.message?.contains(all.wrongLayer.description) == true)

            source.faults.replace(with: [])
            let again = ImageSetText.make(release: all.release.name, images: [["\(source.name)/team/wrong:v1"]])
            try scene.write(again, to: "isc.yaml")
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)/m"
            )
            try await same.expectSame(
                all.wrong.manifest.digest,
                from: "team/wrong",
                to: "m/team/wrong",
                tag: "v1"
            )
        }
    }

    @Test("registry to media: no set is made of a part, unless it is asked for; nothing is fetched twice")
    func toMedia() async throws {
        try await withScene { scene, source, target in
            let all = try await Fixture(source, scene)
            source.faults.replace(with: [all.corruption])
            // With an image that cannot be planned nothing is begun.
            let early = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 8)
            #expect(early.stderr.contains("no media set is made"), "\(early)")
            #expect(scene.volumes(of: "set").isEmpty)
            #expect(try scene.report(in: "set").entries("verified").isEmpty)

            source.traffic.reset()
            let names = ["good", "wrong"].map { ["\(source.name)/team/\($0):v1"] }
            try scene.write(ImageSetText.make(release: all.release.name, images: names), to: "isc.yaml")
            let refused = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 8 + 32)
            #expect(refused.stderr.contains("--continue-on-error"))
            #expect(scene.volumes(of: "set").isEmpty)

            let parts = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://set",
                "--continue-on-error",
                exits: 8 + 32
            )
            #expect(parts.stderr.contains("5 of 6 images verified, 1 failed"), "\(parts)")
            #expect(scene.volumes(of: "set").count == 1)
            let report = try scene.report(in: "set")
            #expect(report.entries("failed").map(\.origin) == ["\(source.name)/team/wrong:v1"])
            expectNothingTwice(all)

            try await scene.ferry("verify", "file://set")
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)/m")
            let same = StoreComparison(source: source.store, target: target.store)
            try await same.expectRelease(all.release, below: "m")
            try await same.expectSame(all.good.manifest.digest, from: "team/good", to: "m/team/good", tag: "v1")
            #expect(try await target.tags(in: RepositoryPath("m/team/wrong")) == [])
        }
    }

    /// All but the wrong blob was served once.
    private func expectNothingTwice(_ all: Fixture, sourceLocation: SourceLocation = #_sourceLocation) {
        let served = all.source.traffic.counts.blobGetsByDigest
        let twice = served.filter { $0.key != all.wrongLayer && $0.value > 1 }
        #expect(twice.isEmpty, "\(twice)", sourceLocation: sourceLocation)
        let others = all.good.blobs.map(\.descriptor.digest)
        for digest in others { #expect(served[digest] == 1, sourceLocation: sourceLocation) }
    }

    @Test("a component of a release that is missing fails as a part of the release")
    func missingComponent() async throws {
        try await withScene { scene, source, target in
            let release = try await source.publishRelease(images: 4, size: 600_000)
            try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
            let gone = try #require(release.components[2].reference.digest)
            source.faults.replace(with: [FaultRule(.missing, on: .manifest(.digest(gone)))])
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)/m",
                exits: 2
            )
            let failed = try scene.report(in: "ws").entries("failed")
            #expect(failed.map(\.digest) == [gone.description])
            #expect(failed.first?.reasons == ["Release 4.18.1 (x86_64): component component-003"])
            #expect(failed.first?.kind == "ocpReleaseContent")
            try await StoreComparison(source: source.store, target: target.store)
                .expectRelease(release, below: "m", except: ["component-003"])
            let tags = try await target.tags(in: RepositoryPath("m/openshift/release"))
            #expect(tags.count == 3)
        }
    }

    @Test("a target that refuses one manifest: that image fails, the others arrive")
    func refusedManifest() async throws {
        try await withScene { scene, source, target in
            let images = try (1...3).map { try TestImage(seed: $0) }
            var names: [[String]] = []
            for (index, image) in images.enumerated() {
                names.append([try await source.publish(image, as: "team/app\(index):v1")])
            }
            try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
            target.faults.replace(with: [
                FaultRule(.status(403), on: .path(containing: "/team/app1/manifests", method: "PUT"))
            ])
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)",
                exits: 8
            )
            #expect(result.stderr.contains("403"))
            #expect(try scene.report(in: "ws").entries("failed").map(\.origin) == names[1])
            for index in [0, 2] {
                #expect(try await target.tags(in: RepositoryPath("team/app\(index)")) == ["v1"])
            }
        }
    }
}
