import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

/// What happens to media on their way, and what `ferry verify` and an import say of it.
@Suite("Mishaps with volumes") struct MishapTests {
    /// The files of a set of four volumes and of another one with as many.
    private struct Media: Sendable {
        let scene: Scene
        let volumes: [String]
        let others: [String]

        /// The folders that are named with `--from`; the set lies in the first.
        let folders = ["in", "more"]

        func path(_ number: Int) -> String { scene.path("in/\(Self.name(volumes[number - 1]))") }

        static func name(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

        /// Puts sound copies of all volumes into the first folder, nothing into the second.
        func refresh() throws {
            let files = FileManager.default
            for folder in folders {
                if files.fileExists(atPath: scene.path(folder)) { try files.removeItem(atPath: scene.path(folder)) }
                try files.createDirectory(atPath: scene.path(folder), withIntermediateDirectories: true)
            }
            for volume in volumes {
                try files.copyItem(atPath: scene.path(volume), toPath: scene.path("in/\(Self.name(volume))"))
            }
        }

        func remove(_ number: Int) throws { try FileManager.default.removeItem(atPath: path(number)) }

        func move(_ number: Int, to path: String) throws {
            try FileManager.default.moveItem(atPath: self.path(number), toPath: scene.path(path))
        }

        func swap(_ one: Int, _ two: Int) throws {
            try move(one, to: "kept")
            try FileManager.default.moveItem(atPath: path(two), toPath: path(one))
            try FileManager.default.moveItem(atPath: scene.path("kept"), toPath: path(two))
        }

        func cut(_ number: Int, to size: off_t) { #expect(truncate(path(number), size) == 0) }

        /// Flips a bit of a member of a volume.
        func flip(_ member: String, of number: Int, by distance: Int = 20) throws {
            let offset = try VolumeBytes.content(of: member, in: Data(contentsOf: URL(fileURLWithPath: path(number))))
            try VolumeBytes.flip(at: offset + distance, of: path(number))
        }

        func copyOther(_ number: Int, to path: String) throws {
            try FileManager.default.copyItem(atPath: scene.path(others[number - 1]), toPath: path)
        }
    }

    /// A mishap, and the volumes that must be named; none when it does no harm.
    private struct Mishap: Sendable {
        let name: String
        let volumes: [Int]
        var said: [String] = []
        let happen: @Sendable (Media) throws -> Void
    }

    private static let mishaps: [Mishap] = [
        Mishap(name: "copied", volumes: []) { _ in },
        Mishap(name: "renamed", volumes: [], said: ["volume 2: ", "has another name"]) {
            try $0.move(2, to: "in/disc two.bin")
        },
        Mishap(name: "names exchanged", volumes: [], said: ["volume 1: ", "volume 4: "]) { try $0.swap(1, 4) },
        Mishap(name: "twice", volumes: [], said: ["volume 3: ", "is there twice"]) { media in
            try FileManager.default.copyItem(atPath: media.path(3), toPath: media.scene.path("more/again.tar"))
        },
        Mishap(name: "in two folders", volumes: []) { try $0.move(2, to: "more/\(Media.name($0.volumes[1]))") },
        Mishap(name: "a sound copy beside a cut one", volumes: [], said: ["volume 2: "]) { media in
            try FileManager.default.copyItem(atPath: media.path(2), toPath: media.scene.path("more/again.tar"))
            media.cut(2, to: 9_000_000)
        },
        Mishap(name: "somebody's files beside it", volumes: []) { media in
            try media.scene.write("hello", to: "in/readme.txt")
            try media.scene.write("", to: "more/empty.tar")
        },
        Mishap(name: "missing", volumes: [1, 3], said: ["is missing"]) { media in
            try media.remove(1)
            try media.remove(3)
        },
        Mishap(name: "cut and empty", volumes: [2, 4]) { media in
            media.cut(2, to: 9_000_000)
            media.cut(4, to: 0)
        },
        Mishap(name: "cut in its beginning", volumes: [2]) { $0.cut(2, to: 700) },
        Mishap(name: "too long", volumes: [2]) { media in
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: media.path(2)))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(count: 512))
            try handle.close()
        },
        Mishap(name: "of another set, with the same number", volumes: [3], said: ["of another set"]) { media in
            try media.remove(3)
            try media.copyOther(3, to: media.path(3))
        },
        Mishap(name: "of another set under names of its own number", volumes: [2], said: ["is missing"]) { media in
            try media.remove(2)
            try media.copyOther(2, to: media.scene.path("in/2.bin"))
        },
        Mishap(name: "a bit of the first header", volumes: [2]) { try VolumeBytes.flip(at: 3, of: $0.path(2)) },
        Mishap(name: "a bit of the volume's document", volumes: [2]) { try $0.flip("ferry-volume.json", of: 2) },
        Mishap(name: "a bit of the set manifest", volumes: [3]) { try $0.flip("ferry-set.json", of: 3) },
        Mishap(name: "a bit of every set manifest but one", volumes: [1, 2, 4]) { media in
            for number in [1, 2, 4] { try media.flip("ferry-set.json", of: number) }
        },
        Mishap(name: "a bit of the lock file", volumes: [1]) { try $0.flip("ferry/lock.json", of: 1) },
        Mishap(name: "the header of the sums", volumes: [4]) { media in
            try media.flip("ferry-sums.json", of: 4, by: -510)
        },
        Mishap(name: "several at once", volumes: [1, 2, 3, 4]) { media in
            try media.flip("ferry-volume.json", of: 1)
            media.cut(2, to: 5_000_000)
            try media.remove(3)
            try media.remove(4)
            try media.copyOther(4, to: media.path(4))
        },
    ]

    private func withMedia(_ body: (Media, TestRegistry) async throws -> Void) async throws {
        try await withScene { scene, source, target in
            for (name, seed) in [("set", UInt64(1)), ("other", 2)] {
                let image = try TestImage.random(layers: [300_000, 35_000_000], seed: seed)
                let reference = try await source.publish(image, as: "team/\(name):v1")
                try scene.write(ImageSetText.make(images: [[reference]]), to: "\(name).yaml")
                try await scene.ferry("mirror", "-c", "\(name).yaml", "file://\(name)", "--volume-size", "10MB")
            }
            let media = Media(scene: scene, volumes: scene.volumes(of: "set"), others: scene.volumes(of: "other"))
            #expect(media.volumes.count == 4 && media.others.count == 4)
            try await body(media, target)
        }
    }

    /// The id of a set, from the name of a volume.
    private func identifier(_ volume: String) throws -> String {
        try #require(Media.name(volume).split(separator: "_").dropFirst(2).first.map(String.init))
    }

    /// The volumes that a text names.
    private func named(_ text: String) -> Set<Int> {
        Set((1...4).filter { text.contains("volume \($0): ") || text.contains("volume \($0) is damaged") })
    }

    @Test("each is named by its number, by both commands, and nothing is sent")
    func table() async throws {
        try await withMedia { media, target in
            let set = try identifier(media.volumes[0])
            let scene = media.scene
            for mishap in Self.mishaps {
                try media.refresh()
                try mishap.happen(media)
                let isHarmless = mishap.volumes.isEmpty
                let verified = try await scene.ferry(
                    arguments: ["verify", "file://in", "file://more", "--set", set],
                    exits: isHarmless ? 0 : 32
                )
                target.traffic.reset()
                let place = "docker://\(target.name)/\(mishap.name.filter(\.isLetter).lowercased())"
                let imported = try await scene.ferry(
                    arguments: ["mirror", "--from", "file://in", "--from", "file://more", "--set", set, place]
                        + (isHarmless ? ["--dry-run"] : []),
                    exits: isHarmless ? 0 : 32
                )
                for result in [verified, imported] {
                    let text = result.stdout + result.stderr
                    if !isHarmless { #expect(named(text) == Set(mishap.volumes), "\(mishap.name): \(result)") }
                    for said in mishap.said { #expect(text.contains(said), "\(mishap.name): \(result)") }
                }
                if !isHarmless {
                    let numbers = mishap.volumes.map(String.init).joined(separator: ", ")
                    let isTold = verified.stdout.contains("Bring these volumes again: \(numbers)\n")
                    #expect(isTold, "\(mishap.name): \(verified)")
                }
                let counts = target.traffic.counts
                #expect(counts.uploadsStarted == 0 && counts.manifestPuts == 0, "\(mishap.name)")
                #expect(isHarmless || counts.requests == 0, "\(mishap.name)")
            }
        }
    }

    @Test("every set in the folders is verified; one of them can be chosen, for an import too")
    func severalSets() async throws {
        try await withMedia { media, target in
            let scene = media.scene
            try media.refresh()
            let (set, other) = (try identifier(media.volumes[0]), try identifier(media.others[0]))
            for number in 1...4 {
                try media.copyOther(number, to: scene.path("more/\(Media.name(media.others[number - 1]))"))
            }
            let folders = ["file://in", "file://more"]
            let whole = try await scene.ferry(arguments: ["verify"] + folders)
            #expect(whole.stdout.contains("media set \(set), ") && whole.stdout.contains("media set \(other), "))
            #expect(whole.stdout.hasSuffix("2 of 2 media sets are as they must be\n"))

            media.cut(2, to: 9_000_000)
            let damaged = try await scene.ferry(arguments: ["verify"] + folders, exits: 32)
            #expect(damaged.stdout.contains("Bring these volumes again: 2\n"), "\(damaged)")
            #expect(damaged.stdout.hasSuffix("1 of 2 media sets are as they must be\n"), "\(damaged)")
            let json = try await scene.ferry(arguments: ["verify", "--json"] + folders, exits: 32)
            let several = try JSONDecoder().decode(Several.self, from: Data(json.stdout.utf8))
            #expect(Set(several.sets.map(\.set)) == [set, other])
            #expect(several.sets.filter { !$0.problems.isEmpty }.map(\.set) == [set])
            let one = try await scene.ferry(arguments: ["verify", "--json", "--set", other] + folders)
            #expect(try JSONDecoder().decode(Several.Item.self, from: Data(one.stdout.utf8)).set == other)

            let place = "docker://\(target.name)/m"
            let from = folders.flatMap { ["--from", $0] }
            let unclear = try await scene.ferry(arguments: ["mirror"] + from + [place], exits: 1)
            #expect(unclear.stderr.contains("--set"), "two sets with the same number: \(unclear)")
            #expect(target.traffic.counts.requests == 0)
            try await scene.ferry(arguments: ["mirror", "--set", other] + from + [place])
            #expect(try await target.store.repositories().map(\.text) == ["m/team/other"])
            let none = try await scene.ferry(arguments: ["verify", "--set", "0123456789ab"] + folders, exits: 1)
            #expect(none.stderr.contains(set) && none.stderr.contains(other), "it says which there are: \(none)")
            let wrong = try await scene.ferry(arguments: ["mirror", "--set", "x"] + from + [place], exits: 1)
            #expect(wrong.stderr.contains("is not a set id"), "\(wrong)")
        }
    }

    private struct Several: Decodable {
        struct Item: Decodable {
            struct Problem: Decodable {}
            let set: String
            let problems: [Problem]
        }
        let sets: [Item]
    }
}
