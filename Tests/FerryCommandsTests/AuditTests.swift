import FerryTestSupport
import Foundation
import OCIModel
import OpenSSLCrypto
import Testing

@Suite("The audit log")
struct AuditTests {
    private struct Line: Decodable {
        struct Counts: Decodable, Equatable {
            let wanted: Int
            let verified: Int
            let failed: Int
            let skipped: Int
        }

        let number: Int
        let previous: String?
        let time: String
        let uid: UInt32
        let host: String
        let kind: String
        let destination: String?
        let target: String?
        let set: String?
        let sequence: Int?
        let setDigest: String?
        let lockDigest: String?
        let configDigest: String?
        let imagesDigest: String?
        let images: Counts?
        let result: String
        let exitCode: Int32
        let error: String?
    }

    private struct Verification: Decodable {
        let lines: Int
        let head: String?
        let isIntact: Bool
        let isExpectedHeadMet: Bool?
    }

    private func lines(_ scene: Scene, in folder: String) throws -> [Line] {
        try scene.text("\(folder)/working-dir/audit.jsonl").split(separator: "\n")
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    private func prepare(_ scene: Scene, _ source: TestRegistry) async throws -> [TestImage] {
        let images = [try TestImage(seed: 1), try TestImage(seed: 2)]
        var names: [[String]] = []
        for (index, image) in images.enumerated() {
            names.append([try await source.publish(image, as: "team/app\(index):v1")])
        }
        try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
        return images
    }

    @Test("every set that is made and every import leaves a line, also those that fail")
    func lifeOfAFolder() async throws {
        try await withScene { scene, source, target in
            let images = try await prepare(scene, source)
            let place = "docker://\(target.name)/m"
            source.faults.replace(with: [FaultRule(.missing, on: .blob(images[0].layers[0].descriptor.digest))])
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 8)
            source.faults.replace(with: [])
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--dry-run")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--destination", "south")
            try await scene.ferry("mirror", "--from", "file://set", place, "--dry-run")
            target.faults.replace(with: [FaultRule(.status(403), on: .path(containing: "team/app1", method: "PUT"))])
            try await scene.ferry("mirror", "--from", "file://set", place, exits: 8)
            target.faults.replace(with: [])
            try await scene.ferry("mirror", "--from", "file://set", place)
            let found = try lines(scene, in: "set")
            #expect(found.map(\.kind) == ["build", "build", "import", "import"])
            #expect(found.map(\.result) == ["failed", "done", "failed", "done"])
            #expect(found.map(\.exitCode) == [8, 0, 8, 0])
            #expect(found.map(\.destination) == ["default", "south", nil, nil])
            #expect(found.map(\.target) == [nil, nil, "\(target.name)/m", "\(target.name)/m"])
            #expect(found[0].images == Line.Counts(wanted: 2, verified: 0, failed: 2, skipped: 0))
            #expect(found[2].images == Line.Counts(wanted: 2, verified: 1, failed: 1, skipped: 0))
            #expect(found[3].images == Line.Counts(wanted: 2, verified: 2, failed: 0, skipped: 0))
            #expect(Set(found.map(\.uid)) == [getuid()])
            #expect(found.allSatisfy { !$0.host.isEmpty && $0.time.hasSuffix("Z") && $0.sequence == 1 })
            let made = found[1]
            #expect(scene.volumes(of: "set")[0].contains(made.set ?? "-"))
            #expect(made.setDigest?.dropFirst(7).prefix(12) == made.set?[...])
            let lock = try ContentHasher.digest(of: scene.bytes("set/working-dir/lock.json"))
            #expect(made.lockDigest == lock.description)
            #expect(made.configDigest == (try ContentHasher.digest(of: scene.bytes("isc.yaml"))).description)
            let digests = images.map { "\($0.manifest.digest)\n" }.sorted().joined()
            #expect(made.imagesDigest == (try ContentHasher.digest(of: digests.utf8)).description)
            try await scene.ferry("verify", "--audit", "file://set")
        }
    }

    @Test("refusals, registry to registry, and runs with nothing to do are told too; each folder has its own log")
    func others() async throws {
        try await withScene { scene, source, target in
            _ = try await prepare(scene, source)
            let place = "docker://\(target.name)/m"
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("mirror", "-c", "isc.yaml", "--workspace", "file://m2m", place)
            #expect(try lines(scene, in: "m2m").map(\.kind) == ["mirror"])
            try scene.copy("set", to: "copy") { $0.hasSuffix(".tar") }
            try VolumeBytes.flip(at: 600, of: scene.path(scene.volumes(of: "copy")[0]))
            let arriving = ["mirror", "--from", "file://copy", "--workspace", "file://far", place]
            let refused = try await scene.ferry(arguments: arriving, exits: nil)
            #expect(refused.status != 0)
            let line = try #require(try lines(scene, in: "far").first)
            #expect(line.kind == "import" && line.result == "failed" && line.exitCode == refused.status)
            #expect(line.error?.isEmpty == false && line.set == nil)
            for name in scene.volumes(of: "set") { try scene.remove(name) }
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            #expect(try lines(scene, in: "set").map(\.result) == ["done", "nothingNew"])
        }
    }

    @Test(
        "what says how media or registries are verified is refused beside --audit, by name",
        arguments: [
            (["--lock", "lock.json"], "--lock"), (["--set", "5f2c91d4a0b1"], "--set"), (["--deep"], "--deep"),
            (["--verify-key", "key.pem"], "--verify-key"), (["--max-nested-paths", "2"], "--max-nested-paths"),
            (["--set", "5f2c91d4a0b1", "--lock", "lock.json"], "--lock, --set"),
            (["file:///media"], "name nothing else"),
        ] as [([String], String)]
    )
    func otherOptions(options: [String], named: String) async throws {
        try await withScene { scene in
            try scene.write("", to: "audit.jsonl")
            let refused = try await scene.ferry(
                arguments: ["verify", "--audit", "audit.jsonl"] + options,
                exits: 1
            )
            #expect(refused.stdout.isEmpty && refused.stderr.contains(named), "\(refused)")
        }
    }

    @Test("verify names the first broken line, and the noted hash shows what was cut off")
    func verification() async throws {
        try await withScene { scene, source in
            _ = try await prepare(scene, source)
            for _ in 0..<3 { try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--base", "none") }
            let log = "set/working-dir/audit.jsonl"
            let text = try scene.text(log)
            let whole = try await scene.ferry("verify", "--audit", log, "--json")
            let found = try JSONDecoder().decode(Verification.self, from: Data(whole.stdout.utf8))
            #expect(found.lines == 3 && found.isIntact && found.isExpectedHeadMet == nil)
            let head = try #require(found.head)
            try await scene.ferry("verify", "--audit", log, "--audit-head", head)
            let lines = text.split(separator: "\n").map { "\($0)\n" }
            try scene.write(lines[0...1].joined(), to: log)
            try await scene.ferry("verify", "--audit", log)
            let cut = try await scene.ferry("verify", "--audit", log, "--audit-head", head, exits: 32)
            #expect(cut.stdout.contains("PROBLEM no line has the hash \(head)"), "\(cut)")
            try scene.write(text.replacingOccurrences(of: "\"number\":2", with: "\"number\": 2"), to: log)
            let changed = try await scene.ferry("verify", "--audit", "file://set", exits: 32)
            #expect(changed.stdout.contains("PROBLEM changed: line 2 "), "\(changed)")
            let json = try await scene.ferry("verify", "--audit", log, "--json", exits: 32)
            #expect(try !JSONDecoder().decode(Verification.self, from: Data(json.stdout.utf8)).isIntact)
            for wrong in [["--audit", "none"], ["--audit", log, "file://set"], ["--audit-head", head], []] {
                try await scene.ferry(arguments: ["verify"] + wrong, exits: 1)
            }
        }
    }

    @Test("a run that is stopped leaves a line, and a torn one before it stays")
    func interrupted() async throws {
        try await withScene { scene, source in
            _ = try await prepare(scene, source)
            let started = Trigger.signal(SIGTERM, at: 1)
            source.faults.replace(with: [.watchBlobs { _ in started.pull() }, FaultRule(.status(503), on: .blobs)])
            try FileManager.default.createDirectory(
                atPath: scene.path("set/working-dir"),
                withIntermediateDirectories: true
            )
            try scene.write("{\"number\":1,\"pre", to: "set/working-dir/audit.jsonl")
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set", "--retry-delay", "60s") { process in
                started.aim(at: process)
                #expect(await process.wait() == 130)
            }
            let text = try scene.text("set/working-dir/audit.jsonl")
            #expect(text.hasPrefix("{\"number\":1,\"pre\n"))
            let last = try #require(text.split(separator: "\n").last)
            let line = try JSONDecoder().decode(Line.self, from: Data(last.utf8))
            #expect(line.number == 2 && last.contains("torn line of 16 bytes"), "\(last)")
            #expect(line.result == "interrupted" && line.exitCode == 130, "\(last)")
            let whole = try await scene.ferry("verify", "--audit", "file://set")
            #expect(whole.stdout.contains("line 1 was cut off"), "\(whole)")
        }
    }
}
