import FerryTestSupport
import Foundation
import SamplePayload
import Testing

@Suite("Releases of lock files", .enabled(if: GnuPG.isInstalled))
struct ReleaseLockTests {
    /// Makes a lock file of the channel and changes what it says of its releases.
    private func withForgedLock(
        keepsChannels: Bool,
        _ body: (Scene, ReleaseWorld) async throws -> Void
    ) async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(ReleaseGraphTests.configuration(), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml", with: world.variables)
            var lock = try #require(
                JSONSerialization.jsonObject(with: scene.bytes("working-dir/lock.json")) as? [String: Any]
            )
            var knowledge = try #require(lock["releases"] as? [String: Any])
            knowledge["releases"] = try #require(knowledge["releases"] as? [[String: Any]]).map { release in
                release.merging(["isPinned": true, "signatures": [Any]()]) { $1 }
            }
            if !keepsChannels { knowledge["channels"] = [Any]() }
            lock["releases"] = knowledge
            let bytes = try JSONSerialization.data(withJSONObject: lock)
            try scene.write(String(decoding: bytes, as: UTF8.self), to: "forged.json")
            try await body(scene, world)
        }
    }

    @Test("a release without signature is never mirrored in silence, whatever the lock file says of it")
    func unsigned() async throws {
        try await withForgedLock(keepsChannels: false) { scene, world in
            let result = try await scene.ferry("mirror", "--lock", "forged.json", "file://out", with: world.variables)
            #expect(result.stderr.components(separatedBy: "is mirrored without a signature").count == 3, "\(result)")
            #expect(try scene.report(in: "out").warnings.count == 2)
            let (more, code) = (
                ["mirror", "--lock", "forged.json", "file://strict", "--require-signatures"], Int32(34)
            )
            let strict = try await scene.ferry(arguments: more, with: world.variables, exits: code)
            #expect(strict.stderr.contains("no signature of sha256:"), "\(strict)")
            #expect(scene.volumes(of: "strict").isEmpty)
            // The set says no more than the lock file.
            try await withRegistry { target in
                let source = ["mirror", "--from", "file://out", "docker://\(target.name)"]
                let all = try await scene.ferry(arguments: source, with: world.variables)
                #expect(all.stderr.contains("is mirrored without a signature"), "\(all)")
                #expect(try scene.report(in: "out").warnings.count == 2)
                try await scene.ferry(arguments: source + ["--require-signatures"], with: world.variables, exits: code)
                // By its own configuration the releases are of the graph.
                try await scene.ferry(arguments: source + ["-c", "isc.yaml"], with: world.variables, exits: 2)
            }
        }
    }

    @Test("a release that the graph has given must be signed, though the lock file calls it pinned")
    func listed() async throws {
        try await withForgedLock(keepsChannels: true) { scene, world in
            try await scene.ferry(
                "mirror",
                "--lock",
                "forged.json",
                "file://out",
                with: world.variables,
                exits: 34
            )
            #expect(scene.volumes(of: "out").isEmpty)
        }
    }

    @Test("signatures that nobody looked at are not called checked")
    func unchecked() async throws {
        try await withReleaseWorld(.init(versions: ["4.18.1"])) { scene, _, world in
            try scene.write(ReleaseGraphTests.configuration(), to: "isc.yaml")
            let plan = try await scene.ferry("plan", "-c", "isc.yaml", with: world.variables)
            #expect(plan.stdout.contains("1 of 1 with a checked signature"), "\(plan)")
            let arguments = ["plan", "--lock", "working-dir/lock.json", "--ignore-release-signature"]
            let text = try await scene.ferry(arguments: arguments, with: world.variables)
            #expect(text.stdout.contains("with a signature that is not checked"), "\(text)")
            let json = try await scene.ferry(arguments: arguments + ["--output", "json"], with: world.variables)
            #expect(json.stdout.contains("\"isSigned\" : false"), "\(json)")
        }
    }

    @Test("a run that was broken off is planned anew when its lock file does not do any more")
    func continued() async throws {
        var options = ReleaseWorld.Options()
        options.versions = ["4.18.1"]
        try await withReleaseWorld(options) { scene, source, world in
            let name = try #require(world.releases["4.18.1"]?.name)
            try scene.write(ImageSetText.make(release: name), to: "isc.yaml")
            try FileManager.default.createDirectory(atPath: scene.path("none"), withIntermediateDirectories: true)
            let arguments = ["mirror", "-c", "isc.yaml", "file://work"]
            let kill = Trigger.signal(SIGKILL, at: 3)
            source.faults.replace(with: [.watchBlobs { _ in kill.pull() }])
            let elsewhere = ["--signature-store", "file://\(scene.path("none"))", "--keyring", world.keyRing]
            try await scene.withFerry(arguments: arguments + elsewhere) { process in
                kill.aim(at: process)
                #expect(await process.wait() == 128 + SIGKILL)
            }
            source.faults.replace(with: [])
            #expect(scene.names(in: "work/working-dir").contains("unfinished.json"))
            // Now somebody asks for signatures, and names the store that has them.
            let second = try await scene.ferry(
                arguments: arguments + ["--require-signatures"],
                with: world.variables
            )
            #expect(second.stderr.contains("is refused"), "\(second)")
            #expect(second.stderr.contains("all is planned anew; the images are the same"), "\(second)")
            #expect(try scene.report(in: "work").warnings.isEmpty)
        }
    }
}
