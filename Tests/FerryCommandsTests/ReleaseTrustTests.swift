import FerryTestSupport
import Foundation
import HTTPTestSupport
import OCIModel
import SamplePayload
import Testing

@Suite("Releases are trusted by their signatures", .enabled(if: GnuPG.isInstalled))
struct ReleaseTrustTests {
    private static let channel = ReleaseGraphTests.configuration()

    @Test("a release of the graph without signature is refused, and nothing of its set is made")
    func unsigned() async throws {
        try await withReleaseWorld(.init(unsigned: ["4.18.2"])) { scene, _, world in
            try scene.write(Self.channel, to: "isc.yaml")
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://out",
                with: world.variables,
                exits: 34
            )
            #expect(result.stderr.contains("4.18.2"))
            #expect(scene.volumes(of: "out").isEmpty)
            try await scene.ferry("plan", "-c", "isc.yaml", with: world.variables, exits: 34)
        }
    }

    @Test(
        "a set may be made without the unsigned release, which is told by the exit code; what is in it can be imported"
    )
    func leftOut() async throws {
        try await withReleaseWorld(.init(unsigned: ["4.18.2"])) { scene, _, world in
            try scene.write(Self.channel, to: "isc.yaml")
            let arguments = ["mirror", "-c", "isc.yaml", "file://out"]
            try await scene.ferry(arguments: arguments + ["--dry-run"], with: world.variables, exits: 34)
            #expect(scene.volumes(of: "out").isEmpty)
            try await scene.ferry(arguments: arguments + ["--continue-on-error"], with: world.variables, exits: 34)
            #expect(scene.volumes(of: "out").count == 1)
            let report = try scene.report(in: "out")
            #expect(report.entries("failed").count == 1)
            try await withRegistry { target in
                try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://out",
                    "docker://\(target.name)",
                    "--require-signatures",
                    with: world.variables
                )
                let payloads = try scene.report(in: "out").entries.filter { $0.kind == "ocpRelease" }.compactMap(
                    \.digest
                )
                #expect(payloads == [try world.digest("4.18.1").description])
            }
        }
    }

    @Test("from registry to registry the signed release goes on, the other one is reported")
    func others() async throws {
        try await withReleaseWorld(.init(unsigned: ["4.18.2"])) { scene, _, world in
            try scene.write(Self.channel, to: "isc.yaml")
            try await withRegistry { target in
                try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    "docker://\(target.name)",
                    with: world.variables,
                    exits: 34
                )
                let report = try scene.report(in: "ws")
                #expect(report.entries("failed").count == 1)
                #expect(!report.entries("verified").isEmpty)
            }
        }
    }

    @Test("signatures are not looked for when the user says so, who is warned once")
    func ignored() async throws {
        try await withReleaseWorld(.init(unsigned: ["4.18.1", "4.18.2"])) { scene, _, world in
            try scene.write(Self.channel, to: "isc.yaml")
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://out",
                "--ignore-release-signature",
                with: world.variables
            )
            #expect(result.stderr.components(separatedBy: "--ignore-release-signature").count == 2)
            #expect(!world.service.requests.contains { $0.path.hasPrefix("/signatures") })
            #expect(try scene.report(in: "out").warnings.count == 1)
            // What was mirrored so is not imported without the same word.
            try await withRegistry { target in
                try await scene.ferry("mirror", "--from", "file://out", "docker://\(target.name)", exits: 34)
                try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://out",
                    "docker://\(target.name)",
                    "--ignore-release-signature"
                )
            }
        }
    }

    @Test("a pinned release without signature is mirrored with a warning, unless signatures are required")
    func pinned() async throws {
        try await withReleaseWorld(.init(unsigned: ["4.18.1"])) { scene, _, world in
            let name = try #require(world.releases["4.18.1"]?.name)
            try scene.write(ImageSetText.make(release: name), to: "isc.yaml")
            let refused = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://strict",
                "--require-signatures",
                with: world.variables,
                exits: 34
            )
            #expect(refused.stderr.contains("no signature"))
            let result = try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", with: world.variables)
            #expect(result.stderr.contains("without a signature"))
            #expect(try scene.report(in: "out").warnings.count == 1)
            try await withRegistry { target in
                try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://out",
                    "docker://\(target.name)",
                    "--require-signatures",
                    exits: 34
                )
                try await scene.ferry("mirror", "--from", "file://out", "docker://\(target.name)")
                #expect(try scene.report(in: "out").warnings.count == 1)
            }
        }
    }

    @Test("a pinned release that is signed by digest is named as it was signed")
    func pinnedByDigest() async throws {
        try await withReleaseWorld { scene, _, world in
            let release = try #require(world.releases["4.18.1"])
            let digest = try world.digest("4.18.1")
            try scene.write(ImageSetText.make(release: "\(release.payload.repository)@\(digest)"), to: "isc.yaml")
            try await withRegistry { target in
                try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    "docker://\(target.name)",
                    "--require-signatures",
                    with: world.variables
                )
                let report = try scene.report(in: "ws")
                let payload = report.entries.first { $0.kind == "ocpRelease" }
                #expect(payload?.destination == "\(target.name)/openshift/release-images:4.18.1-x86_64")
            }
        }
    }

    @Test("a tag that leads to a release of another name is told: it may have been moved back to an old one")
    func otherName() async throws {
        var options = ReleaseWorld.Options()
        options.signedText = { _, text in text.replacing(":4.18.1-x86_64", with: ":4.17.9-x86_64") }
        options.versions = ["4.18.1"]
        try await withReleaseWorld(options) { scene, _, world in
            let name = try #require(world.releases["4.18.1"]?.name)
            try scene.write(ImageSetText.make(release: name), to: "isc.yaml")
            let result = try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", with: world.variables)
            #expect(result.stderr.contains("was signed as 4.17.9-x86_64"), "\(result)")
            let report = try scene.report(in: "out")
            #expect(report.warnings.count == 1)
            #expect(report.entries.contains { $0.destination?.hasSuffix("release-images:4.17.9-x86_64") == true })
        }
    }

    @Test("stores that do not answer are asked once for a list of payloads, not again for each of these")
    func silentStore() async throws {
        try await withReleaseWorld(.init(versions: ["4.18.1"], isMulti: true)) { scene, _, world in
            let name = try #require(world.releases["4.18.1"]?.name)
            try scene.write(ImageSetText.make(release: name), to: "isc.yaml")
            let result = try await scene.ferry(
                "plan",
                "-c",
                "isc.yaml",
                "--signature-store",
                "http://127.0.0.1:9/none",
                "--retry-times",
                "0",
                with: world.variables
            )
            let warnings = result.stderr.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
            #expect(warnings.count == 1, "\(warnings)")
            #expect(warnings.first?.contains("no store of signatures could be asked") == true, "\(warnings)")
        }
    }

    @Test(
        "a wrong signature is refused for pinned releases too",
        arguments: [WrongSignature.otherDigest, .tampered, .truncated, .garbage]
    )
    func wrong(_ kind: WrongSignature) async throws {
        var options = ReleaseWorld.Options()
        options.versions = ["4.18.1"]
        kind.apply(to: &options)
        try await withReleaseWorld(options) { scene, _, world in
            let name = try #require(world.releases["4.18.1"]?.name)
            try scene.write(ImageSetText.make(release: name), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", with: world.variables, exits: 34)
            #expect(scene.volumes(of: "out").isEmpty)
        }
    }

    @Test("a set whose releases were signed by keys that are not trusted here is refused before anything is sent")
    func otherKeys() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(Self.channel, to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", with: world.variables)
            try await withRegistry { target in
                let result = try await scene.ferry(
                    "mirror",
                    "--from",
                    "file://out",
                    "docker://\(target.name)",
                    exits: 34
                )
                #expect(result.stderr.contains("key"))
                #expect(target.traffic.counts.requests == 0)
            }
        }
    }

    @Test("a graph that passes an old release off for a new one is found out")
    func mislabelled() async throws {
        var options = ReleaseWorld.Options()
        options.versions = ["4.18.1"]
        options.mislabelled = ["4.18.9": "4.18.1"]
        try await withReleaseWorld(options) { scene, _, world in
            try scene.write(ReleaseGraphTests.configuration([]), to: "isc.yaml")
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://out",
                with: world.variables,
                exits: 2
            )
            #expect(result.stderr.contains("the update graph calls it 4.18.9, and it calls itself 4.18.1"))
        }
    }

    @Test("what is in a lock file is explained without its keys: nothing is carried out")
    func explain() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(Self.channel, to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml", with: world.variables)
            let result = try await scene.ferry("explain", "--lock", "working-dir/lock.json", "4.18.2-x86_64")
            #expect(result.stdout.contains("\(try world.digest("4.18.2"))"))
        }
    }

    @Test("a lock file that has lost what it knew of releases does not pass for a signed one in silence")
    func lostKnowledge() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(Self.channel, to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml", with: world.variables)
            let data = try scene.bytes("working-dir/lock.json")
            var lock = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            lock["releases"] = nil
            try JSONSerialization.data(withJSONObject: lock).write(to: URL(fileURLWithPath: scene.path("lost.json")))
            try await withRegistry { target in
                let mirror = ["mirror", "--lock", "lost.json", "--workspace", "file://ws", "docker://\(target.name)"]
                try await scene.ferry(arguments: mirror + ["--require-signatures"], exits: 34)
                #expect(target.traffic.counts.requests == 0)
                let result = try await scene.ferry(arguments: mirror)
                #expect(result.stderr.components(separatedBy: "is mirrored without a signature").count == 3)
                #expect(try scene.report(in: "ws").warnings.count == 2)
            }
        }
    }

    @Test("an update service that does not answer, an unknown channel, an empty range: exit code 2 and what was asked")
    func graphFailures() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(Self.channel, to: "isc.yaml")
            let silent = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://out",
                with: world.variables.merging(["UPDATE_URL_OVERRIDE": "http://127.0.0.1:9/graph"]) { $1 },
                exits: 2
            )
            #expect(silent.stderr.contains("127.0.0.1:9"))
            try scene.write(
                ReleaseGraphTests.configuration(["minVersion: 4.18.7", "maxVersion: 4.18.9"]),
                to: "empty.yaml"
            )
            let empty = try await scene.ferry(
                "mirror",
                "-c",
                "empty.yaml",
                "file://out",
                with: world.variables,
                exits: 2
            )
            #expect(empty.stderr.contains("4.18.2"))
        }
    }
}

/// What may be wrong with a signature.
enum WrongSignature: Sendable {
    case otherDigest
    case tampered
    case truncated
    case garbage

    func apply(to options: inout ReleaseWorld.Options) {
        switch self {
        case .otherDigest:
            options.signedText = { version, text in
                text.replacing("sha256:", with: "sha256:00").replacing("00\"", with: "\"")
            }
        case .tampered:
            options.damage = { _, bytes in
                var bytes = bytes
                bytes[bytes.count / 2] ^= 0x10
                return bytes
            }
        case .truncated: options.damage = { _, bytes in Array(bytes.dropLast(9)) }
        case .garbage: options.damage = { _, bytes in bytes + [1, 2, 3] }
        }
    }
}
