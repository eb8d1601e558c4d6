import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Out to media and in again") struct MediaRoundTripTests {
    @Test("a signed release arrives whole, and a second time nothing moves")
    func release() async throws {
        try await withScene { scene, source, target in
            let release = try await source.publishRelease(images: 8, size: 3_000_000, signatures: true)
            let config = try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
            let set = "file://\(scene.path("set"))"
            let place = "docker://\(target.name)/mirror"
            let lock = scene.path("set/working-dir/lock.json")

            try await scene.ferry("mirror", "-c", config, set)
            #expect(scene.volumes(of: "set").count == 1)
            let fetched = source.traffic.counts
            #expect(fetched.blobBytesSent <= release.distinctBytes * 102 / 100)
            try await scene.ferry("verify", set)
            try await scene.ferry("mirror", "--from", set, place)
            #expect(target.traffic.counts.uploadsFinished == release.blobs)
            #expect(target.traffic.counts.uploadedBytes == release.distinctBytes)
            let verified = try await scene.ferry("verify", place, "--lock", lock, "--deep")
            // Payload, eight components, and the signatures of the payload and of every fourth component.
            #expect(verified.stdout.contains("12 of 12 images verified"), "\(verified)")
            try await StoreComparison(source: source.store, target: target.store)
                .expectRelease(release, below: "mirror")
            try await expectSignatures(of: release.payload.digest, source, target)

            let resources = ["idms-oc-mirror.yaml", "itms-oc-mirror.yaml"]
            #expect(scene.names(in: "set/working-dir/cluster-resources") == resources)
            let first = try resources.map { try scene.bytes("set/working-dir/cluster-resources/\($0)") }

            source.traffic.reset()
            target.traffic.reset()
            let volume = try scene.bytes(try #require(scene.volumes(of: "set").first))
            try await scene.ferry("mirror", "-c", config, set)
            #expect(source.traffic.counts.blobGets == 0, "\(source.traffic.counts.log)")
            #expect(try scene.bytes(scene.volumes(of: "set")[0]) == volume)
            source.traffic.reset()
            try await scene.ferry("mirror", "--from", set, place)
            let counts = target.traffic.counts
            #expect(counts.uploadsStarted + counts.mountsAsked + counts.blobHeads + counts.blobGets == 0)
            #expect(counts.manifestPuts == 0)
            #expect(source.traffic.counts.requests == 0, "an import asks nobody but the target")
            let second = try resources.map { try scene.bytes("set/working-dir/cluster-resources/\($0)") }
            #expect(second == first)
        }
    }

    private func expectSignatures(of digest: Digest?, _ source: TestRegistry, _ target: TestRegistry) async throws {
        let payload = try #require(digest)
        let tag = try Tag("sha256-\(payload.hex).sig")
        let origin = try RepositoryPath("openshift-release-dev/ocp-release")
        let signature = try #require(try await source.store.readBack(.tag(tag), in: origin))
        try await StoreComparison(source: source.store, target: target.store)
            .expectSame(signature, from: origin.text, to: "mirror/openshift/release-images", tag: tag.text)
    }

    @Test("lists of architectures, images of Docker's type, digests and referrers arrive as they are")
    func additionalImages() async throws {
        try await withScene { scene, source, target in
            let multi = try await MultiPlatformImage(in: source)
            let docker = try TestImage(seed: 3, mediaType: .dockerManifest)
            try await source.publish(docker, as: "team/docker:v2")
            let pinned = try TestImage(seed: 4)
            try await source.publish(pinned, as: "team/pinned:x")
            let report = try TestImage(
                seed: 5,
                subject: multi.children[1].descriptor(),
                artifactType: "application/vnd.example.report"
            )
            try await report.write(to: source.store, in: multi.repository)

            let config = ImageSetText.make(images: [
                ["\(source.name)/team/multi:1.0"], ["\(source.name)/team/docker:v2", "targetTag: other"],
                ["\(source.name)/team/pinned@\(pinned.manifest.digest)", "targetRepo: moved/to"],
            ])
            try scene.write(config, to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("verify", "file://set")
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)")

            let same = StoreComparison(source: source.store, target: target.store)
            try await same.expectSame(multi.list.digest, from: "team/multi", to: "team/multi", tag: "1.0")
            try await same.expectSame(report.manifest.digest, from: "team/multi", to: "team/multi")
            try await same.expectSame(
                docker.manifest.digest,
                from: "team/docker",
                to: "team/docker",
                tag: "other"
            )
            try await same.expectSame(
                pinned.manifest.digest,
                from: "team/pinned",
                to: "moved/to",
                tag: "sha256-\(pinned.manifest.digest.hex)"
            )
            let referrers = try await target.referrers(of: multi.children[1].manifest.digest, in: multi.repository)
            #expect(referrers == [report.manifest.digest])
        }
    }

    @Test("verify finds what a registry lacks")
    func verifyFindsGaps() async throws {
        try await withScene { scene, source, target in
            let images = try [TestImage(seed: 1), TestImage(seed: 2)]
            for (index, image) in images.enumerated() {
                try await source.publish(image, as: "team/app\(index):v1")
            }
            try scene.write(
                ImageSetText.make(images: (0...1).map { ["\(source.name)/team/app\($0):v1"] }),
                to: "isc.yaml"
            )
            try await scene.ferry("plan", "-c", "isc.yaml")
            try await images[0].write(to: target.store, in: RepositoryPath("team/app0"), tag: Tag("v1"))
            let verify = ["working-dir/lock.json", "docker://\(target.name)"]
            let half = try await scene.ferry("verify", verify[1], "--lock", verify[0], exits: 32)
            #expect(half.stdout.contains("1 of 2 images verified"))
            #expect(half.stdout.contains("FAILED \(target.name)/team/app1:v1"))

            try await images[1].write(to: target.store, in: RepositoryPath("team/app1"), tag: Tag("v1"))
            try await scene.ferry("verify", verify[1], "--lock", verify[0], "--deep")
            let layer = images[1].layers[1].descriptor.digest
            target.faults.replace(with: [FaultRule(.corrupt(byteAt: 100), on: .blob(layer))])
            try await scene.ferry("verify", verify[1], "--lock", verify[0])
            let deep = try await scene.ferry("verify", verify[1], "--lock", verify[0], "--deep", exits: 32)
            #expect(deep.stdout.contains("FAILED \(target.name)/team/app1:v1"))
            #expect(deep.stdout.contains(layer.description))
        }
    }
}
