import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Other people's tools", .enabled(if: Skopeo.isInstalled && toolPath("docker-registry") != nil))
struct InteropTests {
    /// A release and a list of two architectures, with the configuration that asks for both.
    private struct Content {
        let release: SampleReleaseDescription
        let list: ManifestDocument

        init(_ source: TestRegistry, _ scene: Scene) async throws {
            release = try await source.publishRelease(images: 3, size: 600_000)
            let multi = try await MultiPlatformImage(in: source)
            list = multi.list
            try scene.write(ImageSetText.make(release: release.name, images: [[multi.name]]), to: "isc.yaml")
        }

        /// What stands where below a target, with its digest.
        var places: [(String, Digest)] {
            [
                ("openshift/release-images:4.18.1-x86_64", release.payload.digest),
                ("openshift/release:4.18.1-x86_64-component-001", release.components[0].reference.digest),
                ("team/multi:1.0", list.digest),
            ].compactMap { place, digest in digest.map { (place, $0) } }
        }
    }

    @Test("skopeo reads the set as a layout in a tar, and as it is served, and the target that was filled")
    func skopeo() async throws {
        try await withScene { scene in
            let skopeo = try Skopeo(scene)
            try await withRegistry { source in
                let content = try await Content(source, scene)
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
                let volume = scene.path(try #require(scene.volumes(of: "set").first))
                try await withRegistry { copies in
                    for (place, digest) in content.places {
                        let copy = "docker://\(copies.name)/from-tar/\(place)"
                        try await skopeo.copy("oci-archive:\(volume):\(place)", to: copy)
                        #expect(try await skopeo.digest(of: copy) == digest, "\(place)")
                    }
                    try await scene.withServing("file://set") { served in
                        for (place, digest) in content.places {
                            let copy = "docker://\(copies.name)/from-serve/\(place)"
                            #expect(try await skopeo.digest(of: "docker://\(served)/\(place)") == digest)
                            try await skopeo.copy("docker://\(served)/\(place)", to: copy)
                            #expect(try await skopeo.digest(of: copy) == digest, "\(place)")
                        }
                        let tags = try await skopeo.run([
                            "list-tags", "--tls-verify=false", "docker://\(served)/team/multi",
                        ])
                        #expect(tags.stdout.contains(#""1.0""#), "\(tags)")
                    }
                }
            }
        }
    }

    @Test("docker-registry is filled from media and from a registry, and is a source itself")
    func dockerRegistry() async throws {
        try await withScene { scene in
            let skopeo = try Skopeo(scene)
            try await withRegistry { source in
                let content = try await Content(source, scene)
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
                try await withDockerRegistry { docker in
                    let lock = "set/working-dir/lock.json"
                    try await scene.ferry("mirror", "--from", "file://set", "docker://\(docker)/d2m")
                    try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        "--workspace",
                        "file://ws",
                        "docker://\(docker)/m2m"
                    )
                    for way in ["d2m", "m2m"] {
                        try await scene.ferry("verify", "docker://\(docker)/\(way)", "--lock", lock, "--deep")
                        for (place, digest) in content.places {
                            #expect(try await skopeo.digest(of: "docker://\(docker)/\(way)/\(place)") == digest)
                        }
                    }
                    try await scene.ferry("mirror", "--from", "file://set", "docker://\(docker)/d2m")

                    // Out of it again, by media and straight.
                    let name = "\(docker)/d2m/team/multi:1.0"
                    try scene.write(ImageSetText.make(images: [[name]]), to: "back.yaml")
                    try await withRegistry { target in
                        try await scene.ferry("mirror", "-c", "back.yaml", "file://back")
                        try await scene.ferry("verify", "file://back")
                        try await scene.ferry("mirror", "--from", "file://back", "docker://\(target.name)/media")
                        let place = "docker://\(target.name)/straight"
                        try await scene.ferry("mirror", "-c", "back.yaml", "--workspace", "file://ws2", place)
                        for way in ["media", "straight"] {
                            let repository = try RepositoryPath("\(way)/d2m/team/multi")
                            #expect(
                                try await target.store.readBack(.tag(Tag("1.0")), in: repository) == content.list.digest
                            )
                        }
                    }
                }
            }
        }
    }

    @Test("all volumes unpacked into one folder are a layout", .enabled(if: toolPath("bsdtar") != nil))
    func unpacked() async throws {
        try await withScene { scene in
            let skopeo = try Skopeo(scene)
            try await withRegistry { source in
                let content = try await Content(source, scene)
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
                try FileManager.default.createDirectory(atPath: scene.path("out"), withIntermediateDirectories: true)
                let volume = scene.path(try #require(scene.volumes(of: "set").first))
                let unpacked = try await runProcess(
                    try requireTool("bsdtar"),
                    ["-xf", volume, "-C", scene.path("out")]
                )
                #expect(unpacked.status == 0, "\(unpacked)")
                #expect(unpacked.stderr.isEmpty, "\(unpacked)")
                for (place, digest) in content.places {
                    #expect(try await skopeo.digest(of: "oci:\(scene.path("out")):\(place)", []) == digest)
                }
            }
        }
    }
}
