import FerryTestSupport
import Foundation
import HTTPTestSupport
import OCIModel
import SamplePayload
import Testing

@Suite("Releases of the update graph are mirrored with their signatures", .enabled(if: GnuPG.isInstalled))
struct ReleaseGraphTests {
    /// A configuration of the channel, with further lines for it and for the platform.
    static func configuration(_ channel: [String] = ["full: true"], platform: [String] = []) -> String {
        let lines =
            ["platform:"] + platform.map { "  \($0)" } + ["  channels:", "  - name: \(ReleaseWorld.channel)"]
            + channel.map { "    \($0)" }
        return ImageSetText.make(more: lines)
    }

    @Test("to media, carried, from media: two releases with graph and signatures, only the target is asked")
    func airGap() async throws {
        try await withReleaseWorld { scene, source, world in
            let base = try #require(world.releases["4.18.2"]?.components.first?.reference.description)
            try scene.write(Self.configuration(platform: ["graph: true"]), to: "isc.yaml")
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://out",
                "--graph-base-image",
                base,
                with: world.variables
            )
            try scene.copy("out", to: "carried") { $0.hasSuffix(".tar") }
            let asked = (world.service.requests.count, source.traffic.counts.requests)
            try await withRegistry { target in
                // No variable leads anywhere: what is needed is in the set, and the key is the user's.
                let result = try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://carried",
                    "docker://\(target.name)/ocp",
                    "--log-level",
                    "debug",
                    "--keyring",
                    world.keyRing
                )
                let hosts = result.stderr.split(separator: "\n").filter { $0.contains("asked ") }
                #expect(!hosts.isEmpty)
                #expect(hosts.allSatisfy { $0.contains("asked \(target.name)") }, "\(hosts)")
                #expect(world.service.requests.count == asked.0)
                #expect(source.traffic.counts.requests == asked.1)
                let report = try scene.report(in: "carried")
                #expect(report.entries.allSatisfy { $0.status == "verified" })
                #expect(report.entries.contains { $0.kind == "cincinnatiGraph" })
                try await Self.checkResources(scene, world, target)
                // Again: nothing changes.
                let again = try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://carried",
                    "docker://\(target.name)/ocp",
                    "--keyring",
                    world.keyRing
                )
                #expect(again.stderr.contains("signature-configmap.json: unchanged"))
                #expect(again.stderr.contains("updateService.yaml: unchanged"))
            }
        }
    }

    private static func checkResources(_ scene: Scene, _ world: ReleaseWorld, _ target: TestRegistry) async throws {
        let folder = "carried/working-dir/cluster-resources"
        let json = try JSONSerialization.jsonObject(with: scene.bytes("\(folder)/signature-configmap.json"))
        let data = try #require((json as? [String: Any])?["binaryData"] as? [String: String])
        for version in world.releases.keys {
            let hex = try world.digest(version).hex
            #expect(data["sha256-\(hex)-1"] != nil)
            #expect(scene.names(in: folder).contains("signature-sha256-\(hex.prefix(16)).json"))
            #expect(scene.names(in: "carried/working-dir/signatures").contains("\(version)-x86_64-sha256-\(hex)"))
        }
        let service = try scene.text("\(folder)/updateService.yaml")
        #expect(service.contains("graphDataImage: \(target.name)/ocp/openshift/graph-image:latest"))
        #expect(service.contains("releases: \(target.name)/ocp/openshift/release-images"))
    }

    @Test("a part of the media set is imported by channels of the configuration, offline")
    func part() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(Self.configuration(), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", with: world.variables)
            try scene.write(Self.configuration(["minVersion: 4.18.2", "maxVersion: 4.18.2"]), to: "part.yaml")
            let asked = world.service.requests.count
            try await withRegistry { target in
                try await scene.ferry(
                    "mirror",
                    "-c",
                    "part.yaml",
                    "--from",
                    "file://out",
                    "docker://\(target.name)",
                    "--keyring",
                    world.keyRing
                )
                #expect(world.service.requests.count == asked)
                let report = try scene.report(in: "out")
                let payloads = report.entries.filter { $0.kind == "ocpRelease" }.compactMap(\.digest)
                #expect(payloads == [try world.digest("4.18.2").description])
                // Nobody is asked here, so it is the set that lacks what is not in it.
                let lacking = [
                    (Self.configuration(["minVersion: 4.18.3", "maxVersion: 4.18.3"]), "the media set has no version"),
                    (Self.configuration().replacing("stable-4.18", with: "fast-4.18"), "the media set has no release"),
                ]
                for (configuration, text) in lacking {
                    try scene.write(configuration, to: "other.yaml")
                    let refused = try await scene.ferry(
                        "mirror",
                        "-c",
                        "other.yaml",
                        "--from",
                        "file://out",
                        "docker://\(target.name)",
                        "--keyring",
                        world.keyRing,
                        exits: 2
                    )
                    #expect(refused.stderr.contains(text), "\(refused.stderr)")
                    #expect(!refused.stderr.contains("update service"), "\(refused.stderr)")
                }
            }
        }
    }

    @Test("a set made from the lock file is the same, bit for bit")
    func lock() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(Self.configuration(), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://one", with: world.variables)
            try await scene.ferry(
                "mirror",
                "--lock",
                "one/working-dir/lock.json",
                "file://two",
                "--keyring",
                world.keyRing
            )
            #expect(
                scene.names(in: "one").filter { $0.hasSuffix(".tar") }
                    == scene.volumes(of: "two").map { String($0.dropFirst(4)) }
            )
            #expect(try scene.bytes(scene.volumes(of: "one")[0]) == scene.bytes(scene.volumes(of: "two")[0]))
        }
    }

    @Test("from registry to registry, with all architectures; nothing of it a second time")
    func multi() async throws {
        try await withReleaseWorld(.init(isMulti: true)) { scene, _, world in
            try scene.write(Self.configuration(platform: ["architectures: [multi]"]), to: "isc.yaml")
            try await withRegistry { target in
                for run in 1...2 {
                    try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        "--workspace",
                        "file://ws",
                        "docker://\(target.name)/ocp",
                        with: world.variables
                    )
                    let report = try scene.report(in: "ws")
                    #expect(report.entries.allSatisfy { $0.status == "verified" })
                    if run == 2 { #expect(report.traffic.blobsMoved == 0) }
                }
            }
        }
    }

    @Test("conditional updates on the path are in plan and report, with name, message and URL")
    func conditional() async throws {
        try await withReleaseWorld(.init(conditional: [["4.18.1", "4.18.2"]])) { scene, _, world in
            let range = ["minVersion: 4.18.1", "maxVersion: 4.18.2", "shortestPath: true"]
            try scene.write(Self.configuration(range), to: "isc.yaml")
            let plan = try await scene.ferry("plan", "-c", "isc.yaml", with: world.variables)
            for text in ["SlowDisks", "Clusters may see SlowDisks.", "https://example.com/SlowDisks"] {
                #expect(plan.stdout.contains(text))
            }
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", with: world.variables)
            let report = try scene.report(in: "out")
            #expect(report.conditionalUpdates.map(\.from) == ["4.18.1"])
            #expect(report.conditionalUpdates.first?.risks.first?.url == "https://example.com/SlowDisks")
        }
    }

    @Test("VERSION_FILTER decides over the highest version of a channel, and that is told")
    func versionFilter() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(Self.configuration(["full: false"]), to: "isc.yaml")
            let variables = world.variables.merging(["VERSION_FILTER": "[.]1$"]) { $1 }
            let result = try await scene.ferry("plan", "-c", "isc.yaml", with: variables)
            #expect(result.stderr.contains("VERSION_FILTER"), "\(result)")
            let lock = try scene.text("working-dir/lock.json")
            #expect(try lock.contains("\(world.digest("4.18.1"))"))
            #expect(try !lock.contains("\(world.digest("4.18.2"))"))
        }
    }

    @Test("a channel of OKD, by its own update service and keys")
    func community() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(Self.configuration(["type: okd", "full: true"]), to: "isc.yaml")
            var variables = world.variables
            variables["UPDATE_URL_OVERRIDE"] = ""
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", with: variables)
            try await withRegistry { target in
                try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://out",
                    "docker://\(target.name)/okd",
                    "--keyring",
                    world.keyRing
                )
                // The keys of the other product have not signed.
                try await scene.ferry("mirror", "--from", "file://out", "docker://\(target.name)/okd", exits: 34)
            }
        }
    }
}
