import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import RegistryServer
import SamplePayload
import Testing

@Suite("What failed is tried again, whatever it is") struct RetryFurtherTests {
    private static let run = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws"]

    @Test("an attachment that failed is brought with the image that it is attached to, and nothing else")
    func attachment() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage(seed: 1)
            let other = try await source.publish(TestImage(seed: 2), as: "team/other:v1")
            let name = try await source.publish(image, as: "team/app:v1")
            let note = try TestImage(seed: 3, subject: image.descriptor(), artifactType: "application/x.note")
            try await note.write(to: source.store, in: RepositoryPath("team/app"))
            try scene.write(ImageSetText.make(images: [[other], [name]]), to: "isc.yaml")
            let layer = note.layers[0].descriptor.digest
            source.faults.replace(with: [FaultRule(.missing, on: .blob(layer))])
            let place = "docker://\(target.name)/m"
            try await scene.ferry(arguments: Self.run + [place], exits: 8)
            let failures = try #require(try scene.failures(in: "ws")).failures
            #expect(failures.contains { $0.digest == "\(note.manifest.digest)" }, "\(failures)")
            source.faults.replace(with: [])
            target.traffic.reset()
            try await scene.ferry(arguments: Self.run + [place, "--retry-failed"])
            #expect(try scene.failures(in: "ws") == nil)
            #expect(target.traffic.counts.log.allSatisfy { !$0.contains("/team/other/") })
            let referrers = try await target.store.referrers(
                of: image.manifest.digest,
                in: RepositoryPath("m/team/app")
            )
            #expect(referrers.map(\.digest) == [note.manifest.digest])
        }
    }

    @Test("a component of a release that failed is brought, and then the release is whole")
    func component() async throws {
        try await withScene { scene, source, target in
            let release = try await source.publishRelease(images: 4, size: 300_000)
            try scene.write(ImageSetText.make(release: release.name, images: []), to: "isc.yaml")
            target.faults.replace(with: [
                FaultRule(.status(403), on: .path(containing: "-component-", method: "PUT"), when: .first(1))
            ])
            let place = "docker://\(target.name)/m"
            let first = try await scene.ferry(arguments: Self.run + [place], exits: nil)
            #expect([2, 4, 8].contains(first.status), "\(first)")
            let failures = try #require(try scene.failures(in: "ws")).failures
            #expect(!failures.isEmpty)
            #expect(failures.contains { $0.kind == "ocpReleaseContent" }, "\(failures)")
            target.faults.replace(with: [])
            let last = try await scene.ferry(arguments: Self.run + [place, "--retry-failed"])
            #expect(try scene.failures(in: "ws") == nil, "\(last)")
            #expect(try scene.report(in: "ws").entries("failed").isEmpty)
            try await scene.ferry("verify", place, "--lock", "ws/working-dir/lock.json")
        }
    }

    @Test("a retry that is killed can be begun again, also at several targets", arguments: [1, 2])
    func killed(targets: Int) async throws {
        try await withScene { scene, source, target in
            let bad = try TestImage.random(layers: [300_000])
            let names = [
                try await source.publish(TestImage(seed: 2), as: "team/other:v1"),
                try await source.publish(bad, as: "team/app:v1"),
            ]
            try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
            let layer = bad.layers[0].descriptor.digest
            source.faults.replace(with: [FaultRule(.missing, on: .blob(layer))])
            let places = (1...targets).map { "docker://\(target.name)/m\($0)" }
            try await scene.ferry(arguments: Self.run + places, exits: 8)
            let retry = Self.run + places + ["--retry-failed"]
            for signal in [SIGKILL, SIGTERM] {
                let kill = Trigger.signal(signal, at: 1)
                source.faults.replace(with: [
                    .watchBlobs(layer) { _ in kill.pull() },
                    FaultRule(.stallAnswer(afterBytes: 1_000), on: .blob(layer)),
                ])
                try await scene.withFerry(arguments: retry) { process in
                    kill.aim(at: process)
                    let status = await process.wait()
                    #expect(status == (signal == SIGKILL ? 128 + SIGKILL : 130))
                }
                source.faults.replace(with: [])
            }
            source.traffic.reset()
            let last = try await scene.ferry(arguments: retry)
            #expect(last.stderr.contains("trying again 1 image "), "\(last)")
            #expect(source.traffic.counts.log.allSatisfy { !$0.contains("/team/other/") })
            for number in 1...targets { try await target.expect(bad, as: "m\(number)/team/app") }
            let nothing = try await scene.ferry(arguments: retry)
            #expect(nothing.stderr.contains("nothing failed in the last run"), "\(nothing)")
        }
    }
}
