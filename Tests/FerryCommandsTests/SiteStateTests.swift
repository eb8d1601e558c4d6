import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("Sets for sites at different states")
struct SiteStateTests {
    /// Moves the volumes of the set that was just made into a folder of their own; gives their size in bytes.
    private func carry(_ scene: Scene, to folder: String) throws -> Int64 {
        let volumes = scene.volumes(of: "set")
        try scene.copy("set", to: folder) { $0.hasSuffix(".tar") }
        return try volumes.reduce(0) { size, name in
            let bytes = try scene.bytes(name).count
            try scene.remove(name)
            return size + Int64(bytes)
        }
    }

    private func receipt(_ scene: Scene, in folder: String) throws -> String {
        let name = try #require(scene.names(in: "\(folder)/working-dir").first { $0.hasPrefix("receipt_") })
        return "\(folder)/working-dir/\(name)"
    }

    /// Publishes images of one layer, of so many MiB, and gives their names.
    private func publish(
        _ sizes: [Int],
        _ source: TestRegistry
    ) async throws -> (images: [TestImage], names: [[String]]) {
        var (images, names): ([TestImage], [[String]]) = ([], [])
        for (index, size) in sizes.enumerated() {
            images.append(try TestImage.random(layers: [size << 20], seed: UInt64(index)))
            names.append([try await source.publish(images[index], as: "team/app\(index):v1")])
        }
        return (images, names)
    }

    @Test("each site gets just what it lacks, the one known by a receipt and the one known by an inventory")
    func twoSites() async throws {
        try await withScene { scene, source, north in
            try await withRegistry { south in
                let (images, names) = try await publish([9, 8, 12], source)
                try scene.write(ImageSetText.make(images: [names[0]]), to: "first.yaml")
                try scene.write(ImageSetText.make(images: [names[1]]), to: "second.yaml")
                try scene.write(ImageSetText.make(images: names), to: "all.yaml")
                let (up, down) = ("docker://\(north.name)/m", "docker://\(south.name)/m")
                // North has imported the first set, and a receipt came back.
                try await scene.ferry("mirror", "-c", "first.yaml", "file://set", "--destination", "north")
                _ = try carry(scene, to: "one")
                try await scene.ferry("mirror", "--from", "file://one", up)
                let receipt = try receipt(scene, in: "one")
                try await scene.ferry("receipt", "add", receipt, "file://set", "--destination", "north")
                // South was filled by other means.
                try await scene.ferry("mirror", "-c", "second.yaml", "--workspace", "file://s", down)
                try await scene.ferry("inventory", down, "-o", "i.json")
                try await scene.ferry("receipt", "add", "i.json", "file://set", "--destination", "south")

                for (site, place, lacking) in [("north", up, [1, 2]), ("south", down, [0, 2])] {
                    source.traffic.reset()
                    let set = ["mirror", "-c", "all.yaml", "file://set", "--destination", site]
                    try await scene.ferry(arguments: set + ["--base", "acknowledged"])
                    let new = lacking.reduce(Int64(0)) { $0 + images[$1].size }
                    #expect(source.traffic.counts.blobBytesSent == new, "\(site)")
                    let size = try carry(scene, to: site)
                    #expect(size <= new + new / 100, "\(site): \(size) bytes for \(new)")
                    try await scene.ferry("mirror", "--from", "file://\(site)", place)
                    try await scene.ferry("verify", place, "--lock", "\(site)/working-dir/lock.json", "--deep")
                }
            }
        }
    }

