import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("Several registries in one run")
struct SeveralTargetsTests {
    /// Images that share a layer, published at a source, with a configuration for them.
    private func publish(_ count: Int, _ scene: Scene, _ source: TestRegistry) async throws -> [TestImage] {
        let base = try TestBlob(seed: 700, size: 600_000)
        let images = try (0..<count).map { number in
            try TestImage(layers: [base, TestBlob(seed: UInt64(710 + number), size: 50_000)], seed: UInt64(number))
        }
        var names: [[String]] = []
        for (number, image) in images.enumerated() {
            names.append([try await source.publish(image, as: "team/app\(number):v1")])
        }
        try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
        return images
    }

    private func expectAll(_ images: [TestImage], at target: TestRegistry, below prefix: String = "") async throws {
        for (number, image) in images.enumerated() { try await target.expect(image, as: "\(prefix)team/app\(number)") }
    }

    private func expectOneReading(_ images: [TestImage], of source: TestRegistry) {
        let gets = source.traffic.counts.blobGetsByDigest
        // Planning reads no blob of these images.
        for blob in Set(images.flatMap { $0.blobs.map(\.descriptor.digest) }) { #expect(gets[blob] == 1) }
    }

    @Test("from registries to three: each blob is read once, and each target has its files")
    func registries() async throws {
        try await withScene { scene, source, first in
            try await withRegistry { second in
                try await withRegistry { third in
                    let images = try await publish(4, scene, source)
                    let targets = [first, second, third]
                    let command =
                        ["mirror", "-c", "isc.yaml", "--workspace", "file://ws"]
                        + targets.map { "docker://\($0.name)/ns" }
                    source.traffic.reset()
                    let result = try await scene.ferry(arguments: command)
                    expectOneReading(images, of: source)
                    for target in targets {
                        try await expectAll(images, at: target, below: "ns/")
                        let folder = scene.folder(of: target.name, "ns", in: "ws")
                        let report = try scene.targetReport(in: folder)
                        #expect(report.entries("verified").count == 4)
                        #expect(report.traffic.blobsMoved == 9)
                        let rules = try scene.text("\(folder)/cluster-resources/itms-oc-mirror.yaml")
                        #expect(rules.contains("\(target.name)/ns/team"))
                        #expect(result.stderr.contains("docker://\(target.name)/ns: 4 of 4 images verified"))
                    }
                    #expect(!scene.names(in: "ws/working-dir").contains("report.json"))
                    // A rerun asks for each image once, and reads nothing.
                    source.traffic.reset()
                    for target in targets { target.traffic.reset() }
                    try await scene.ferry(arguments: command)
                    #expect(source.traffic.counts.blobGets == 0)
                    for target in targets { #expect(target.contentRequests == 4) }
                }
            }
        }
    }

    @Test("from media to two: the volumes are read once, and each target has a receipt")
    func media() async throws {
        try await withScene { scene, source, first in
            try await withRegistry { second in
                let images = try await publish(3, scene, source)
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--volume-size", "400KB")
                try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://set",
                    "docker://\(first.name)",
                    "docker://\(second.name)/deep/er"
                )
                try await expectAll(images, at: first)
                try await expectAll(images, at: second, below: "deep/er/")
                for folder in [
                    scene.folder(of: first.name, in: "set"), scene.folder(of: second.name, "deep_er", in: "set"),
                ] {
                    #expect(try scene.targetReport(in: folder).entries("verified").count == 3)
                    #expect(scene.names(in: folder).contains { $0.hasPrefix("receipt_") }, "\(scene.names(in: folder))")
                }
            }
        }
    }

    @Test("two paths of one registry: the second is mounted from the first")
    func twoPaths() async throws {
        try await withScene { scene, source, target in
            let images = try await publish(2, scene, source)
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)/one",
                "docker://\(target.name)/two"
            )
            try await expectAll(images, at: target, below: "one/")
            try await expectAll(images, at: target, below: "two/")
            #expect(target.traffic.counts.uploadsFinished == 5)
            expectOneReading(images, of: source)
        }
    }

    @Test(
        "a target that is not there, and one that refuses or is full, do not keep the others from being complete",
        arguments: [403, 413, 500, 507]
    )
    func deadAndRefusing(status: Int) async throws {
        try await withScene { scene, source, good in
            try await withRegistry(faults: [FaultRule(.status(status), on: .uploads)]) { refusing in
                let images = try await publish(3, scene, source)
                let dead = try RegistryName("127.0.0.1:1")
                let result = try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    "--retry-times",
                    "1",
                    "--retry-delay",
                    "1ms",
                    "docker://\(dead)",
                    "docker://\(refusing.name)",
                    "docker://\(good.name)",
                    exits: 1 | 8
                )
                try await expectAll(images, at: good)
                let reports = try [dead, refusing.name, good.name].map { name in
                    try scene.targetReport(in: scene.folder(of: name, in: "ws"))
                }
                #expect(reports.map { $0.entries("failed").count } == [3, 3, 0])
                #expect(result.stderr.contains("docker://\(dead): "), "\(result)")
                #expect(result.stderr.contains("docker://\(good.name): 3 of 3 images verified"))
                #expect(!refusing.traffic.counts.log.contains { $0.hasPrefix("PUT") && $0.contains("manifests") })
            }
        }
    }

    @Test("a target that dies in the middle fails alone; the same command completes it later")
    func dyingTarget() async throws {
        try await withScene { scene, source, good in
            try await withRegistry { dying in
                let images = try await publish(12, scene, source)
                let rule = FaultRule(.status(503, retryAfter: 0), on: .any, when: .always)
                let afterSome = FaultRule.watchUploads { [faults = dying.faults, traffic = dying.traffic] in
                    if traffic.counts.uploadsFinished >= 4 { Task { faults.replace(with: [rule]) } }
                }
                dying.faults.replace(with: [afterSome])
                let command = [
                    "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "--retry-times", "1", "--retry-delay",
                    "1ms",
                    "docker://\(dying.name)", "docker://\(good.name)",
                ]
                let result = try await scene.ferry(arguments: command, exits: 8)
                try await expectAll(images, at: good)
                let good1 = try scene.targetReport(in: scene.folder(of: good.name, in: "ws"))
                #expect(good1.entries("verified").count == 12)
                let lost = try scene.targetReport(in: scene.folder(of: dying.name, in: "ws"))
                let failed = lost.entries("failed")
                #expect(!failed.isEmpty)
                #expect(Set(failed.map(\.origin)).count == failed.count, "the report has each one")
                let told = result.stderr.split(separator: "\n").filter { $0.hasPrefix("error: ") }
                #expect(told.count == 1, "\(result)")
                #expect(told.first?.contains("\(failed.count) images failed alike at \(dying.name): ") == true)
                dying.faults.replace(with: [])
                good.traffic.reset()
                try await scene.ferry(arguments: command)
                try await expectAll(images, at: dying)
                #expect(good.traffic.counts.uploadsStarted + good.traffic.counts.manifestPuts == 0)
            }
        }
    }

    @Test("a run that is killed in the middle is completed by the same command")
    func killed() async throws {
        try await withScene { scene, source, first in
            try await withRegistry { second in
                let images = try await publish(6, scene, source)
                let trigger = Trigger.signal(SIGKILL, at: 5)
                second.faults.replace(with: [FaultRule.watchUploads { trigger.pull() }])
                let command = [
                    "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(first.name)",
                    "docker://\(second.name)",
                ]
                try await scene.withFerry(arguments: command) { process in
                    trigger.aim(at: process)
                    await trigger.wait()
                }
                second.faults.replace(with: [])
                try await scene.ferry(arguments: command)
                for target in [first, second] { try await expectAll(images, at: target) }
            }
        }
    }

    @Test("a set that builds on an earlier one goes only to the targets that hold the earlier one")
    func incremental() async throws {
        try await withScene { scene, source, ready in
            try await withRegistry { empty in
                let images = try await publish(2, scene, source)
                let name = "\(source.name)/team/app0:v1"
                try scene.write(ImageSetText.make(images: [[name]]), to: "first.yaml")
                try await scene.ferry("mirror", "-c", "first.yaml", "file://set")
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
                for number in 1...2 { try scene.copy("set", to: "s\(number)") { $0.contains("mirror_00000\(number)") } }
                try await scene.ferry("mirror", "--from", "file://s1", "docker://\(ready.name)")
                try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://s2",
                    "docker://\(empty.name)",
                    "docker://\(ready.name)",
                    exits: 1
                )
                try await expectAll(images, at: ready)
                let counts = empty.traffic.counts
                #expect(counts.uploadsStarted + counts.manifestPuts + counts.mountsAsked == 0)
                let lacking = scene.folder(of: empty.name, in: "s2")
                #expect(scene.names(in: lacking) == ["failures.json", "missing.json", "report.json"])
                #expect(try scene.targetReport(in: lacking).entries("failed").count == 2)
                let served = scene.folder(of: ready.name, in: "s2")
                #expect(scene.names(in: served).contains { $0.hasPrefix("receipt_") })

                // With nothing to do one request for each image is all, whatever the set requires, once there is a
                // receipt in the folder of that run.
                try await scene.ferry("mirror", "--from", "file://s2", "docker://\(ready.name)")
                ready.traffic.reset()
                try await scene.ferry("mirror", "--from", "file://s2", "docker://\(ready.name)")
                #expect(ready.contentRequests == 2)
            }
        }
    }

    @Test("a dry run says for each target what it lacks, and sends nothing")
    func dryRun() async throws {
        try await withScene { scene, source, first in
            try await withRegistry { second in
                _ = try await publish(2, scene, source)
                let workspace = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws"]
                try await scene.ferry(arguments: workspace + ["docker://\(first.name)"])
                first.traffic.reset()
                let both = ["docker://\(first.name)", "docker://\(second.name)"]
                try await scene.ferry(arguments: workspace + both + ["--dry-run"])
                let lacking = try [first, second].map { target in
                    let folder = scene.folder(of: target.name, in: "ws") + "/dry-run"
                    #expect(try scene.text("\(folder)/mapping.txt").contains("docker://\(target.name)/team/app0:v1"))
                    return try scene.text("\(folder)/missing.txt").split(separator: "\n").count
                }
                #expect(lacking == [0, 2])
                #expect(first.traffic.counts.uploadsStarted + second.traffic.counts.uploadsStarted == 0)
            }
        }
    }

    @Test("destinations that would mix are refused before anything is sent")
    func overlapping() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage(seed: 1)
            let plain = try await source.publish(image, as: "app:v1")
            let nested = try await source.publish(image, as: "b/app:v1")
            try scene.write(ImageSetText.make(images: [[plain], [nested]]), to: "isc.yaml")
            let command = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws"]
            let twice = try await scene.ferry(
                arguments: command + ["docker://\(target.name)/a", "docker://\(target.name)/a/"],
                exits: 1
            )
            #expect(twice.stderr.contains("named twice"), "\(twice)")
            let mixed = try await scene.ferry(
                arguments: command + ["docker://\(target.name)/a", "docker://\(target.name)/a/b"],
                exits: 1
            )
            #expect(mixed.stderr.contains("would both store images in \(target.name)/a/b/app"), "\(mixed)")
            let media = try await scene.ferry(
                arguments: command + ["docker://\(target.name)", "file://set"],
                exits: 1
            )
            #expect(media.stderr.contains("only docker:// destinations"), "\(media)")
            let counts = target.traffic.counts
            #expect(counts.uploadsStarted + counts.manifestPuts + counts.mountsAsked == 0)
        }
    }
}
