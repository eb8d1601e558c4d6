import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("The log file of a run")
struct RunLogTests {
    private func logs(_ scene: Scene, in folder: String) -> [String] { scene.names(in: "\(folder)/working-dir/logs") }

    private func publish(_ source: TestRegistry, _ scene: Scene) async throws -> (name: String, image: TestImage) {
        let image = try TestImage.random(layers: [300_000, 20_000])
        let name = try await source.publish(image, as: "team/app:v1")
        try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
        return (name, image)
    }

    @Test("it says what the run was, which image and host needed retries and why, and how it ended")
    func content() async throws {
        try await withScene { scene, source, target in
            let (name, image) = try await publish(source, scene)
            let layer = image.layers[0].descriptor.digest
            source.faults.replace(with: [FaultRule(.status(429, retryAfter: 0), on: .blob(layer), when: .first(2))])
            try await scene.ferry(
                arguments: [
                    "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)/m", "--progress",
                    "none", "--log-level", "error", "--retry-delay", "1ms",
                ]
            )
            let file = try #require(logs(scene, in: "ws").first)
            #expect(logs(scene, in: "ws").count == 1)
            #expect(!file.contains(":"))
            let text = try scene.text("ws/working-dir/logs/\(file)")
            let run = try #require(file.split(separator: "_").last?.dropLast(4))
            let lines = text.split(separator: "\n")
            #expect(lines.first?.contains("ferry 0.1.0, run \(run)") == true, "\(text)")
            #expect(text.contains("command line: ") && text.contains("mirror -c isc.yaml --workspace file://ws"))
            #expect(text.contains("configuration=sha256:"))
            let retries = lines.filter { $0.contains("trying again") }
            #expect(retries.count == 2)
            for retry in retries {
                #expect(retry.contains("host=\(source.name)") && retry.contains("cause=status 429"), "\(retry)")
                #expect(retry.contains("image=\(name)") && retry.contains("blob=\(layer)"), "\(retry)")
            }
            #expect(text.contains("blob moved destination=\(target.name) digest=\(layer) image=\(name)"), "\(text)")
            #expect(text.contains("2 retries (2 × status 429)"), "\(text)")
            let last = try #require(lines.last)
            #expect(last.contains("run \(run) ends with exit code 0") && last.contains("verified=1"), "\(last)")
        }
    }

    @Test("it is JSON when the log is, and every line is described", .enabled { await EventSchema.canValidate() })
    func json() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, scene)
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://set",
                "--log-format",
                "json",
                "--log-level",
                "trace",
                "--progress",
                "none"
            )
            let file = try #require(logs(scene, in: "set").first)
            try await EventSchema.validate(scene.path("set/working-dir/logs/\(file)"), isWhole: false)
            try scene.write(result.stderr, to: "screen.jsonl")
            try await EventSchema.validate(scene.path("screen.jsonl"), isWhole: false)
            let failed = try await scene.ferry(
                "mirror",
                "-c",
                "no.yaml",
                "file://set",
                "--log-format",
                "json",
                exits: 1
            )
            #expect(
                failed.stderr.contains(#""level":"error","message":"cannot read"#)
                    || failed.stderr.contains(#""level":"error""#)
            )
            try scene.write(
                failed.stderr.split(separator: "\n").filter { $0.hasPrefix("{") }.joined(separator: "\n"),
                to: "f.jsonl"
            )
            try await EventSchema.validate(scene.path("f.jsonl"), isWhole: false)
        }
    }

    @Test("a run that is stopped tells it, too")
    func ends() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, scene)
            source.faults.replace(with: [FaultRule(.stallAnswer(afterBytes: 1_000), on: .blobs)])
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set") { process in
                await process.stderr.wait { $0.contains("Moving") }
                process.signal(SIGTERM)
                #expect(await process.wait() == 130)
            }
            let file = try #require(logs(scene, in: "set").first)
            let text = try scene.text("set/working-dir/logs/\(file)")
            #expect(text.contains("error    interrupted") && text.contains("ends with exit code 130"), "\(text)")
        }
    }

    @Test("the newest fifty are kept, and what is not ferry's is left alone")
    func pruning() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, scene)
            let folder = scene.path("set/working-dir/logs")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for number in 10..<70 {
                try scene.write("old", to: "set/working-dir/logs/ferry_2020-01-01T0000\(number)Z_00000000.log")
            }
            try scene.write("mine", to: "set/working-dir/logs/ferry_notes.log")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let names = logs(scene, in: "set")
            #expect(names.count == 51)
            #expect(names.contains("ferry_notes.log") && !names.contains("ferry_2020-01-01T000010Z_00000000.log"))
            #expect(names.contains("ferry_2020-01-01T000069Z_00000000.log"))
        }
    }

    @Test("logs make no difference to sets: they are not in them, and the same set is made again")
    func notContent() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, scene)
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://one")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://two")
            let volumes = scene.volumes(of: "one")
            #expect(volumes.count == scene.volumes(of: "two").count && !volumes.isEmpty)
            for volume in volumes {
                #expect(try scene.bytes(volume) == scene.bytes("two" + volume.dropFirst(3)))
                #expect(!(try scene.bytes(volume)).contains(Data("ferry_20".utf8)))
            }
            try await scene.ferry("verify", "file://one")
        }
    }

    @Test("a full disk costs the log, not the run, and is told once", .enabled(if: MemoryDisk.isAllowed))
    func fullDisk() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, scene)
            try await withMemoryDisk(at: scene.path("set/working-dir/logs"), size: "4k") { _ in
                let result = try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "file://set",
                    "--log-level",
                    "trace",
                    "--progress",
                    "none"
                )
                let told = result.stderr.split(separator: "\n").filter {
                    $0.contains("log file") && $0.contains("space")
                }
                #expect(told.count == 1, "\(result)")
            }
        }
    }

    @Test("a folder of logs that cannot be made costs the log, not the run")
    func noFolder() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, scene)
            try FileManager.default.createDirectory(
                atPath: scene.path("set/working-dir"),
                withIntermediateDirectories: true
            )
            try scene.write("in the way", to: "set/working-dir/logs")
            let result = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            #expect(result.stderr.contains("warning: there is no log file of this run"), "\(result)")
        }
    }
}

extension Data {
    fileprivate func contains(_ part: Data) -> Bool { range(of: part) != nil }
}
