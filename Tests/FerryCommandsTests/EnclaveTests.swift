import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import RegistryServer
import SamplePayload
import Testing

/// Sources that do not exist, read from the mirrors that `registries.conf` names.
@Suite("In an enclave") struct EnclaveTests {
    /// Registries whose names resolve nowhere; nobody may own one below `.invalid`.
    private static let origin = "registry.example.invalid"

    private func rule(_ prefix: String, _ mirrors: [String], _ lines: [String] = [], each: String = "") -> String {
        (["[[registry]]", "location = \"\(prefix)\""] + lines
            + mirrors.flatMap { ["[[registry.mirror]]", "location = \"\($0)\"", each] }).joined(separator: "\n") + "\n"
    }

    @Test("images of registries that are not there are mirrored from a mirror; all that is written names the origin")
    func registryToRegistry() async throws {
        try await withScene { scene, mirror, target in
            let images = [try TestImage(seed: 1), try TestImage(seed: 2)]
            try await mirror.publish(images[0], as: "rh/ubi9/ubi:latest")
            try await mirror.publish(images[1], as: "quay/team/app:v1")
            let pinned = "quay.example.invalid/team/app@\(images[1].manifest.digest)"
            try scene.write(
                ImageSetText.make(images: [["\(Self.origin)/ubi9/ubi:latest"], [pinned]]),
                to: "isc.yaml"
            )
            try scene.write(
                rule(Self.origin, ["127.0.0.1:1/dead", "\(mirror.name)/rh"])
                    + rule("quay.example.invalid", ["\(mirror.name)/quay"]),
                to: "registries.conf"
            )
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "--registries-conf",
                "registries.conf",
                "--retry-times",
                "0",
                "docker://\(target.name)"
            )
            let same = StoreComparison(source: mirror.store, target: target.store)
            try await same.expectSame(images[0].manifest.digest, from: "rh/ubi9/ubi", to: "ubi9/ubi", tag: "latest")
            try await same.expectSame(images[1].manifest.digest, from: "quay/team/app", to: "team/app")
            // Who is not there is told of once each.
            for name in ["127.0.0.1:1", Self.origin, "quay.example.invalid"] {
                let count = result.stderr.split(separator: "\n").count { $0.contains("\(name) is not asked any more") }
                #expect(count == 1, "\(name): \(result.stderr)")
            }
            // The log says who was asked in truth.
            try scene.remove("ws/working-dir/logs")
            for text in try scene.files(below: "ws/working-dir") {
                #expect(!text.contains("\(mirror.name)"), "\(text)")
                #expect(!text.contains("127.0.0.1:1/"), "\(text)")
            }
            #expect(try scene.text("ws/working-dir/lock.json").contains("\(Self.origin)/ubi9/ubi"))
            #expect(try scene.text("ws/working-dir/report.json").contains(pinned))
            let resources = try scene.files(below: "ws/working-dir/cluster-resources").joined()
            #expect(resources.contains("source: \(Self.origin)/ubi9"))
            #expect(resources.contains("source: quay.example.invalid/team"))

            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://dry",
                "--dry-run",
                "--registries-conf",
                "registries.conf",
                "--retry-times",
                "0",
                "docker://\(target.name)"
            )
            let mapping = try scene.files(below: "dry/working-dir").filter { $0.contains("=docker://") }.joined()
            #expect(mapping.contains("docker://\(Self.origin)/ubi9/ubi"))
            #expect(!mapping.contains("\(mirror.name)"))

