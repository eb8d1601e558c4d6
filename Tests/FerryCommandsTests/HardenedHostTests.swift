import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite(
    "On a hardened host",
    .enabled(if: HardenedHost.isPossible, "needs root and leave to mount, unshare, setpriv and setsid")
)
struct HardenedHostTests {
    /// The permissions of files and folders below a folder, by path.
    private func permissions(_ folder: String) throws -> [String: Int] {
        var found: [String: Int] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where name != ".ferry" {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            found[name] = (attributes[.posixPermissions] as? Int) ?? -1
        }
        return found
    }

    @Test("everything works as an arbitrary user with umask 0077 and one writable folder")
    func allWays() async throws {
        try await withScene { scene, source, target in
            let executable = try #require(CommandFixture.executable)
            let folder = scene.path("writable")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let release = try await source.publishRelease(images: 3, size: 600_000)
            let name = try await source.publish(TestImage.random(layers: [200_000]), as: "team/app:v1")
            let text = ImageSetText.make(release: release.name, images: [[name]])
            try text.write(toFile: "\(folder)/isc.yaml", atomically: true, encoding: .utf8)
            let unsigned = "--ignore-release-signature"
            let steps = [
                "plan -c isc.yaml \(unsigned) file:///mnt/set",
                "mirror -c isc.yaml \(unsigned) file:///mnt/set",
                "verify file:///mnt/set",
                "mirror --from file:///mnt/set \(unsigned) docker://\(target.name)/a",
                "mirror -c isc.yaml \(unsigned) --workspace file:///mnt/ws docker://\(target.name)/b --events e.jsonl",
                "verify docker://\(target.name)/b --lock /mnt/ws/working-dir/lock.json --deep",
                "version",
            ]
            var work = "id -un 2>/dev/null && exit 98; [ -z \"${HOME-}\" ] || exit 97; "
            work += steps.map { "$FERRY \($0) || exit $?; echo \"done: \($0)\"" }.joined(separator: "; ")
            // A registry over a folder, and a set in place.
            for served in ["store", "file:///mnt/set"] {
                work += "; rm -f addr; $FERRY serve \(served) --addr 127.0.0.1:0 --address-file addr & pid=$!; "
                work += "n=0; until [ -s addr ] || [ $n -ge 300 ]; do sleep 0.1; n=$((n+1)); done; "
                work += "kill -TERM $pid; wait $pid || exit 96; echo \"served \(served)\""
            }
            let result = try await HardenedHost.run(work, in: folder, executable: executable)
            #expect(result.status == 0, "\(result)")
            for step in steps { #expect(result.stdout.contains("done: \(step)"), "\(result)") }
            #expect(result.stdout.contains("served file:///mnt/set"), "\(result)")
            #expect(!result.stdout.contains("left in /tmp"), "\(result)")
            #expect(try await target.store.tags(in: RepositoryPath("b/team/app")) == [OCIModel.Tag("v1")])

            // The umask is law: nothing is made wider than it allows, and the carried disk is told of.
            for (path, mode) in try permissions(folder) where path != "isc.yaml" {
                #expect(mode & 0o077 == 0, "\(path) has \(String(mode, radix: 8))")
            }
            #expect(result.stderr.contains("can be read by their owner alone"), "\(result)")
        }
    }

    @Test("with an ordinary umask the volumes can be read by everybody")
    func ordinaryMask() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage.random(layers: [1_000]), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let executable = try #require(CommandFixture.executable)
            let words = ["-c", "umask 0022; exec \"$0\" mirror -c isc.yaml file://set", executable]
            let made = try await runProcess("/bin/sh", words, folder: scene.folder)
            #expect(made.status == 0 && !made.stderr.contains("owner alone"), "\(made)")
            for volume in scene.volumes(of: "set") {
                let attributes = try FileManager.default.attributesOfItem(atPath: scene.path(volume))
                #expect(attributes[.posixPermissions] as? Int == 0o644)
            }
        }
    }

    @Test("a folder that cannot be written ends a run with its name, and no trace elsewhere")
    func unwritable() async throws {
        try await withScene { scene, source in
            let executable = try #require(CommandFixture.executable)
            let folder = scene.path("writable")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let name = try await source.publish(TestImage.random(layers: [1_000]), as: "team/app:v1")
            let text = ImageSetText.make(images: [[name]])
            try text.write(toFile: "\(folder)/isc.yaml", atomically: true, encoding: .utf8)
            let work = "$FERRY mirror -c isc.yaml file:///opt/set"
            let result = try await HardenedHost.run(work, in: folder, executable: executable)
            #expect(result.status == 1, "\(result)")
            #expect(result.stderr.contains("/opt/set"), "\(result)")
            #expect(!result.stdout.contains("left in /tmp"), "\(result)")
        }
    }
}
