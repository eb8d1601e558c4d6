import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("The lock file of a run that was broken off") struct ContinuedPlanTests {
    private func publish(_ source: TestRegistry, _ name: String) async throws -> TestImage {
        let image = try TestImage.random(layers: Array(repeating: 40_000, count: 40))
        try await source.publish(image, as: name)
        return image
    }

    /// Kills a run in the middle.
    private func kill(_ scene: Scene, _ source: TestRegistry, _ arguments: [String]) async throws {
        let kill = Trigger.signal(SIGKILL, at: 10)
        source.faults.replace(with: [.watchBlobs { _ in kill.pull() }])
        try await scene.withFerry(arguments: arguments) { process in
            kill.aim(at: process)
            #expect(await process.wait() == 128 + SIGKILL)
        }
        source.faults.replace(with: [])
    }

    @Test("is carried out by the next run, also when tags have moved", arguments: [true, false])
    func movedTag(toDisk: Bool) async throws {
        try await withScene { scene, source, target in
            let old = try await publish(source, "team/app:v1")
            try scene.write(ImageSetText.make(images: [["\(source.name)/team/app:v1"]]), to: "isc.yaml")
            let arguments =
                toDisk
                ? ["mirror", "-c", "isc.yaml", "file://work"]
                : ["mirror", "-c", "isc.yaml", "--workspace", "file://work", "docker://\(target.name)"]
            try await kill(scene, source, arguments)
            let new = try await publish(source, "team/app:v1")

            let second = try await scene.ferry(arguments: arguments)
            #expect(second.stderr.contains("its lock file is carried out"), "\(second)")
            #expect(try scene.text("work/working-dir/lock.json").contains("\(old.manifest.digest)"))
            #expect(!scene.names(in: "work/working-dir").contains("unfinished.json"))
            // A finished run is over: the next one sees the new image.
            let third = try await scene.ferry(arguments: arguments)
            #expect(!third.stderr.contains("its lock file is carried out"), "\(third)")
            #expect(try scene.text("work/working-dir/lock.json").contains("\(new.manifest.digest)"))
        }
    }

    @Test("is left for a new plan when the configuration changed, and the difference is told")
    func changedConfiguration() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, "team/app:v1")
            _ = try await publish(source, "team/tool:v2")
            try scene.write(ImageSetText.make(images: [["\(source.name)/team/app:v1"]]), to: "isc.yaml")
            try await kill(scene, source, ["mirror", "-c", "isc.yaml", "file://work"])
            try scene.write(ImageSetText.make(images: [["\(source.name)/team/tool:v2"]]), to: "isc.yaml")
            let second = try await scene.ferry("mirror", "-c", "isc.yaml", "file://work")
            #expect(second.stderr.contains("the configuration or an option of planning changed"), "\(second)")
            #expect(second.stderr.contains("new: \(source.name)/team/tool:v2"), "\(second)")
            #expect(second.stderr.contains("no longer wanted: \(source.name)/team/app:v1"), "\(second)")
        }
    }

    @Test("is left with --plan-anew, when its files were changed, and when something is no longer at its source")
    func plannedAnew() async throws {
        try await withScene { scene, source in
            let arguments = ["mirror", "-c", "isc.yaml", "file://work"]
            let old = try await publish(source, "team/app:v1")
            try scene.write(ImageSetText.make(images: [["\(source.name)/team/app:v1"]]), to: "isc.yaml")

            try await kill(scene, source, arguments)
            let anew = try await scene.ferry(arguments: arguments + ["--plan-anew", "--dry-run"])
            #expect(!anew.stderr.contains("its lock file is carried out"), "\(anew)")

            try scene.write("{", to: "work/working-dir/unfinished.json")
            let garbage = try await scene.ferry(arguments: arguments + ["--dry-run"])
            #expect(!garbage.stderr.contains("its lock file is carried out"), "\(garbage)")

            try await kill(scene, source, arguments)
            _ = try await publish(source, "team/app:v1")
            // Which of them the killed run had got is not known.
            let lost = old.layers.map { FaultRule(.status(404), on: .blob($0.descriptor.digest)) }
            source.faults.replace(with: lost)
            let failed = try await scene.ferry(arguments: arguments, exits: nil)
            #expect(failed.status != 0 && failed.stderr.contains("its lock file is carried out"), "\(failed)")
            let mended = try await scene.ferry(arguments: arguments)
            #expect(!mended.stderr.contains("its lock file is carried out"), "\(mended)")
        }
    }

    @Test("is not kept of a run that ended with an error: the next one asks where tags are")
    func runThatCouldNotBegin() async throws {
        try await withScene { scene, source, target in
            _ = try await publish(source, "team/app:v1")
            try scene.write(ImageSetText.make(images: [["\(source.name)/team/app:v1"]]), to: "isc.yaml")
            let arguments = [
                "mirror", "-c", "isc.yaml", "--workspace", "file://work", "--retry-times", "0",
                "docker://\(target.name)",
            ]
            target.faults.replace(with: [FaultRule(.status(503), on: .any, when: .always)])
            try await scene.ferry(arguments: arguments, exits: 1)
            target.faults.replace(with: [])
            let new = try await publish(source, "team/app:v1")
            let second = try await scene.ferry(arguments: arguments)
            #expect(!second.stderr.contains("its lock file is carried out"), "\(second)")
            try await target.expect(new, as: "team/app")
        }
    }
}