            // From the lock file alone the bytes come from the mirrors, too.
            try await withRegistry { other in
                try await scene.ferry(
                    "mirror",
                    "--lock",
                    "ws/working-dir/lock.json",
                    "--workspace",
                    "file://again",
                    "--registries-conf",
                    "registries.conf",
                    "--retry-times",
                    "0",
                    "docker://\(other.name)"
                )
                let same = StoreComparison(source: mirror.store, target: other.store)
                try await same.expectSame(images[0].manifest.digest, from: "rh/ubi9/ubi", to: "ubi9/ubi", tag: "latest")
            }
        }
    }

    @Test("a release comes from a mirror of its registry, straight to a medium, and is imported without the file")
    func release() async throws {
        try await withScene { scene, mirror, target in
            // The payload names its components as the origin has them.
            var options = SampleReleaseOptions(registry: try RegistryName(Self.origin))
            options.images = 4
            options.totalSize = 600_000
            options.hasSignatures = true
            let release = try await SampleRelease(options).publish(to: mirror.store)
            try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
            try FileManager.default.createDirectory(
                atPath: scene.path(".config/containers"),
                withIntermediateDirectories: true
            )
            let file = ".config/containers/registries.conf"
            try scene.write(rule(Self.origin, ["\(mirror.name)"], each: "pull-from-mirror = \"all\""), to: file)
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let plan = try await scene.ferry("plan", "-c", "isc.yaml", "--workspace", "file://plan")
            #expect(plan.stdout.contains("4.18.1"))
            #expect(!(try scene.text("set/working-dir/lock.json").contains("\(mirror.name)")))

            // An import asks the target only; a file that is broken by now stops nobody there.
            try scene.write("this is no TOML", to: file)
            mirror.traffic.reset()
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)/in")
            #expect(mirror.traffic.counts.requests == 0)
            let same = StoreComparison(source: mirror.store, target: target.store)
            try await same.expectRelease(release, below: "in")
            let resources = try scene.files(below: "set/working-dir/cluster-resources").joined()
            #expect(resources.contains("source: \(Self.origin)/"))
            let broken = try await scene.ferry("mirror", "-c", "isc.yaml", "file://other", exits: 1)
            #expect(broken.stderr.contains("registries.conf:1 is not TOML"))
        }
    }

    @Test("wrong bytes and missing blobs at one mirror are made good by the next, on the way to media and registries")
    func wrongBytes() async throws {
        try await withScene { scene, bad, target in
            try await withRegistry { good in
                let image = try TestImage(
                    layers: [
                        TestBlob(seed: 1, size: 6 << 20), TestBlob(seed: 2, size: 5 << 20),
                        TestBlob(seed: 3, size: 900),
                    ]
                )
                try await bad.publish(image, as: "m/team/app:v1")
                try await good.publish(image, as: "m/team/app:v1")
                try scene.write(ImageSetText.make(images: [["\(Self.origin)/team/app:v1"]]), to: "isc.yaml")
                try scene.write(rule(Self.origin, ["\(bad.name)/m", "\(good.name)/m"]), to: "registries.conf")
                let faults: [FaultRule] = [
                    FaultRule(.corrupt(byteAt: 5_000_000), on: .blob(image.layers[0].descriptor.digest)),
                    FaultRule(.missing, on: .blob(image.layers[1].descriptor.digest)),
                    FaultRule(.corrupt(byteAt: 5), on: .blob(image.layers[2].descriptor.digest)),
                ]
                for arguments in [
                    ["--workspace", "file://ws", "docker://\(target.name)"], ["file://set"],
                ] {
                    bad.faults.replace(with: faults)
                    let result = try await scene.ferry(
                        arguments: [
                            "mirror", "-c", "isc.yaml", "--registries-conf", "registries.conf", "--retry-times", "2",
                        ] + arguments
                    )
                    let told = result.stderr.split(separator: "\n").count {
                        $0.contains("\(bad.name)/m/team/app gave wrong bytes")
                    }
                    #expect(told == 2, "\(result.stderr)")
                }
                try await StoreComparison(source: good.store, target: target.store)
                    .expectSame(image.manifest.digest, from: "m/team/app", to: "team/app", tag: "v1")
                try await scene.ferry("verify", "file://set")
            }
        }
    }

    @Test("several targets share a reading that goes wrong, and all are served by the next mirror")
    func severalTargets() async throws {
        try await withScene { scene, bad, target in
            try await withRegistry { good in
                try await withRegistry { second in
                    let image = try TestImage(layers: [TestBlob(seed: 1, size: 6 << 20)])
                    try await bad.publish(image, as: "m/team/app:v1")
                    try await good.publish(image, as: "m/team/app:v1")
                    try scene.write(ImageSetText.make(images: [["\(Self.origin)/team/app:v1"]]), to: "isc.yaml")
                    try scene.write(rule(Self.origin, ["\(bad.name)/m", "\(good.name)/m"]), to: "registries.conf")
                    bad.faults.replace(with: [
                        FaultRule(.corrupt(byteAt: 5_000_000), on: .blob(image.layers[0].descriptor.digest))
                    ])
                    try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        "--registries-conf",
                        "registries.conf",
                        "--retry-times",
                        "2",
                        "--workspace",
                        "file://ws",
                        "docker://\(target.name)",
                        "docker://\(second.name)"
                    )
                    for store in [target.store, second.store] {
                        try await StoreComparison(source: good.store, target: store)
                            .expectSame(image.manifest.digest, from: "m/team/app", to: "team/app", tag: "v1")
                    }
                }
            }
        }
    }

    @Test("releases of registries that are not there are looked into, and their versions listed, in a mirror")
    func releases() async throws {
        try await withScene { (scene: Scene, mirror: TestRegistry) in
            let published = try await ToolRelease().publish(to: mirror)
            let inner = published.payload.repository
            try scene.write(rule(Self.origin, ["\(mirror.name)"]), to: "registries.conf")
            let outer = "\(Self.origin)/\(inner.path)"
            let conf = ["--registries-conf", "registries.conf", "--retry-times", "0"]
            let name = "\(outer)@\(published.digest)"
            let info = try await scene.ferry(arguments: ["release", "info", name] + conf)
            #expect(info.stdout.contains("Pull From:  \(name)"))
            let file = try await scene.ferry(
                arguments: ["release", "extract", name, "--file", "release-metadata"] + conf
            )
            #expect(file.stdout.contains("4.18.1"))
            let list = try await scene.ferry(arguments: ["list", "releases", "--repository", outer] + conf)
            #expect(list.stdout.contains("  4.18\n"))
        }
    }

    @Test("a blocked registry fails its images with file and prefix; its mirrors are read all the same")
    func blocked() async throws {
        try await withScene { scene, mirror, target in
            let image = try TestImage()
            try await mirror.publish(image, as: "m/app:v1")
            let wanted = [["\(Self.origin)/app:v1"], ["blocked.example.invalid/app:v1"]]
            try scene.write(ImageSetText.make(images: wanted), to: "isc.yaml")
            try scene.write(
                rule(Self.origin, ["\(mirror.name)/m"], ["blocked = true"])
                    + rule("blocked.example.invalid", [], ["blocked = true"]),
                to: "registries.conf"
            )
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "--registries-conf",
                "registries.conf",
                "--retry-times",
                "0",
                "docker://\(target.name)",
                exits: 8
            )
            #expect(result.stderr.contains("registries.conf:7 blocks \"blocked.example.invalid\""), "\(result.stderr)")
            #expect(!result.stderr.contains("is not asked any more"))
            #expect(
                try await target.store.readBack(.tag(Tag("v1")), in: RepositoryPath("app")) == image.manifest.digest
            )
        }
    }

    @Test("a mirror whose certificate nobody knows is read when the file calls it insecure")
    func insecure() async throws {
        try await withScene { scene in
            let made = try await scene.makeCertificate()
            try await withRegistry(tls: .init(certificate: made.certificate, key: made.key)) { mirror in
                let image = try TestImage()
                try await mirror.publish(image, as: "m/app:v1")
                try scene.write(ImageSetText.make(images: [["\(Self.origin)/app:v1"]]), to: "isc.yaml")
                for (flag, status) in [("false", Int32(8)), ("true", 0)] {
                    try scene.write(
                        rule(Self.origin, ["\(mirror.name)/m"], each: "insecure = \(flag)"),
                        to: "registries.conf"
                    )
                    let result = try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        "file://set-\(flag)",
                        "--registries-conf",
                        "registries.conf",
                        "--retry-times",
                        "0",
                        exits: status
                    )
                    if status != 0 { #expect(result.stderr.contains("certificate"), "\(result.stderr)") }
                }
            }
        }
    }

    @Test("credentials are those of the mirror, by host and path")
    func credentials() async throws {
        try await withScene { scene in
            try await withRegistry(users: ["me:secret"]) { mirror in
                let image = try TestImage()
                try await mirror.publish(image, as: "m/app:v1")
                let auth = try scene.writeAuthFile(mirror.name, "me:secret")
                try scene.write(ImageSetText.make(images: [["\(Self.origin)/app:v1"]]), to: "isc.yaml")
                try scene.write(rule(Self.origin, ["\(mirror.name)/m"]), to: "registries.conf")
                let words = [
                    "mirror", "-c", "isc.yaml", "file://set", "--registries-conf", "registries.conf", "--retry-times",
                    "0",
                ]
                let refused = try await scene.ferry(arguments: words, exits: 8)
                #expect(refused.stderr.contains("\(mirror.name)/m/app cannot be read"), "\(refused.stderr)")
                try await scene.ferry(arguments: words + ["--authfile", auth])
            }
        }
    }

    @Test("a file that is named and not there is an error; targets are never rewritten")
    func targets() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage()
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let missing = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://set",
                "--registries-conf",
                "none.conf",
                exits: 1
            )
            #expect(missing.stderr.contains("there is no none.conf"))
            // A mirror of the target's own registry concerns what is read there, which is nothing.
            try scene.write(rule("\(target.name)", ["127.0.0.1:1"], ["blocked = true"]), to: "registries.conf")
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "--registries-conf",
                "registries.conf",
                "--retry-times",
                "0",
                "docker://\(target.name)"
            )
            #expect(
                try await target.store.readBack(.tag(Tag("v1")), in: RepositoryPath("team/app"))
                    == image.manifest.digest
            )
        }
    }
}

private typealias Tag = OCIModel.Tag
