import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("Taking files and programs out of releases")
struct ReleaseExtractTests {
    @Test("all files are written as they are; others in the folder stay, changed ones are replaced")
    func manifests() async throws {
        try await withScene { scene, source in
            var release = ToolRelease()
            release.manifests = [("0000_50_x.yaml", Array("a: 1\n".utf8)), ("sub/0000_51_y.yaml", [0, 1, 2, 255])]
            let published = try await release.publish(to: source)
            let result = try await scene.ferry("release", "extract", "\(published.payload)", "--to", "out/deep")
            #expect(result.stdout == "4 files of release 4.18.1 are in out/deep\n")
            let names = ["0000_50_x.yaml", "image-references", "release-metadata", "sub"]
            #expect(scene.names(in: "out/deep") == names)
            #expect(try Array(scene.bytes("out/deep/sub/0000_51_y.yaml")) == [0, 1, 2, 255])
            try scene.write("mine", to: "out/deep/mine")
            try scene.write("changed", to: "out/deep/0000_50_x.yaml")
            try await scene.ferry("release", "extract", "docker://\(published.payload)", "--to", "file://out/deep")
            #expect(try scene.text("out/deep/0000_50_x.yaml") == "a: 1\n")
            #expect(scene.names(in: "out/deep") == (names + ["mine"]).sorted())
            let one = try await scene.ferry("release", "extract", "\(published.payload)", "--file", "release-metadata")
            #expect(one.stdout == (try scene.text("out/deep/release-metadata")))
            let none = try await scene.ferry(
                "release",
                "extract",
                "\(published.payload)",
                "--file",
                "nothing",
                exits: 1
            )
            #expect(none.stderr.contains("has no file nothing"))
        }
    }

    private struct Program: Sendable {
        let command: String
        var platform: String?
        let file: String
        let component: String
    }

    private static let programs = [
        Program(command: "oc", file: "oc", component: "cli"),
        Program(command: "kubectl", platform: "linux/amd64", file: "kubectl", component: "cli"),
        Program(command: "oc", platform: "mac/arm64", file: "oc", component: "cli-artifacts"),
        Program(command: "openshift-install", file: "openshift-install", component: "installer"),
        Program(
            command: "openshift-install",
            platform: "mac",
            file: "openshift-install",
            component: "installer-artifacts"
        ),
    ]

    @Test(
        "a program comes out with the release's name, version and platform in it, and may be run",
        arguments: programs.indices
    )
    func program(index: Int) async throws {
        let it = Self.programs[index]
        try await withScene { scene, source in
            let release = ToolRelease()
            let published = try await release.publish(to: source)
            var words = ["release", "extract", "\(published.payload)", "--command", it.command, "--to", "bin"]
            words.append("--ignore-release-signature")
            if let platform = it.platform { words += ["--command-os", platform] }
            let result = try await scene.ferry(arguments: words)
            let original = try #require(release.files[it.component]?.first?.content)
            let expected = ToolRelease.marked(
                original,
                image: "\(published.payload.repository)@\(published.digest)",
                version: "4.18.1",
                architecture: "linux/amd64"
            )
            #expect(expected != original)
            #expect(try Array(scene.bytes("bin/\(it.file)")) == expected)
            #expect(scene.names(in: "bin") == [it.file])
            let mode = try FileManager.default.attributesOfItem(atPath: scene.path("bin/\(it.file)"))[.posixPermissions]
            #expect(mode as? Int == 0o755)
            #expect(result.stderr.split(separator: "\n").count { $0.contains("warning") } == 1, "\(result)")
            #expect(result.stderr.contains("signatures of releases are not checked"), "\(result)")
        }
    }

    @Test("the signature of a program for macOS is right again after it was marked, or it is said that it is not")
    func macSignature() async throws {
        try await withScene { scene, source in
            let code = Array(ToolRelease.program("mac oc", markers: ["VERSION"]).dropFirst(4))
            let path = "usr/share/openshift/mac_arm64/oc"
            var release = ToolRelease()
            release.files["cli-artifacts"] = [(path, try SmallMachO.make(code: code))]
            let published = try await release.publish(to: source)
            let words = ["--command", "oc", "--command-os", "mac/arm64"]
            try await scene.ferry(arguments: ["release", "extract", "\(published.payload)"] + words)
            let program = try Array(scene.bytes("oc"))
            let marked = ToolRelease.marked(code, image: "", version: "4.18.1", architecture: "")
            #expect(Array(program[4096..<4096 + code.count]) == marked && marked != code)
            let whole = Array(program.prefix(4096 + code.count))
            let hashes = try SmallMachO.hashes(whole)
            #expect(program.firstRange(of: Array(hashes.joined())) != nil)
            release.files["cli-artifacts"] = [(path, try SmallMachO.make(code: code, cms: [1, 2, 3]))]
            release.version = "4.18.2"
            let signed = try await release.publish(to: source)
            let result = try await scene.ferry(arguments: ["release", "extract", "\(signed.payload)"] + words)
            #expect(result.stderr.contains("codesign --force --sign - oc"), "\(result)")
        }
    }

