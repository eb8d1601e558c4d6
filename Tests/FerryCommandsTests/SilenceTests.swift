import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer
import Testing

@Suite("No silence, and the truth about the time left")
struct SilenceTests {
    /// What makes a registry slow, and what must be said then.
    struct Slowness: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rules: [FaultRule]
        /// The phase that waits.
        let phase: String
        /// The kinds of waits, one of which must be told.
        let kinds: Set<String>
        let isAtTarget: Bool
        var more: [String] = []
    }

    static let cases: [Slowness] = [
        Slowness(
            testDescription: "manifests that come late, while planning",
            rules: [FaultRule(.delay(.seconds(3)), on: .manifests, when: .first(1))],
            phase: "Planning",
            kinds: ["answer"],
            isAtTarget: false
        ),
        Slowness(
            testDescription: "a pause that the source asks for, while planning",
            rules: [FaultRule(.status(429, retryAfter: 3), on: .manifests, when: .first(1))],
            phase: "Planning",
            kinds: ["retry-after"],
            isAtTarget: false
        ),
        Slowness(
            testDescription: "a target that thinks, while it is looked at",
            rules: [FaultRule(.delay(.seconds(3)), on: .manifests, when: .first(1))],
            phase: "Looking at what the target holds",
            kinds: ["answer"],
            isAtTarget: true
        ),
        Slowness(
            testDescription: "a blob that stalls, while moving",
            rules: [FaultRule(.stallAnswer(afterBytes: 1_000), on: .blobs, when: .first(2))],
            phase: "Moving",
            kinds: ["bytes", "answer"],
            isAtTarget: false,
            more: ["--image-timeout", "3s"]
        ),
        Slowness(
            testDescription: "a target that takes nothing, while moving",
            rules: [FaultRule(.delay(.seconds(3)), on: .uploads, when: .first(1))],
            phase: "Moving",
            kinds: ["answer", "bytes"],
            isAtTarget: true
        ),
        Slowness(
            testDescription: "a target that asks for a pause, while moving",
            rules: [FaultRule(.status(503, retryAfter: 3), on: .manifestPuts, when: .first(1))],
            phase: "Moving",
            kinds: ["retry-after"],
            isAtTarget: true
        ),
    ]

    @Test("whatever is waited for, lines keep coming and say it", arguments: cases)
    func waits(slowness: Slowness) async throws {
        try await withScene { scene, source, target in
            let image = try TestImage.random(layers: [300_000])
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let slow = slowness.isAtTarget ? target : source
            slow.faults.replace(with: slowness.rules)
            let result = try await scene.ferry(
                arguments: [
                    "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)/m",
                    "--progress-interval", "300ms", "--progress", "plain", "--events", "e.jsonl",
                ] + slowness.more
            )
            #expect(slow.faults.appliedCount > 0)
            let lines = try EventLines(scene.text("e.jsonl"))
            // Ten times the interval stands for the ten seconds of users, and for a machine that is busy.
            #expect(lines.longestGap < 2.5, "\(lines.longestGap)")
            let told = lines.named("progress").filter { $0.phase == slowness.phase }.flatMap { $0.waiting ?? [] }
            #expect(told.contains { slowness.kinds.contains($0.kind) }, "\(told)")
            #expect(told.contains { $0.subject.contains("\(slow.name)") || $0.kind == "bytes" }, "\(told)")
            let talk = result.stderr.split(separator: "\n").filter { $0.hasPrefix(slowness.phase) }
            #expect(
                talk.contains { $0.contains("waiting for \(slow.name)") || $0.contains("no bytes of") },
                "\(result)"
            )
        }
    }

    @Test("a pace that lets hardly anything go, and a host that says how many requests are left: both are told")
    func pace() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let plan = [
                "plan", "-c", "isc.yaml", "--progress", "plain", "--progress-interval", "300ms", "--events", "e.jsonl",
            ]
            let paced = try await scene.ferry(arguments: plan + ["--requests-per-second", "0.5"])
            #expect(paced.stderr.contains("(at most 0.5 requests per second)"), "\(paced)")
            let lines = try EventLines(scene.text("e.jsonl"))
            #expect(lines.named("waiting").contains { $0.kind == "pace" && $0.host == "\(source.name)" })
            #expect(lines.longestGap < 2.5)

            // The answer says that no request is left for three seconds.
            source.faults.replace(with: [
                FaultRule(
                    .rewrite { $0.fields.merge(["ratelimit-remaining": "0", "ratelimit-reset": "3"]) { $1 } },
                    on: .any,
                    when: .first(1)
                )
            ])
            try scene.remove("e.jsonl")
            let held = try await scene.ferry(arguments: plan)
            #expect(held.stderr.contains("(it asked for that, with no requests remaining)"), "\(held)")
            let told = try EventLines(scene.text("e.jsonl")).named("waiting")
            #expect(told.map(\.kind) == ["retry-after"], "\(told)")
        }
    }

    @Test("a credential helper that thinks is named")
    func helper() async throws {
        try await withScene { scene in
            try await withRegistry(users: ["ann:right"]) { source in
                let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
                try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                let way = try CredentialForm.helper.prepare(in: scene, source.name, "ann:right", token: "")
                let program = try scene.text("bin/docker-credential-test")
                let slow = program.replacingOccurrences(of: "read -r server", with: "read -r server; sleep 2")
                try slow.write(toFile: scene.path("bin/docker-credential-test"), atomically: false, encoding: .utf8)
                let result = try await scene.ferry(
                    arguments: [
                        "plan", "-c", "isc.yaml", "--progress", "plain", "--progress-interval", "300ms", "--events",
                        "e.jsonl",
                    ] + way.options,
                    with: way.variables
                )
                #expect(result.stderr.contains("waiting for docker-credential-test for "), "\(result)")
                #expect(try EventLines(scene.text("e.jsonl")).longestGap < 1.5)
            }
        }
    }

    @Test("ferry doctor tells what it waits for, and leaves events like the others")
    func doctor() async throws {
        try await withScene { scene, target in
            target.faults.replace(with: [FaultRule(.delay(.seconds(2)), on: .any, when: .first(1))])
            let result = try await scene.ferry(
                "doctor",
                "docker://\(target.name)/m",
                "--output",
                "json",
                "--progress",
                "plain",
                "--progress-interval",
                "300ms",
                "--events",
                "e.jsonl"
            )
            #expect(result.stderr.contains("waiting for \(target.name), which has not answered a request"), "\(result)")
            _ = try JSONDecoder().decode(DoctorDocument.self, from: Data(result.stdout.utf8))
            let lines = try EventLines(scene.text("e.jsonl"))
            #expect(lines.longestGap < 1.5)
            let start = try #require(lines.named("run-started").first)
            #expect(start.kind == "doctor")
            #expect(start.places == ["docker://\(target.name)/m"])
            #expect(lines.named("run-ended").first?.exitCode == 0)
            target.faults.replace(with: [FaultRule(.status(403), on: .any)])
            try await scene.ferry("doctor", "docker://\(target.name)/m", "--events", "f.jsonl", exits: 1)
            #expect(try EventLines(scene.text("f.jsonl")).named("run-ended").first?.exitCode == 1)
        }
    }

    @Test("a registry that is verified slowly is waited for with words")
    func verifying() async throws {
        try await withScene { scene, source, target in
            let name = try await source.publish(TestImage.random(layers: [300_000]), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let place = "docker://\(target.name)/m"
            try await scene.ferry("mirror", "-c", "isc.yaml", "--workspace", "file://ws", place)
            target.faults.replace(with: [FaultRule(.delay(.seconds(2)), on: .manifests, when: .first(1))])
            let result = try await scene.ferry(
                arguments: [
                    "verify", place, "--lock", "ws/working-dir/lock.json", "--progress", "plain", "--progress-interval",
                    "300ms",
                ]
            )
            #expect(result.stderr.contains("Reading manifests back: "), "\(result)")
            #expect(result.stderr.contains("waiting for \(target.name), which has not answered a request"), "\(result)")
        }
    }

    @Test("over a link of a steady rate the time left is right after the first tenth")
    func timeLeft() async throws {
        try await withScene { scene, source in
            var names: [String] = []
            for number in 0..<12 {
                let image = try TestImage.random(layers: [1_200_000, 600_000, 3_000], seed: UInt64(number))
                names.append(try await source.publish(image, as: "team/app\(number):v1"))
            }
            try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
            source.faults.replace(with: [FaultRule(.slowAnswer(bytesPerSecond: 250_000), on: .blobs)])
            try await scene.ferry(
                arguments: [
                    "mirror", "-c", "isc.yaml", "file://set", "--events", "e.jsonl", "--progress-interval", "500ms",
                    // The registry is slow for each connection: a steady link needs a steady number of them.
                    "--parallel-images", "6", "--parallel-layers", "1",
                ]
            )
            let lines = try EventLines(scene.text("e.jsonl"))
            let progress = lines.named("progress").filter { $0.phase == "Moving" }
            let end = try #require(lines.named("phase-ended").first { $0.phase == "Moving" }).elapsed
            var judged = 0
            var wrong = 0
            for line in progress {
                guard let done = line.done?.bytes, let total = line.totals?.bytes, done * 10 >= total,
                    done * 10 <= total * 9
                else { continue }
                judged += 1
                let truth = end - line.elapsed
                let left = try #require(line.secondsLeft, "\(line)")
                // It is told in whole seconds, and a busy machine makes no steady link: most must be right, and none far off.
                let error = abs(left - truth)
                if error > truth * 0.2 + 1 { wrong += 1 }
                #expect(error <= truth * 0.5 + 2, "\(left) s at \(line.elapsed) s, in truth \(truth) s")
            }
            #expect(wrong * 2 <= judged, "\(wrong) of \(judged)")
            #expect(judged >= 5)
        }
    }
}
