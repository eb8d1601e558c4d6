import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Exit codes") struct ExitCodeTests {
    @Test("the bits of the kinds that failed are joined")
    func bits() async throws {
        try await withScene { scene, source, target in
            let release = try await source.publishRelease(images: 3, size: 300_000)
            let image = try TestImage(seed: 1)
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(release: release.name, images: [[name]]), to: "isc.yaml")
            let component = try #require(release.components[0].reference.digest)
            let layer = image.layers[0].descriptor.digest
            let run = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws"]
            let cases: [([FaultRule], Int32)] = [
                ([FaultRule(.missing, on: .manifest(.digest(component)))], 2),
                ([FaultRule(.missing, on: .blob(layer))], 8),
                (
                    [
                        FaultRule(.missing, on: .manifest(.digest(component))),
                        FaultRule(.missing, on: .blob(layer)),
                    ], 10
                ),
                ([FaultRule(.corrupt(byteAt: 9), on: .blob(layer))], 40),
                ([FaultRule(.corrupt(byteAt: 9), on: .manifest(.digest(component)))], 34),
                ([], 0),
            ]
            for (index, (faults, code)) in cases.enumerated() {
                source.faults.replace(with: faults)
                // A place of its own each time, so that nothing is there from the last.
                try await scene.ferry(arguments: run + ["docker://\(target.name)/case\(index)"], exits: code)
            }
        }
    }

    @Test("a release that is not there fails as a release; a target that is not there ends the run with 1")
    func absent() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            let release = "\(source.name)/openshift-release-dev/ocp-release:4.99.0-x86_64"
            try scene.write(ImageSetText.make(release: release, images: [[name]]), to: "isc.yaml")
            let set = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 2)
            #expect(set.stderr.contains(release))

            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let gone = try await withRegistry { $0.name }
            let unreachable = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(gone)",
                "--retry-times",
                "1",
                "--retry-delay",
                "1ms",
                exits: 1
            )
            #expect(unreachable.stderr.contains("\(gone)"), "\(unreachable)")
        }
    }

    @Test("an image whose source is gone fails as itself, with the reason")
    func sourceGone() async throws {
        try await withScene { scene in
            let gone = try await withRegistry { $0.name }
            try scene.write(ImageSetText.make(images: [["\(gone)/team/app:v1"]]), to: "isc.yaml")
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://set",
                "--retry-times",
                "1",
                "--retry-delay",
                "1ms",
                exits: 8
            )
            #expect(result.stderr.contains("\(gone)/team/app:v1 (additionalImages: [0] (line 5))"), "\(result)")
        }
    }
}
