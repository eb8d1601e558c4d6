import FerryTestSupport
import Foundation
import MediaSet
import OCIModel
import Testing

/// `--continue-on-error`, registry to media: the set without what failed takes the place of the whole one.
@Suite("What is left of a set that was made without what failed")
struct ReplacedSetTests {
    private static let run = ["mirror", "-c", "isc.yaml", "file://set"]

    /// Four images of two layers; the second layer of the third one is refused.
    private struct World {
        let scene: Scene
        let source: TestRegistry
        let images: [TestImage]

        init(_ scene: Scene, _ source: TestRegistry) async throws {
            self.scene = scene
            self.source = source
            images = try (0..<4).map { try TestImage(seed: UInt64($0 + 1)) }
            var names: [[String]] = []
            for (number, image) in images.enumerated() {
                names.append([try await source.publish(image, as: "team/app\(number):v1")])
            }
            try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
            source.faults.replace(with: [FaultRule(.status(403), on: .blob(bad))])
        }

        var bad: Digest { images[2].layers[1].descriptor.digest }
        private var partials: [String] { scene.names(in: "set").filter { $0.hasSuffix(".partial") } }

        /// Nothing unfinished is in the folder, and no journal speaks of it.
        func expectClean(sourceLocation: SourceLocation = #_sourceLocation) {
            #expect(partials.isEmpty, "\(partials)", sourceLocation: sourceLocation)
            let journals = scene.names(in: "set/working-dir/journal")
            #expect(journals.isEmpty, "\(journals)", sourceLocation: sourceLocation)
        }

        /// All layers but those of one image were served at most once.
        func expectNothingTwice(but image: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
            let served = source.traffic.counts.blobGetsByDigest
            let allowed = Set(image.map { images[$0].blobs.map(\.descriptor.digest) } ?? []).union([bad])
            let twice = served.filter { !allowed.contains($0.key) && $0.value > 1 }
            #expect(twice.isEmpty, "\(twice)", sourceLocation: sourceLocation)
        }

        /// Makes the whole set as far as it goes, without the permission to leave out anything.
        ///
        /// - Returns: its name.
        func begin() async throws -> VolumeName {
            try await scene.ferry(arguments: ReplacedSetTests.run, exits: 8)
            #expect(partials.count == 1)
            return try #require(VolumeName(partialName: partials[0]))
        }

        /// The same, then the set without what failed; the folder as it was between them is kept as `before`.
        ///
        /// - Returns: the names of both.
        func replace() async throws -> (whole: VolumeName, part: VolumeName) {
            let whole = try await begin()
            try copy("set", to: "before")
            try await scene.ferry(arguments: ReplacedSetTests.run + ["--continue-on-error"], exits: 8)
            return (whole, try #require(VolumeName(fileName: scene.volumes(of: "set")[0].dropFirst(4))))
        }

        /// Notes sets that were begun, as a run does.
        func note(_ sets: [SetIdentifier]) throws {
            var attempts = try SetAttempts(folder: scene.path("set"))
            try attempts.note(sets)
        }

        func copy(_ name: String, to other: String) throws {
            try? FileManager.default.removeItem(atPath: scene.path(other))
            try FileManager.default.copyItem(atPath: scene.path(name), toPath: scene.path(other))
        }
    }

    @Test("its volumes are removed with it, what is fetched again is said, and the retry brings the rest")
    func cleaned() async throws {
        try await withScene { scene, source, target in
            let world = try await World(scene, source)
            let parts = try await scene.ferry(arguments: Self.run + ["--continue-on-error"], exits: 8)
            #expect(parts.stderr.contains("3 of 4 images verified, 1 failed"), "\(parts)")
            #expect(!parts.stderr.contains("unfinished volume of another set"))
            #expect(parts.stderr.contains("fetched again"))
            #expect(scene.volumes(of: "set").count == 1)
            world.expectClean()
            world.expectNothingTwice()

            source.faults.replace(with: [])
            let last = try await scene.ferry(arguments: Self.run + ["--retry-failed"])
            #expect(last.stderr.contains("4 of 4 images verified"), "\(last)")
            world.expectClean()
            world.expectNothingTwice(but: 2)
            for volume in scene.volumes(of: "set") {
                let set = try #require(VolumeName(fileName: volume.dropFirst(4))).set
                try await scene.ferry("mirror", "--from", "file://set", "--set", "\(set)", "docker://\(target.name)")
            }
            for (number, image) in world.images.enumerated() {
                try await target.expect(image, as: "team/app\(number)")
            }
        }
    }

    @Test("a set that was begun without permission to leave out anything is continued, and then removed")
    func refusedFirst() async throws {
        try await withScene { scene, source in
            let world = try await World(scene, source)
            _ = try await world.begin()
            try await scene.ferry(arguments: Self.run + ["--continue-on-error"], exits: 8)
            world.expectClean()
            world.expectNothingTwice()
        }
    }

    @Test("after a crash in the second set the next run finishes whichever it can", arguments: [true, false])
    func crashInSecond(isMended: Bool) async throws {
        try await withScene { scene, source in
            let world = try await World(scene, source)
            let (whole, part) = try await world.replace()
            // As it was before the second set got its name: both are there, unfinished, and noted.
            try world.copy("set/\(part.fileName)", to: "before/\(part.partialName)")
            try world.copy("before", to: "set")
            try world.note([whole.set, part.set])
            if isMended { source.faults.replace(with: []) }

            let next = try await scene.ferry(
                arguments: Self.run + ["--continue-on-error"],
                exits: isMended ? 0 : 8
            )
            #expect(next.stderr.contains("\(isMended ? 4 : 3) of 4 images verified"), "\(next)")
            #expect(!next.stderr.contains("unfinished volume of another set"))
            #expect(scene.volumes(of: "set") == ["set/\(isMended ? whole.fileName : part.fileName)"])
            world.expectClean()
            world.expectNothingTwice()
            try await scene.ferry("verify", "file://set")
        }
    }

    @Test("after a crash between the last name and the cleaning, the next set cleans", arguments: [true, false])
    func crashBeforeCleaning(isMended: Bool) async throws {
        try await withScene { scene, source in
            let world = try await World(scene, source)
            let (whole, part) = try await world.replace()
            for name in [
                whole.partialName, "working-dir/journal/\(whole.set).jsonl", "working-dir/unfinished.json",
                "working-dir/failures.json",
            ] {
                try world.copy("before/\(name)", to: "set/\(name)")
            }
            try world.note([whole.set, part.set])
            if isMended { source.faults.replace(with: []) }

            try await scene.ferry(arguments: Self.run + ["--continue-on-error"], exits: isMended ? 0 : 8)
            #expect(scene.volumes(of: "set").count == (isMended ? 2 : 1))
            world.expectClean()
            world.expectNothingTwice(but: 2)
            try await scene.ferry("verify", "file://set")
        }
    }
}