    @Test("what an inventory promised and the target lacks is named with the inventory, and a repair set brings it")
    func brokenPromise() async throws {
        try await withScene { scene, source, target in
            let (images, names) = try await publish([1, 1], source)
            try scene.write(ImageSetText.make(images: [names[0]]), to: "first.yaml")
            try scene.write(ImageSetText.make(images: names), to: "all.yaml")
            let place = "docker://\(target.name)/m"
            try await scene.ferry("mirror", "-c", "first.yaml", "--workspace", "file://s", place)
            try await scene.ferry("inventory", place, "-o", "i.json")
            let added = try await scene.ferry("receipt", "add", "i.json", "file://set")
            let plan = ["plan", "-c", "all.yaml", "file://set"]
            #expect(try await scene.ferry(arguments: plan).stdout.contains(" already in inventory "))
            for all in [["--base", "none"], ["--since", "2001-01-01"]] {
                #expect(try await !scene.ferry(arguments: plan + all).stdout.contains(" already in "))
            }
            try await scene.ferry("mirror", "-c", "all.yaml", "file://set")
            try await scene.withServingProcess("file://set") { process, _ in
                let talk = process.stderr.text
                #expect(talk.contains("make a complete set") && !talk.contains("put set"), "\(talk)")
            }
            let missing = images[0].layers[0].descriptor.digest.description
            try await withRegistry { empty in
                let other = "docker://\(empty.name)/m"
                let refused = try await scene.ferry("mirror", "--from", "file://set", other, exits: 1)
                #expect(refused.stderr.contains("of \(target.name)/m said that they were there. Carry "), "\(refused)")
                #expect(!refused.stderr.contains("media set  carried"), "\(refused)")
                #expect(empty.traffic.counts.uploadsStarted == 0)
                #expect(try scene.text("set/working-dir/missing.json").contains(missing))
                let identifier = try #require(
                    added.stderr.components(separatedBy: "inventory ").last?.prefix(12)
                )
                #expect(refused.stderr.contains("the inventory \(identifier) of"), "\(refused)")
                #expect(try scene.text("set/working-dir/missing.json").contains("\"set\" : \"\(identifier)\""))
                let repair = ["mirror", "-c", "all.yaml", "file://set", "--repair", "set/working-dir/missing.json"]
                try await scene.ferry(arguments: repair)
                try await scene.ferry("mirror", "--from", "file://set", other)
                try await scene.ferry("verify", other, "--lock", "set/working-dir/lock.json", "--deep")
            }
            let again = try await scene.ferry("receipt", "add", "i.json", "file://set")
            #expect(again.status == 0, "adding it again changes nothing")
            let record = scene.names(in: "set/working-dir/history/default").filter { $0.hasPrefix("inventory_") }
            #expect(record.count == 1)
        }
    }

    @Test("a set names the one that carried a blob, also when only a later one was acknowledged")
    func lostReceipt() async throws {
        try await withScene { scene, source, target in
            let (_, names) = try await publish([1, 1, 1], source)
            let place = "docker://\(target.name)/m"
            for count in 1...2 {
                try scene.write(ImageSetText.make(images: Array(names.prefix(count))), to: "isc.yaml")
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
                try await scene.ferry("mirror", "--from", "file://set", "--workspace", "file://\(count)", place)
            }
            try await scene.ferry("receipt", "add", receipt(scene, in: "2"), "file://set")
            try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--base", "acknowledged")
            #expect(Set(scene.volumes(of: "set")).count == 3)
            try await withRegistry { empty in
                _ = try await scene.ferry("mirror", "--from", "file://set", "docker://\(empty.name)/m")
            }
        }
    }

    @Test("with two registries at a site only what both have acknowledged is left out")
    func twoRegistries() async throws {
        try await withScene { scene, source, first in
            try await withRegistry { second in
                let (images, names) = try await publish([1, 1], source)
                try scene.write(ImageSetText.make(images: [names[0]]), to: "first.yaml")
                try scene.write(ImageSetText.make(images: names), to: "all.yaml")
                try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
                let places = ["docker://\(first.name)/m", "docker://\(second.name)/m"]
                let layer = images[0].layers[0].descriptor.digest
                var receipts: Set<String> = []
                for place in places {
                    try await scene.ferry("mirror", "--from", "file://set", "--workspace", "file://w", place)
                    receipts = Set(scene.names(in: "w/working-dir").filter { $0.hasPrefix("receipt_") })
                    for name in receipts {
                        try await scene.ferry("receipt", "add", "w/working-dir/\(name)", "file://set")
                    }
                    let plan = try await scene.ferry(
                        "plan",
                        "-c",
                        "all.yaml",
                        "file://set",
                        "--base",
                        "acknowledged"
                    )
                    #expect(plan.stdout.contains("already in set"), "\(plan)")
                }
                #expect(receipts.count == 2, "a receipt for each registry")
                // A third one that has only an inventory, of nothing, holds the others back.
                try await withRegistry { third in
                    _ = try await scene.ferry("inventory", "docker://\(third.name)/m", "-o", "i.json")
                }
                try await scene.ferry("receipt", "add", "i.json", "file://set")
                source.traffic.reset()
                try await scene.ferry("mirror", "-c", "all.yaml", "file://set", "--base", "acknowledged")
                #expect(source.traffic.counts.blobGetsByDigest[layer] == 1)
            }
        }
    }

    @Test("three sets in a row, each with a third of the images changed, carry just what changed")
    func updates() async throws {
        try await withScene { scene, source, target in
            let (images, names) = try await publish([Int](repeating: 5, count: 9), source)
            try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
            let place = "docker://\(target.name)/m"
            var current = images
            for round in 0..<3 {
                var new = round == 0 ? images.reduce(0) { $0 + $1.size } : 0
                for index in 0..<9 where round > 0 && index % 3 == round {
                    current[index] = try TestImage.random(layers: [5 << 20], seed: UInt64(100 * round + index))
                    try await source.publish(current[index], as: "team/app\(index):v1")
                    new += current[index].size
                }
                source.traffic.reset()
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
                #expect(source.traffic.counts.blobBytesSent == new, "round \(round)")
                let size = try carry(scene, to: "set\(round)")
                #expect(size <= new + new / 100, "round \(round): \(size) bytes for \(new)")
                try await scene.ferry("mirror", "--from", "file://set\(round)", place)
                try await scene.ferry("verify", place, "--lock", "set\(round)/working-dir/lock.json", "--deep")
            }
        }
    }
}
