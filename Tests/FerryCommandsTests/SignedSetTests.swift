import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("Signed media sets", .enabled(if: toolPath("openssl") != nil)) struct SignedSetTests {
    private func openssl(_ scene: Scene, _ words: String...) async throws -> CommandResult {
        try await runProcess(try requireTool("openssl"), words, folder: scene.folder)
    }

    /// Makes `<name>.pem` and `<name>.pub`.
    private func makeKey(_ scene: Scene, _ name: String, _ options: [String]) async throws {
        let tool = try requireTool("openssl")
        let made = try await runProcess(tool, ["genpkey"] + options + ["-out", scene.path("\(name).pem")])
        try #require(made.status == 0, "\(made)")
        let shown = try await openssl(scene, "pkey", "-in", "\(name).pem", "-pubout", "-out", "\(name).pub")
        try #require(shown.status == 0, "\(shown)")
    }

    private func signature(_ scene: Scene) throws -> String {
        "set/\(try #require(scene.names(in: "set").first { $0.hasSuffix(".sig") }))"
    }

    /// A set of two volumes, and the keys `ours` and `theirs`.
    private func withSet(
        signed: Bool = true,
        _ options: [String] = ["-algorithm", "ed25519"],
        _ body: (Scene, TestRegistry, TestRegistry) async throws -> Void
    ) async throws {
        try await withScene { scene, source, target in
            try await makeKey(scene, "ours", options)
            try await makeKey(scene, "theirs", options)
            let image = try TestImage.random(layers: [1_500_000])
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await make(scene, signed ? ["--sign-key", "ours.pem"] : [])
            #expect(scene.volumes(of: "set").count == 2)
            try await body(scene, source, target)
        }
    }

    @discardableResult
    private func make(_ scene: Scene, _ options: [String], exits status: Int32 = 0) async throws -> CommandResult {
        let words = ["mirror", "-c", "isc.yaml", "--volume-size", "1MiB", "file://set"]
        return try await scene.ferry(arguments: words + options, exits: status)
    }

    /// Both commands refuse the set, and the target is not even asked whether it is there.
    private func expectRefusal(
        _ scene: Scene,
        _ target: TestRegistry,
        keys: [String],
        saying part: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let options = keys.flatMap { ["--verify-key", $0] }
        for words in [["verify", "file://set"], ["mirror", "--from", "file://set", "docker://\(target.name)/m"]] {
            let result = try await scene.ferry(arguments: words + options, exits: 32, sourceLocation: sourceLocation)
            #expect(result.stderr.contains(part), "\(result)", sourceLocation: sourceLocation)
            #expect(result.stdout.isEmpty, sourceLocation: sourceLocation)
        }
        #expect(target.traffic.counts.requests == 0, sourceLocation: sourceLocation)
    }

    @Test(
        "openssl says OK to the signature, and the set is imported with the public key or a certificate",
        arguments: [["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-algorithm", "ed25519"]]
    )
    func accepted(options: [String]) async throws {
        try await withSet(options) { scene, _, target in
            let path = try signature(scene)
            let volume = scene.volumes(of: "set")[0]
            #expect(path == String(volume.dropLast("_001of002.tar".count)) + ".sig")
            let unpacked = try await runProcess(
                try requireTool("tar"),
                ["-xf", scene.path(volume), "ferry-set.json"],
                folder: scene.folder
            )
            try #require(unpacked.status == 0, "\(unpacked)")
            let checked =
                options.contains("ed25519")
                ? try await openssl(
                    scene,
                    "pkeyutl",
                    "-verify",
                    "-pubin",
                    "-inkey",
                    "ours.pub",
                    "-rawin",
                    "-in",
                    "ferry-set.json",
                    "-sigfile",
                    path
                )
                : try await openssl(
                    scene,
                    "dgst",
                    "-sha256",
                    "-verify",
                    "ours.pub",
                    "-signature",
                    path,
                    "ferry-set.json"
                )
            #expect(checked.status == 0, "\(checked)")

            let made = try await openssl(
                scene,
                "req",
                "-x509",
                "-key",
                "ours.pem",
                "-subj",
                "/CN=x",
                "-out",
                "ours.crt"
            )
            try #require(made.status == 0, "\(made)")
            try await scene.ferry("verify", "file://set", "--verify-key", "ours.crt")
            try await scene.ferry(
                "mirror",
                "--from",
                "file://set",
                "--verify-key",
                "theirs.pub",
                "--verify-key",
                "ours.pub",
                "docker://\(target.name)/m"
            )
            #expect(try await target.tags(in: RepositoryPath("m/team/app")) == ["v1"])
        }
    }

    @Test("an unsigned set is refused, a rerun with nothing to do signs it, and a signed set needs no key")
    func unsigned() async throws {
        try await withSet(signed: false) { scene, source, target in
            #expect(!scene.names(in: "set").contains { $0.hasSuffix(".sig") })
            try await expectRefusal(scene, target, keys: ["ours.pub"], saying: "is not signed")
            let volumes = try scene.volumes(of: "set").map { try scene.bytes($0) }
            source.traffic.reset()
            try await make(scene, ["--sign-key", "ours.pem"])
            #expect(source.traffic.counts.blobGets == 0)
            #expect(try scene.volumes(of: "set").map { try scene.bytes($0) } == volumes)
            try await scene.ferry("verify", "file://set", "--verify-key", "ours.pub")
            let signature = try scene.bytes(signature(scene))
            try await make(scene, ["--sign-key", "ours.pem"])
            try await make(scene, [])
            #expect(try scene.bytes(self.signature(scene)) == signature)
            try await scene.ferry("verify", "file://set")
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)/m")
        }
    }

    @Test("another key's signature, a flipped bit in it, and one of another set are refused")
    func wrong() async throws {
        try await withSet { scene, source, target in
            try await expectRefusal(scene, target, keys: ["theirs.pub"], saying: "is wrong")
            let path = try signature(scene)
            for offset in [0, 63] {
                try VolumeBytes.flip(at: offset, of: scene.path(path))
                try await expectRefusal(scene, target, keys: ["theirs.pub", "ours.pub"], saying: "is wrong")
                try VolumeBytes.flip(at: offset, of: scene.path(path))
            }
            try await scene.ferry("verify", "file://set", "--verify-key", "ours.pub")

            // A set that somebody else made, under the signature of ours.
            try await source.publish(try TestImage.random(layers: [1_400_000], seed: 9), as: "team/app:v1")
            let words = ["mirror", "-c", "isc.yaml", "--volume-size", "1MiB", "file://set2"]
            try await scene.ferry(arguments: words)
            let volume = try #require(scene.names(in: "set2").first { $0.hasSuffix(".tar") })
            let name = volume.split(separator: "_").prefix(3).joined(separator: "_") + ".sig"
            try FileManager.default.copyItem(atPath: scene.path(path), toPath: scene.path("set2/\(name)"))
            let result = try await scene.ferry(
                "mirror",
                "--from",
                "file://set2",
                "--verify-key",
                "ours.pub",
                "docker://\(target.name)/m",
                exits: 32
            )
            #expect(result.stderr.contains("is wrong"), "\(result)")
            #expect(target.traffic.counts.requests == 0)
        }
    }

    @Test("keys that cannot be used end a run before anything is asked")
    func badKeys() async throws {
        try await withScene { scene, source, target in
            try await makeKey(scene, "rsa", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
            try await makeKey(scene, "ed", ["-algorithm", "ed25519"])
            let locked = try await openssl(
                scene,
                "pkcs8",
                "-topk8",
                "-in",
                "ed.pem",
                "-passout",
                "pass:x",
                "-out",
                "locked.pem"
            )
            try #require(locked.status == 0, "\(locked)")
            let name = try await source.publish(try TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            source.traffic.reset()
            let out = ["mirror", "-c", "isc.yaml", "file://set"]
            let back = ["mirror", "--from", "file://set", "docker://\(target.name)"]
            let cases: [([String], String)] = [
                (out + ["--sign-key", "rsa.pem"], "kind RSA"), (out + ["--sign-key", "locked.pem"], "passphrase"),
                (out + ["--sign-key", "ed.pub"], "no private key"), (out + ["--sign-key", "none"], "No such file"),
                (out + ["--sign-key", "isc.yaml"], "no key in PEM"), (out + ["--verify-key", "ed.pub"], "--sign-key"),
                (back + ["--verify-key", "rsa.pub"], "kind RSA"), (back + ["--sign-key", "ed.pem"], "--verify-key"),
                (back + ["--verify-key", "ed.pem"], "no public key"),
                (["verify", "docker://\(target.name)", "--lock", "x", "--verify-key", "ed.pub"], "media sets"),
            ]
            for (words, part) in cases {
                let result = try await scene.ferry(arguments: words, exits: 1)
                #expect(result.stderr.contains(part), "\(result)")
            }
            #expect(source.traffic.counts.requests + target.traffic.counts.requests == 0)
            #expect(scene.names(in: "set").isEmpty)
        }
    }
}
