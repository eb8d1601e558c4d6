import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("Registries with bad days") struct FaultyRegistryTests {
    /// One request in twenty is answered 503, and one body in twenty is cut.
    private static func faults(_ target: FaultRule.Target, seed: UInt64) -> [FaultRule] {
        [
            FaultRule(.status(503, retryAfter: 0), on: target, when: .share(0.05, seed: seed)),
            FaultRule(.cutAnswer(afterBytes: 700), on: target, when: .share(0.05, seed: seed + 1)),
        ]
    }

    @Test("a source that refuses and cuts is read to the end", arguments: [1, 2] as [UInt64])
    func source(seed: UInt64) async throws {
        try await withScene { scene in
            try await withRegistry(faults: Self.faults(.any, seed: seed)) { source in
                try await withRegistry { target in
                    let release = try await source.publishRelease(images: 20, size: 1_500_000, signatures: true)
                    try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
                    try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--retry-delay", "5ms")
                    #expect(source.faults.appliedCount > 5)
                    try await scene.ferry("verify", "file://set")
                    let place = "docker://\(target.name)/m"
                    let workspace = ["--workspace", "file://ws"]
                    try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        workspace[0],
                        workspace[1],
                        place,
                        "--retry-delay",
                        "5ms"
                    )
                    try await StoreComparison(source: source.store, target: target.store)
                        .expectRelease(release, below: "m")
                    #expect(try scene.report(in: "ws").entries("verified").count == 27)
                }
            }
        }
    }

    @Test("a target that refuses and cuts is filled")
    func target() async throws {
        try await withScene { scene, source, target in
            let release = try await source.publishRelease(images: 20, size: 1_500_000)
            let cut = FaultRule(.cutRequest(afterBytes: 500), on: .uploads, when: .share(0.05, seed: 3))
            target.faults.replace(with: Self.faults(.any, seed: 5) + [cut])
            try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)/m",
                "--retry-delay",
                "5ms"
            )
            #expect(target.faults.appliedCount > 5)
            target.faults.replace(with: [])
            try await StoreComparison(source: source.store, target: target.store)
                .expectRelease(release, below: "m")
        }
    }

    @Test("a source that never answers again: the run ends with a reason")
    func givesUp() async throws {
        try await withScene { scene, source in
            let good = try TestImage(seed: 1)
            let bad = try TestImage(seed: 2)
            let names = [
                try await source.publish(good, as: "team/good:v1"),
                try await source.publish(bad, as: "team/bad:v1"),
            ]
            let layer = bad.layers[0].descriptor.digest
            source.faults.replace(with: [FaultRule(.status(503), on: .blob(layer))])
            try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://set",
                "--retry-delay",
                "2ms",
                "--retry-times",
                "2",
                exits: 8
            )
            #expect(
                result.stderr.contains("\(source.name)/team/bad:v1 (additionalImages: [1] (line 6))"),
                "\(result)"
            )
            #expect(result.stderr.contains("503"))
            #expect(scene.volumes(of: "set").isEmpty)
            #expect(source.traffic.counts.blobGetsByDigest[layer, default: 0] <= 2 * 3)
        }
    }
}
