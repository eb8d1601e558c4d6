import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("Volumes of a limited size") struct VolumeTests {
    private static let limit = 10_000_000

    /// A finished set of one image with a blob of 35 MB, in volumes of 10 MB.
    private func withVolumes(
        _ body: (Scene, TestRegistry, TestImage, [String]) async throws -> Void
    ) async throws {
        try await withScene { scene, source in
            let image = try TestImage.random(layers: [300_000, 35_000_000])
            let name = try await source.publish(image, as: "team/big:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--volume-size", "10MB")
            try await body(scene, source, image, scene.volumes(of: "set"))
        }
    }

    @Test("no file is over the limit, other tools can join the pieces, the import is whole")
    func pieces() async throws {
        try await withVolumes { scene, source, image, volumes in
            #expect(volumes.count == 4)
            for (index, volume) in volumes.enumerated() {
                #expect(try scene.bytes(volume).count <= Self.limit, "\(volume)")
                #expect(volume.hasSuffix("_00\(index + 1)of004.tar"), "\(volume)")
            }
            try await scene.ferry("verify", "file://set")
            try await expectJoinedPieces(scene, volumes, of: image.layers[1])
            try await withRegistry { target in
                try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)/m")
                try await StoreComparison(source: source.store, target: target.store)
                    .expectSame(image.manifest.digest, from: "team/big", to: "m/team/big", tag: "v1")
            }
        }
    }

    private func expectJoinedPieces(_ scene: Scene, _ volumes: [String], of blob: TestBlob) async throws {
        guard let bsdtar = toolPath("bsdtar") else { return }
        try FileManager.default.createDirectory(atPath: scene.path("out"), withIntermediateDirectories: true)
        for volume in volumes {
            let arguments = ["-xf", scene.path(volume), "-C", scene.path("out")]
            let extracted = try await runProcess(bsdtar, arguments)
            #expect(extracted.status == 0, "\(extracted)")
        }
        let names = scene.names(in: "out/blobs/sha256").filter { $0.hasPrefix(blob.descriptor.digest.hex + ".") }
        #expect(names.count > 3)
        var joined = Data()
        for part in 1...names.count {
            joined += try scene.bytes("out/blobs/sha256/\(blob.descriptor.digest.hex).\(part)of\(names.count)")
        }
        #expect([UInt8](joined) == blob.bytes)
    }

    @Test("volumes on several media are found wherever they are")
    func severalMedia() async throws {
        try await withVolumes { scene, source, image, volumes in
            for (index, volume) in volumes.enumerated() {
                try FileManager.default.createDirectory(
                    atPath: scene.path("m\(index)"),
                    withIntermediateDirectories: true
                )
                let name = try #require(volume.split(separator: "/").last)
                try FileManager.default.moveItem(atPath: scene.path(volume), toPath: scene.path("m\(index)/\(name)"))
            }
            try await scene.ferry("verify", "file://m2", "file://m0", "file://m3", "file://m1")
            try await withRegistry { target in
                try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://m3",
                    "--from",
                    "file://m1",
                    "--from",
                    "file://m0",
                    "--from",
                    "file://m2",
                    "--workspace",
                    "file://ws",
                    "docker://\(target.name)"
                )
                try await StoreComparison(source: source.store, target: target.store)
                    .expectSame(image.manifest.digest, from: "team/big", to: "team/big", tag: "v1")
            }
        }
    }

    private enum Harm: CaseIterable {
        case missing
        case truncated
        case swapped
    }

    @Test("a volume that is missing, cut off or of another set is named by its number, and nothing is sent")
    func harmed() async throws {
        try await withVolumes { scene, _, _, volumes in
            try await withRegistry { target in
                let files = FileManager.default
                let third = scene.path(volumes[2])
                try files.moveItem(atPath: third, toPath: scene.path("kept"))
                for harm in Harm.allCases {
                    switch harm {
                    case .missing: break
                    case .truncated:
                        try files.copyItem(atPath: scene.path("kept"), toPath: third)
                        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: third))
                        try handle.truncate(atOffset: 5_000_000)
                        try handle.close()
                    case .swapped:
                        // Another set's volume under this one's name.
                        try await otherVolume(scene, at: third)
                    }
                    let result = try await scene.ferry(
                        "mirror",
                        "--from",
                        "file://set",
                        "docker://\(target.name)",
                        exits: nil
                    )
                    #expect(result.status != 0)
                    #expect(result.stderr.contains("volume 3"), "\(harm): \(result)")
                    #expect(!result.stderr.contains("volume 2"), "\(harm): \(result)")
                    #expect(target.traffic.counts.requests <= 1, "\(harm)")
                    let verified = try await scene.ferry("verify", "file://set", exits: 32)
                    #expect(verified.stdout.contains("Bring these volumes again: 3"), "\(harm): \(verified)")
                    if harm != .missing { try files.removeItem(atPath: third) }
                }
                #expect(try await target.store.repositories() == [])
            }
        }
    }

    private func otherVolume(_ scene: Scene, at path: String) async throws {
        try await withRegistry { source in
            let name = try await source.publish(TestImage.random(layers: [35_000_000], seed: 9), as: "team/other:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "other.yaml")
            try await scene.ferry("mirror", "-c", "other.yaml", "file://other", "--volume-size", "10MB")
            try FileManager.default.copyItem(atPath: scene.path(scene.volumes(of: "other")[2]), toPath: path)
        }
    }

    @Test("volumes under each other's names are read all the same")
    func renamed() async throws {
        try await withVolumes { scene, _, image, volumes in
            let files = FileManager.default
            try files.moveItem(atPath: scene.path(volumes[0]), toPath: scene.path("kept"))
            try files.moveItem(atPath: scene.path(volumes[3]), toPath: scene.path(volumes[0]))
            try files.moveItem(atPath: scene.path("kept"), toPath: scene.path(volumes[3]))
            try await withRegistry { target in
                try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)")
                #expect(
                    try await target.store.readBack(.tag(Tag("v1")), in: RepositoryPath("team/big"))
                        == image.manifest.digest
                )
            }
        }
    }

    @Test("sizes that are none, or leave no room", arguments: ["10XB", "0", "-1", "1KiB"])
    func badSizes(_ size: String) async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://set",
                "--volume-size=\(size)",
                exits: 1
            )
            #expect(result.stderr.contains("error: "))
            #expect(source.traffic.counts.blobGets == 0)
            #expect(scene.volumes(of: "set").isEmpty)
        }
    }
}
