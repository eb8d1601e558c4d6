import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("Runbooks of oc-mirror") struct OCMirrorCompatibilityTests {
    private func configuration(_ source: TestRegistry, _ scene: Scene) async throws {
        let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
        try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
    }

    @Test("its flags are taken, and those that mean nothing here are told of at debug level")
    func flags() async throws {
        try await withScene { scene, source, target in
            try await configuration(source, scene)
            let result = try await scene.ferry(arguments: [
                "mirror", "--config", "isc.yaml", "file://set", "--v2", "--cache-dir", "/nowhere", "-p",
                "55000",
                "--src-tls-verify=false", "--strict-archive", "--parallel-images", "4", "--parallel-layers",
                "2",
                "--retry-times", "3", "--retry-delay", "1s", "--image-timeout", "10m", "--log-level", "debug",
                "--ignore-release-signature",
            ])
            #expect(result.stderr.contains("--cache-dir"), "\(result)")
            #expect(result.stderr.contains("ignored"))
            let quiet = try await scene.ferry(arguments: [
                "mirror", "-c", "isc.yaml", "--from", "file://set", "docker://\(target.name)", "--v2",
                "--dest-tls-verify=false", "--cache-dir", "/nowhere",
            ])
            #expect(!quiet.stderr.contains("ignored"))
            #expect(try await target.tags(in: RepositoryPath("team/app")) == ["v1"])
        }
    }

    @Test("called through a link of that name it is ferry mirror; called as oc-ferry it is ferry")
    func links() async throws {
        try await withScene { scene, source, target in
            try await configuration(source, scene)
            let name = try scene.link(named: "oc-mirror")
            try await scene.ferry("-c", "isc.yaml", "file://set", "--v2", calledAs: name)
            #expect(scene.volumes(of: "set").count == 1)
            let place = "docker://\(target.name)"
            try await scene.ferry("-c", "isc.yaml", "--from", "file://set", place, "--v2", calledAs: name)
            #expect(try await target.tags(in: RepositoryPath("team/app")) == ["v1"])
            let workspace = ["--workspace", "file://ws"]
            try await scene.ferry("-c", "isc.yaml", workspace[0], workspace[1], place, "--v2", calledAs: name)
            #expect(try await scene.ferry("version", calledAs: name).stdout.contains("ferry"))

            let plugin = try scene.link(named: "oc-ferry")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", calledAs: plugin)
            try await scene.ferry("verify", "file://set", calledAs: plugin)
        }
    }

    @Test("an import with a configuration takes that part of the set, and asks no source")
    func partOfSet() async throws {
        try await withScene { scene, source, target in
            var names: [[String]] = []
            for number in 1...3 {
                names.append([
                    try await source.publish(TestImage(seed: UInt64(number)), as: "team/app\(number):v1")
                ])
            }
            try scene.write(ImageSetText.make(images: names), to: "all.yaml")
            try scene.write(ImageSetText.make(images: [names[1]]), to: "part.yaml")
            try await scene.ferry("mirror", "-c", "all.yaml", "file://set")
            source.traffic.reset()
            try await scene.ferry(
                "mirror",
                "-c",
                "part.yaml",
                "--from",
                "file://set",
                "docker://\(target.name)"
            )
            #expect(source.traffic.counts.requests == 0)
            #expect(try await target.tags(in: RepositoryPath("team/app2")) == ["v1"])
            #expect(try await target.tags(in: RepositoryPath("team/app1")) == [])
            #expect(try await target.tags(in: RepositoryPath("team/app3")) == [])
        }
    }
}
