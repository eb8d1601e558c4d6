import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

/// One drive, and a person at a terminal who puts volumes into it.
@Suite("Volumes one at a time") struct DiscSwapTests {
    /// The drive of a scene.
    private struct Drive {
        let scene: Scene
        let volumes: [String]

        /// Takes everything out and puts files in.
        func put(_ names: String...) throws {
            let files = FileManager.default
            try? files.removeItem(atPath: scene.path("drive"))
            try files.createDirectory(atPath: scene.path("drive"), withIntermediateDirectories: true)
            for name in names {
                let last = name.split(separator: "/").last ?? ""
                try files.copyItem(atPath: scene.path(name), toPath: scene.path("drive/\(last)"))
            }
        }

        /// Puts a volume in, by its number.
        func put(_ number: Int) throws { try put(volumes[number - 1]) }
    }

    /// What was asked for on a screen: the numbers of volumes, in order.
    private static func asked(_ screen: String) -> [Int] {
        screen.split(whereSeparator: \.isNewline).compactMap { line in
            guard let start = line.range(of: "insert volume "), line.contains("q to stop") else { return nil }
            return Int(line[start.upperBound...].prefix { $0.isNumber })
        }
    }

    /// Waits for the next question; nil when the program ended without one.
    private func question(_ process: TerminalProcess, after count: Int) async -> Int? {
        await process.screen.wait { Self.asked($0).count > count }
        let asked = Self.asked(process.screen.text)
        return asked.count > count ? asked[count] : nil
    }

    /// A set of one image in volumes of 10 MB, one of whose layers lies in several of them, and an empty drive.
    private func withDrive(
        _ body: (Scene, TestRegistry, TestRegistry, TestImage, Drive) async throws -> Void
    ) async throws {
        try await withScene { scene, source, target in
            let image = try TestImage.random(layers: [300_000, 25_000_000, 400_000])
            let name = try await source.publish(image, as: "team/big:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--volume-size", "10MB")
            let volumes = scene.volumes(of: "set")
            #expect(volumes.count == 3)
            let drive = Drive(scene: scene, volumes: volumes)
            try drive.put()
            try await body(scene, source, target, image, drive)
        }
    }

    private func expectArrived(
        _ image: TestImage,
        _ scene: Scene,
        _ source: TestRegistry,
        _ target: TestRegistry
    ) async throws {
        try await StoreComparison(source: source.store, target: target.store)
            .expectSame(image.manifest.digest, from: "team/big", to: "m/team/big", tag: "v1")
        let lock = scene.path("set/working-dir/lock.json")
        try await scene.ferry("verify", "docker://\(target.name)/m", "--lock", lock, "--deep")
    }

    @Test("each volume is asked for once, by its number, while no file of the last is open; everything arrives")
    func swaps() async throws {
        try await withDrive { scene, source, target, image, drive in
            let place = "docker://\(target.name)/m"
            try await scene.withTerminal("mirror", "--from", "file://drive", place, "--yes") { process in
                var count = 0
                while let number = await question(process, after: count) {
                    count += 1
                    #expect(!process.openFiles().contains { $0.contains("/drive") }, "the drive can be opened")
                    try drive.put(number)
                    try process.type("\n")
                }
                let screen = process.screen.text
                #expect(await process.wait() == 0, "\(screen)")
                #expect(Self.asked(screen) == [1, 2, 3], "\(screen)")
                #expect(screen.contains("insert volume 2 of 3 of media set "), "\(screen)")
                #expect(screen.contains("into drive, then press return"), "\(screen)")
            }
            try await expectArrived(image, scene, source, target)
            #expect(scene.names(in: "drive").count == 1, "nothing is written to the medium")
            #expect(scene.names(in: "working-dir").contains { $0.hasPrefix("receipt_") })
        }
    }

    @Test("what is not the volume is named, and the volume is asked for again")
    func wrongDisc() async throws {
        try await withDrive { scene, source, target, image, drive in
            try await makeOtherSet(scene)
            let place = "docker://\(target.name)/m"
            let arguments = ["file://drive", place]
            try await scene.withTerminal("mirror", "--from", arguments[0], arguments[1]) { process in
                #expect(await question(process, after: 0) == 1)
                try drive.put(1)
                try process.type("\n")
                let second = scene.path("drive/\(drive.volumes[1].split(separator: "/").last ?? "")")
                let wrong: [(said: String, put: () throws -> Void)] = [
                    ("of another set", { try drive.put(scene.volumes(of: "other")[0]) }),
                    ("is volume 1 of this set", { try drive.put(1) }),
                    ("no volume of a media set is in drive", { try drive.put() }),
                    (
                        "bytes instead of",
                        {
                            try drive.put(2)
                            #expect(truncate(second, 5_000_000) == 0)
                        }
                    ),
                ]
                for (index, wrong) in wrong.enumerated() {
                    #expect(await question(process, after: 1 + index) == 2)
                    try wrong.put()
                    try process.type("\n")
                }
                var count = 1 + wrong.count
                while let number = await question(process, after: count) {
                    count += 1
                    try drive.put(number)
                    try process.type("\n")
                }
                let screen = process.screen.text
                #expect(await process.wait() == 0, "\(screen)")
                #expect(Self.asked(screen) == [1, 2, 2, 2, 2, 2, 3], "\(screen)")
                for wrong in wrong { #expect(screen.contains(wrong.said), "\(screen)") }
            }
            try await expectArrived(image, scene, source, target)
        }
    }

    private func makeOtherSet(_ scene: Scene) async throws {
        try await withRegistry { registry in
            let name = try await registry.publish(TestImage(seed: 5), as: "team/other:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "other.yaml")
            try await scene.ferry("mirror", "-c", "other.yaml", "file://other")
        }
    }

    private enum Stop: String, CaseIterable {
        case word = "q\n"
        case end = "\u{4}"
        case signal = ""
    }

    @Test("q, the end of the input and SIGINT end the run cleanly; the next one goes on", arguments: Stop.allCases)
    private func stops(_ stop: Stop) async throws {
        try await withDrive { scene, source, target, image, drive in
            let place = "docker://\(target.name)/m"
            try drive.put(1)
            try await scene.withTerminal("mirror", "--from", "file://drive", place) { process in
                #expect(await question(process, after: 0) == 2)
                if stop == .signal { process.signal(SIGINT) } else { try process.type(stop.rawValue) }
                let status = await process.wait()
                let screen = await process.screen.whole()
                #expect(status == 130, "\(screen)")
                #expect(screen.contains("the same command continues"), "\(screen)")
            }
            #expect(try await target.tags(in: RepositoryPath("m/team/big")) == [])
            target.traffic.reset()
            // The one volume that was there need not be sent again.
            try drive.put("set/" + (drive.volumes[0].split(separator: "/").last ?? ""))
            try await scene.ferry("mirror", "--from", "file://set", place)
            try await expectArrived(image, scene, source, target)
            #expect(target.traffic.counts.blobHeads > 0)
        }
    }

    @Test("without a terminal the missing volumes are named and nothing is sent")
    func noTerminal() async throws {
        try await withDrive { scene, _, target, _, drive in
            try drive.put(2)
            let place = "docker://\(target.name)/m"
            let result = try await scene.ferry("mirror", "--from", "file://drive", place, exits: 32)
            #expect(result.stderr.contains("volume 1: "), "\(result)")
            #expect(result.stderr.contains("volume 3: "), "\(result)")
            #expect(target.traffic.counts.requests == 0)
        }
    }
}
