import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("Events for programs")
struct EventsTests {
    /// Three images that share nothing.
    private func publish(_ source: TestRegistry, _ scene: Scene) async throws -> [String] {
        var names: [String] = []
        for number in 1...3 {
            let image = try TestImage.random(layers: [200_000, 50_000], seed: UInt64(number))
            names.append(try await source.publish(image, as: "team/app\(number):v1"))
        }
        try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
        return names
    }

    @Test(
        "all three ways tell what moves from where to where, as the schema says",
        .enabled { await EventSchema.canValidate() }
    )
    func threeWays() async throws {
        try await withScene { scene, source, target in
            let names = try await publish(source, scene)
            let ways: [(kind: String, place: String, words: [String], from: String?, to: String?)] = [
                ("mirrorToDisk", "file://set", ["-c", "isc.yaml"], "\(source.name)", nil),
                ("diskToMirror", "docker://\(target.name)/a", ["--from", "file://set"], nil, "\(target.name)"),
                (
                    "mirrorToMirror", "docker://\(target.name)/b", ["-c", "isc.yaml", "--workspace", "file://ws"],
                    "\(source.name)", "\(target.name)"
                ),
            ]
            for way in ways {
                let result = try await scene.ferry(
                    arguments: ["mirror"] + way.words + [
                        way.place, "--events", "\(way.kind).jsonl", "--progress", "json",
                    ]
                )
                try await EventSchema.validate(scene.path("\(way.kind).jsonl"), isWhole: true)
                // With events on the screen everything there is JSON.
                try scene.write(result.stderr, to: "screen.jsonl")
                try await EventSchema.validate(scene.path("screen.jsonl"), isWhole: true)
                let lines = try EventLines(scene.text("\(way.kind).jsonl"))
                let start = try #require(lines.events.first)
                #expect(start.kind == way.kind && start.places == [way.place])
                let blobs = lines.named("blob-started")
                #expect(blobs.count == 9, "\(way.kind)")
                #expect(blobs.allSatisfy { $0.source == way.from && $0.destination == way.to && $0.digest != nil })
                #expect(Set(blobs.compactMap(\.image)) == Set(names))
                let hosts = lines.named("host-summary").compactMap(\.host)
                #expect(Set(hosts) == Set([way.from, way.to].compactMap { $0 }))
                let end = try #require(lines.events.last)
                #expect(end.exitCode == 0 && end.outcome?.verified == 3 && end.outcome?.wanted == 3)
            }
        }
    }

    @Test("a failing run tells which image and host, and why", .enabled { await EventSchema.canValidate() })
    func failing() async throws {
        try await withScene { scene, source in
            let names = try await publish(source, scene)
            let broken = try TestImage.random(layers: [70_000], seed: 9)
            let name = try await source.publish(broken, as: "team/broken:v1")
            try scene.write(ImageSetText.make(images: (names + [name]).map { [$0] }), to: "isc.yaml")
            let layer = broken.layers[0].descriptor.digest
            source.faults.replace(with: [FaultRule(.status(503), on: .blob(layer))])
            let result = try await scene.ferry(
                arguments: [
                    "mirror", "-c", "isc.yaml", "file://set", "--events", "e.jsonl", "--retry-times", "3",
                    "--retry-delay",
                    "1ms",
                ],
                exits: 8
            )
            try await EventSchema.validate(scene.path("e.jsonl"), isWhole: true)
            let lines = try EventLines(scene.text("e.jsonl"))
            let retries = lines.named("retry")
            #expect(retries.count >= 3)
            for retry in retries {
                #expect(retry.host == "\(source.name)" && retry.cause == "status 503")
                #expect(retry.image == name && retry.digest == "\(layer)")
            }
            let end = try #require(lines.events.last)
            #expect(end.exitCode == 8 && end.outcome?.failed == 4 && end.retries == retries.count)
            #expect(lines.named("host-summary").first?.retries == retries.count)
            // The same from the default log.
            #expect(result.stderr.contains("Trying again"), "\(result)")
            #expect(result.stderr.contains("\(source.name) for \(name): GET"), "\(result)")
        }
    }