    @Test(
        "in a mirror the images are found beside the payload, or where --mirror says, and the program names the mirror"
    )
    func mirror() async throws {
        try await withScene { scene, source in
            var release = ToolRelease()
            // Nobody listens there: whoever asked it would wait.
            release.parts = try Repository("127.0.0.1:1/dev/parts")
            let published = try await release.publish(
                to: source,
                payloads: "lab/openshift/release-images",
                images: "lab/openshift/release"
            )
            try await scene.ferry("release", "extract", "\(published.payload)", "--command", "openshift-install")
            let image = "\(source.name)/lab/openshift/release-images@\(published.digest)"
            let bytes = try Array(scene.bytes("openshift-install"))
            #expect(bytes.firstRange(of: Array("\(image)\0".utf8)) != nil)
            let elsewhere = try await release.publish(to: source, payloads: "x/payloads", images: "y/images")
            let failed = try await scene.ferry(
                "release",
                "info",
                "\(elsewhere.payload)",
                "--size",
                "--retry-times",
                "0",
                exits: 1
            )
            #expect(failed.stderr.contains("x/payloads does not have it"), "\(failed)")
            #expect(failed.stderr.contains("127.0.0.1:1"))
            let found = try await scene.ferry(
                "release",
                "info",
                "\(elsewhere.payload)",
                "--size",
                "--mirror",
                "\(source.name)/y/images"
            )
            #expect(found.stdout.contains("Size: "))
        }
    }

    @Test("what a release does not have is said, and nothing is left behind")
    func missing() async throws {
        try await withScene { scene, source in
            var release = ToolRelease()
            release.files["installer"] = [
                ("usr/bin/openshift-install", ToolRelease.program("bare", markers: ["VERSION"]))
            ]
            release.files["cli"] = [("usr/bin/other", [1])]
            let published = try await release.publish(to: source)
            let cases: [([String], String)] = [
                (["--command", "oc"], "has no file /usr/bin/oc"),
                (["--command", "openshift-install"], "_RELEASE_IMAGE_LOCATION_"),
                (["--command", "ccoctl"], "has no image cloud-credential-operator"),
                (
                    ["--command", "oc", "--command-os", "linux/s390x"],
                    "has no file /usr/share/openshift/linux_s390x/oc"
                ),
                (["--command", "openshift-install", "--command-os", "windows"], "there is one for linux/amd64"),
                (["--command", "oc", "--command-os", "plan9"], "--command-os must be"),
                (["--command", "rm"], "there is no command \"rm\""),
                (["--command", "oc", "--platform", "linux/arm64"], "has no image for linux/arm64"),
                ([], "say what to take"),
                (["--file", "x", "--to", "y"], "--file writes to stdout"),
            ]
            for (words, message) in cases {
                let to = words.contains("--command") ? ["--to", "bin"] : []
                let result = try await scene.ferry(
                    arguments: ["release", "extract", "\(published.payload)"] + words + to,
                    exits: 1
                )
                #expect(result.stderr.contains(message), "\(words) \(result)")
                #expect(scene.names(in: "bin").isEmpty, "\(words)")
            }
        }
    }

    @Test("wrong bytes of a layer are an error of integrity, and no program comes of them")
    func damaged() async throws {
        try await withScene { scene, source in
            let published = try await ToolRelease().publish(to: source)
            let path = try RepositoryPath("ocp/parts")
            let digest = try #require(published.components["cli"])
            let image = try #require(try await source.store.manifest(.digest(digest), in: path))
            let layer = try #require(image.manifest.blobs.last)
            source.faults.replace(with: [FaultRule(.corrupt(byteAt: 100), on: .blob(layer.digest))])
            try scene.write("precious", to: "oc")
            let result = try await scene.ferry(
                "release",
                "extract",
                "\(published.payload)",
                "--command",
                "oc",
                exits: 32
            )
            #expect(result.stderr.contains("\(layer.digest)"), "\(result)")
            #expect(try scene.text("oc") == "precious")
            #expect(!scene.names(in: ".").contains { $0.hasSuffix(".new") })
        }
    }

    @Test("names that lead out of the folder are never written, and what is no release is said to be none")
    func garbage() async throws {
        try await withScene { scene, source in
            let image = try await source.publish(TestImage(seed: 7), as: "some/image:v1")
            let no = try await scene.ferry("release", "info", image, exits: 1)
            #expect(no.stderr.contains("cannot be read") || no.stderr.contains("no release payload"), "\(no)")
            var release = ToolRelease()
            release.upperLayers = [
                EvilArchive.bytes(names: [
                    "release-manifests/../../escape", "/release-manifests/../../../tmp/x", "../e",
                ])
            ]
            let published = try await release.publish(to: source)
            try await scene.ferry("release", "extract", "\(published.payload)", "--to", "a/b/out")
            #expect(scene.names(in: "a/b/out") == ["0000_50_x.yaml", "image-references", "release-metadata"])
            #expect(scene.names(in: "a") == ["b"] && scene.names(in: "a/b") == ["out"])
            #expect(!scene.names(in: ".").contains("escape"))
        }
    }
}
