import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("From registry to registry") struct MirrorRegistryTests {
    @Test("layers that images share are uploaded once and mounted in the other repositories")
    func sharedLayers() async throws {
        try await withScene { scene, source, target in
            let base = try TestBlob(seed: 100, size: 400_000)
            let images = try (1...3).map { number in
                try TestImage(layers: [base, TestBlob(seed: number, size: 10_000)], seed: number)
            }
            var names: [[String]] = []
            for (index, image) in images.enumerated() {
                let name = try await source.publish(image, as: "team/app\(index):v1")
                names.append([name, "targetRepo: elsewhere/number-\(index)", "targetTag: done"])
            }
            try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)"
            )
            let counts = target.traffic.counts
            #expect(counts.mounts == 2)
            #expect(counts.uploadsFinished == 7)
            #expect(
                counts.uploadedBytes == images.flatMap(\.blobs).reduce(0) { $0 + $1.descriptor.size } - 800_000
            )
            #expect(source.traffic.counts.blobGetsByDigest[base.descriptor.digest] == 1)
            for (index, image) in images.enumerated() {
                try await StoreComparison(source: source.store, target: target.store).expectSame(
                    image.manifest.digest,
                    from: "team/app\(index)",
                    to: "elsewhere/number-\(index)",
                    tag: "done"
                )
            }
            #expect(try scene.report(in: "ws").traffic.blobsMounted == 2)

            source.traffic.reset()
            target.traffic.reset()
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)"
            )
            #expect(source.traffic.counts.blobGets == 0)
            let again = target.traffic.counts
            #expect(again.uploadsStarted + again.mountsAsked + again.blobHeads + again.manifestPuts == 0)
        }
    }

    @Test("a release goes straight over, with its cluster resources, the same each time")
    func release() async throws {
        try await withScene { scene, source, target in
            let release = try await source.publishRelease(
                images: 5,
                size: 800_000,
                signatures: true,
                multi: true
            )
            try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
            let place = "docker://\(target.name)/deep/er"
            try await scene.ferry("mirror", "-c", "isc.yaml", "--workspace", "file://ws", place)
            let same = StoreComparison(source: source.store, target: target.store)
            try await same.expectRelease(release, below: "deep/er")
            let folder = "ws/working-dir/cluster-resources"
            let idms = try scene.bytes("\(folder)/idms-oc-mirror.yaml")
            #expect(String(decoding: idms, as: UTF8.self).contains("\(target.name)/deep/er/openshift/release"))

            try await scene.ferry("mirror", "-c", "isc.yaml", "--workspace", "file://other", place)
            #expect(try scene.bytes("other/working-dir/cluster-resources/idms-oc-mirror.yaml") == idms)
            // From the lock file alone, without asking anybody.
            target.traffic.reset()
            try await scene.ferry("resources", "--lock", "ws/working-dir/lock.json", place, "-o", "again")
            #expect(try scene.bytes("again/idms-oc-mirror.yaml") == idms)
            #expect(target.traffic.counts.requests == 0)
        }
    }

    @Test("a tag that was moved at the target is set right again")
    func movedTag() async throws {
        try await withScene { scene, source, target in
            let (right, wrong) = (try TestImage(seed: 1), try TestImage(seed: 2))
            let name = try await source.publish(right, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let repository = try RepositoryPath("team/app")
            try await wrong.write(to: target.store, in: repository, tag: Tag("v1"))
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)"
            )
            #expect(try await target.store.readBack(.tag(Tag("v1")), in: repository) == right.manifest.digest)
            // Nothing is deleted by the way.
            let kept = try await target.store.readBack(.digest(wrong.manifest.digest), in: repository)
            #expect(kept == wrong.manifest.digest)
        }
    }

    @Test("--remove-signatures leaves out what is attached")
    func removeSignatures() async throws {
        try await withScene { scene, source, target in
            let release = try await source.publishRelease(images: 4, size: 400_000, signatures: true)
            try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "--remove-signatures",
                "docker://\(target.name)"
            )
            for repository in try await target.store.repositories() {
                #expect(try await !target.tags(in: repository).contains { $0.hasSuffix(".sig") })
            }
            #expect(try scene.report(in: "ws").wanted == 5)
        }
    }
}