    @Test(
        "a run that is stopped, and one that cannot begin, tell their end",
        .enabled { await EventSchema.canValidate() }
    )
    func ends() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, scene)
            source.faults.replace(with: [FaultRule(.stallAnswer(afterBytes: 1_000), on: .blobs)])
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set", "--events", "e.jsonl") { process in
                await process.stderr.wait { $0.contains("Moving") }
                process.signal(SIGTERM)
                #expect(await process.wait() == 130)
            }
            try await EventSchema.validate(scene.path("e.jsonl"), isWhole: true)
            var end = try #require(try EventLines(scene.text("e.jsonl")).events.last)
            #expect(end.exitCode == 130 && end.error == "interrupted")

            // The events of an earlier run are replaced.
            try await scene.ferry("mirror", "-c", "gone.yaml", "file://set", "--events", "e.jsonl", exits: 1)
            try await EventSchema.validate(scene.path("e.jsonl"), isWhole: true)
            end = try #require(try EventLines(scene.text("e.jsonl")).events.last)
            #expect(end.exitCode == 1 && end.error?.contains("gone.yaml") == true)
        }
    }

    @Test(
        "commands that move nothing tell their beginning and their end, and nothing else",
        .enabled { await EventSchema.canValidate() }
    )
    func quietCommands() async throws {
        try await withScene { scene, source, target in
            let name = try #require(try await publish(source, scene).first)
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let place = "docker://\(target.name)/a"
            try await scene.ferry("mirror", "--from", "file://set", "--workspace", "file://far", place)
            let receipt = try #require(
                scene.names(in: "far/working-dir").first { $0.hasPrefix("receipt_") }.map { "far/working-dir/\($0)" }
            )
            let runs: [(words: [String], kind: String, place: String?, code: Int32)] = [
                (["plan", "-c", "isc.yaml", "--check", "--offline"], "plan", nil, 0),
                (["plan", "-c", "gone.yaml", "--check", "--offline"], "plan", nil, 1),
                (["verify", "--audit", "file://far"], "verify", nil, 0),
                (["verify", "--audit-head", "x"], "verify", nil, 1),
                (["receipt", "add", receipt, "file://set"], "receipt add", "file://set", 0),
                (["receipt", "add", "gone.json", "file://set"], "receipt add", "file://set", 1),
                (["resources", place, "--lock", "set/working-dir/lock.json", "-o", "out"], "resources", place, 0),
                (["resources", place, "--lock", "gone.json", "-o", "out"], "resources", place, 1),
                (["serve", "file://nothing"], "serve", "file://nothing", 1),
            ]
            for run in runs {
                try await scene.ferry(arguments: run.words + ["--events", "e.jsonl"], exits: run.code)
                try await EventSchema.validate(scene.path("e.jsonl"), isWhole: true)
                let events = try EventLines(scene.text("e.jsonl")).events
                #expect(events.map(\.event) == ["run-started", "run-ended"], "\(run)")
                #expect(
                    events.first?.kind == run.kind && events.first?.places == run.place.map { [$0] } ?? [],
                    "\(run)"
                )
                #expect(events.last?.exitCode == run.code && (events.last?.error == nil) == (run.code == 0), "\(run)")
            }
        }
    }

    @Test("a registry tells when it was begun and stopped; no password", .enabled { await EventSchema.canValidate() })
    func serving() async throws {
        try await withScene { scene in
            let options = [
                "--user", "ann:mArKeD-7319", "--events", "e.jsonl", "--progress-interval", "100ms", "--progress",
                "plain",
            ]
            try await scene.withServingProcess("store", options) { process, _ in
                // Lines are written behind the program's back: the address may be told before the first one is there.
                for _ in 0..<1_000 where try scene.text("e.jsonl").isEmpty {
                    try await Task.sleep(for: .milliseconds(10))
                }
                // As long as it serves, there is a beginning and no end.
                let begun = try EventLines(scene.text("e.jsonl")).events
                #expect(begun.map(\.event) == ["run-started"])
                process.signal(SIGTERM)
                #expect(await process.wait() == 0)
                #expect(process.stderr.text.split(separator: "\n").count == 2, "\(process.stderr.text)")
            }
            try await EventSchema.validate(scene.path("e.jsonl"), isWhole: true)
            let events = try EventLines(scene.text("e.jsonl")).events
            #expect(events.map(\.event) == ["run-started", "run-ended"] && events.last?.exitCode == 0)
            #expect(try !scene.text("e.jsonl").contains("mArKeD"))
        }
    }

    @Test("only files of events are replaced")
    func files() async throws {
        try await withScene { scene in
            try scene.write("precious\n", to: "notes.txt")
            let refused = try await scene.ferry("verify", "file://none", "--events", "notes.txt", exits: 1)
            #expect(refused.stderr.contains("notes.txt is not a file of events"), "\(refused)")
            #expect(try scene.text("notes.txt") == "precious\n")
            let screen = try await scene.ferry("verify", "file://none", "--events", "-", exits: 1)
            #expect(screen.stderr.contains("--progress json"), "\(screen)")
            let nowhere = try await scene.ferry("verify", "file://none", "--events", "none/e.jsonl", exits: 1)
            #expect(nowhere.stderr.contains("cannot write events to none/e.jsonl"), "\(nowhere)")
            mkfifo(scene.path("pipe"), 0o600)
            let unread = try await scene.ferry("verify", "file://none", "--events", "pipe", exits: 1)
            #expect(unread.stderr.contains("a pipe that nobody reads"), "\(unread)")
            // A device takes events and is neither read nor cut.
            try await scene.ferry("verify", "file://none", "--events", "/dev/null", exits: 1)
        }
    }
}
