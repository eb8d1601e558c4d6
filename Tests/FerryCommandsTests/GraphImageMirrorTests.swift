import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

private typealias Tag = OCIModel.Tag

@Suite("The graph image of a release with real layers")
struct GraphImageMirrorTests {
    private static let graphFile = "var/lib/cincinnati-graph-data/version"

    /// A pinned release with graph; what its configuration is, and where the graph data are.
    private func configure(_ scene: Scene, _ source: TestRegistry) async throws -> ToolRelease.Published {
        let published = try await ToolRelease().publish(to: source)
        let platform = ["platform:", "  release: \(published.payload)", "  graph: true"]
        try scene.write(ImageSetText.make(more: platform), to: "isc.yaml")
        return published
    }

    /// The graph image that a registry has.
    private func graphImage(
        of target: TestRegistry,
        below path: String = "openshift/graph-image"
    ) async throws -> ManifestDocument {
        try #require(try await target.store.manifest(.tag(Tag("latest")), in: RepositoryPath(path)))
    }

    private func layers(of document: ManifestDocument) throws -> [Descriptor] {
        guard case .image(_, let layers) = document.manifest.content else {
            Issue.record("\(document) is no image")
            return []
        }
        return layers
    }

    @Test("is the release's component cli with one more layer, also through media, where nothing else is fetched")
    func standardBase() async throws {
        try await withScene { scene, source in
            let published = try await configure(scene, source)
            let data = try await GraphArchive.write("data.tar.gz", in: scene, versions: ["4.18.1"])
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", "--graph-data", data)
            try scene.copy("out", to: "carried") { $0.hasSuffix(".tar") }
            let asked = source.traffic.counts.requests
            try await withRegistry { target in
                try await scene.ferry("mirror", "--from", "file://carried", "docker://\(target.name)")
                #expect(source.traffic.counts.requests == asked)
                let image = try layers(of: try await graphImage(of: target))
                let digest = try #require(published.components["cli"])
                let component = try #require(
                    try await source.store.manifest(.digest(digest), in: RepositoryPath("ocp/parts"))
                )
                let base = try layers(of: component)
                #expect(image.map(\.digest).dropLast() == base.map(\.digest)[...])
                #expect(!base.contains { $0.digest == image.last?.digest })
                let service = try scene.text("carried/working-dir/cluster-resources/updateService.yaml")
                #expect(service.contains("graphDataImage: \(target.name)/openshift/graph-image:latest"))
            }
            // From registry to registry it is the same image.
            try await withRegistry { target in
                try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    "docker://\(target.name)/deep",
                    "--graph-data",
                    data
                )
                let lock = try scene.text("out/working-dir/lock.json")
                let digest = try await graphImage(of: target, below: "deep/openshift/graph-image").digest
                #expect(lock.contains("\(digest)"))
            }
        }
    }

    @Test("without a release no update service is made of it, and that is said; the rest is done")
    func withoutRelease() async throws {
        try await withScene { scene, source, target in
            let component = try #require(try await configure(scene, source).components["cli"])
            let base = "\(source.name)/ocp/parts@\(component)"
            let image = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            let text = ImageSetText.make(images: [[image]], more: ["platform:", "  graph: true"])
            try scene.write(text, to: "isc.yaml")
            let data = try await GraphArchive.write("data.tar.gz", in: scene, versions: ["4.18.1"])
            let place = "docker://\(target.name)"
            let run = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws", place]
            let done = try await scene.ferry(arguments: run + ["--graph-data", data, "--graph-base-image", base])
            #expect(done.stderr.contains("updateService.yaml is not made"), "\(done)")
            #expect(try await target.tags(in: RepositoryPath("openshift/graph-image")) == ["latest"])
            let folder = "ws/working-dir/cluster-resources"
            #expect(!scene.names(in: folder).contains("updateService.yaml"))
            let lock = ["resources", "--lock", scene.path("ws/working-dir/lock.json"), place, "-o", "again"]
            let again = try await scene.ferry(arguments: lock)
            #expect(again.stderr.contains("updateService.yaml is not made"), "\(again)")
            #expect(scene.names(in: "again") == scene.names(in: folder))
        }
    }

    @Test("in an enclave its base is read from the mirror, and all that is written names the origin")
    func enclave() async throws {
        try await withScene { scene, mirror, target in
            var release = ToolRelease()
            release.parts = try Repository("quay.example.invalid/ocp/parts")
            _ = try await release.publish(to: mirror, payloads: "in/ocp/release", images: "in/ocp/parts")
            let payload = "quay.example.invalid/ocp/release:4.18.1-x86_64"
            try scene.write(
                ImageSetText.make(more: ["platform:", "  release: \(payload)", "  graph: true"]),
                to: "isc.yaml"
            )
            let conf = """
                [[registry]]
                location = "quay.example.invalid"
                blocked = true
                [[registry.mirror]]
                location = "\(mirror.name)/in"
                """
            try scene.write(conf, to: "registries.conf")
            let data = try await GraphArchive.write("data.tar.gz", in: scene, versions: ["4.18.1"])
            try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--workspace",
                "file://ws",
                "docker://\(target.name)",
                "--graph-data",
                data,
                with: ["CONTAINERS_REGISTRIES_CONF": scene.path("registries.conf")]
            )
            #expect(try layers(of: try await graphImage(of: target)).count == 3)
            // The log says who was asked in truth.
            try scene.remove("ws/working-dir/logs")
            for text in try scene.files(below: "ws/working-dir") { #expect(!text.contains(mirror.name.description)) }
        }
    }

    @Test("is copied and unpacked by skopeo and tar", .enabled(if: Skopeo.isInstalled))
    func otherTools() async throws {
        try await withScene { scene, source, target in
            _ = try await configure(scene, source)
            let data = try await GraphArchive.write("data.tar.gz", in: scene, versions: ["4.18.1"])
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", "--graph-data", data)
            try await scene.ferry("mirror", "--from", "file://out", "docker://\(target.name)/ocp")
            let skopeo = try Skopeo(scene)
            let name = "docker://\(target.name)/ocp/openshift/graph-image:latest"
            try await skopeo.copy(name, to: "oci:\(scene.path("layout")):latest")
            let place = "oci:\(scene.path("layout")):latest"
            let image = try await graphImage(of: target, below: "ocp/openshift/graph-image")
            #expect(try await skopeo.digest(of: place, []) == image.digest)
            let config = try await skopeo.run(["inspect", "--config", place])
            #expect(config.stdout.contains("cp -rp /var/lib/cincinnati-graph-data/*"), "\(config)")
            let layers = try layers(of: image)
            try FileManager.default.createDirectory(atPath: scene.path("root"), withIntermediateDirectories: true)
            // What a container would have: the layers one over the other.
            for layer in layers {
                let blob = scene.path("layout/blobs/sha256/\(layer.digest.hex)")
                let unpacked = try await runProcess(try requireTool("tar"), ["-xf", blob, "-C", scene.path("root")])
                #expect(unpacked.status == 0, "\(unpacked)")
            }
            #expect(try scene.text("root/\(Self.graphFile)") == "1.2.0\n")
            #expect(try scene.text("root/var/lib/cincinnati-graph-data/channels/stable-4.18.yaml").contains("4.18.1"))
            // The base is below it: whoever runs the image has what the component has.
            #expect(try Array(scene.bytes("root/usr/bin/oc")) == ToolRelease.program("oc", markers: ["VERSION"]))
        }
    }

    @Test("same data: nothing is new; other data: a set with the graph image alone; what was made before is removed")
    func changedData() async throws {
        try await withScene { scene, source, target in
            _ = try await configure(scene, source)
            let data = try await GraphArchive.write("data.tar.gz", in: scene, versions: ["4.18.1"])
            let first = ["mirror", "-c", "isc.yaml", "file://out", "--graph-data", data]
            try await scene.ferry(arguments: first)
            try await scene.ferry("mirror", "--from", "file://out", "docker://\(target.name)")
            let old = try await graphImage(of: target).digest
            let made = scene.names(in: "out/working-dir/generated/manifests")
            #expect(made == ["sha256-\(old.hex)"])

            let again = try await scene.ferry(arguments: first)
            #expect(again.stderr.contains("nothing is new"), "\(again)")
            #expect(scene.volumes(of: "out").count == 1)
            #expect(scene.names(in: "out/working-dir/generated/manifests") == made)

            let other = try await GraphArchive.write("other.tar.gz", in: scene, versions: ["4.18.1", "4.18.2"])
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://out", "--graph-data", other)
            let volumes = scene.volumes(of: "out")
            #expect(volumes.count == 2)
            let sizes = try volumes.map { try scene.bytes($0).count }.sorted()
            // The programs in the release cannot be made smaller; they are not in the second set.
            #expect(sizes[0] * 4 < sizes[1], "\(sizes)")
            // One config and one layer of the new image, and no more of the old one.
            let now = scene.names(in: "out/working-dir/generated/manifests")
            #expect(now.count == 1 && now != made)
            #expect(scene.names(in: "out/working-dir/generated/blobs").count == 2)

            let before = target.traffic.counts
            try await scene.ferry("mirror", "--from", "file://out", "docker://\(target.name)")
            let new = try await graphImage(of: target).digest
            #expect(now == ["sha256-\(new.hex)"] && new != old)
            #expect(target.traffic.counts.requests > before.requests)
            #expect(try scene.report(in: "out").traffic.blobsMoved == 2)
        }
    }

    @Test(
        "a run that was not finished is planned anew when its graph image cannot be had, or is to be another; why is said",
        arguments: Change.allCases
    )
    func plannedAnew(_ change: Change) async throws {
        try await withScene { scene, source in
            let published = try await configure(scene, source)
            let data = try await GraphArchive.write("data.tar.gz", in: scene, versions: ["4.18.1"])
            let arguments = ["mirror", "-c", "isc.yaml", "file://out", "--graph-data", data]
            let digest = try #require(published.components["installer"])
            let component = try await source.store.manifest(.digest(digest), in: RepositoryPath("ocp/parts"))
            // No layer of a component is read while the plan is made.
            let layer = try layers(of: try #require(component))[1]
            let kill = Trigger.signal(SIGKILL, at: 1)
            source.faults.replace(with: [.watchBlobs(layer.digest) { _ in kill.pull() }])
            try await scene.withFerry(arguments: arguments) { process in
                kill.aim(at: process)
                #expect(await process.wait() == 128 + SIGKILL)
            }
            source.faults.replace(with: [])
            try #require(scene.names(in: "out/working-dir").contains("unfinished.json"))
            switch change {
            case .contentGone:
                try scene.remove("out/working-dir/generated")
                let result = try await scene.ferry(arguments: arguments)
                let reason = "is no longer in the working directory, so all is planned anew"
                #expect(result.stderr.contains(reason), "\(result)")
                #expect(!result.stderr.contains("configuration or an option"), "\(result)")
                #expect(result.stderr.contains("the images are the same"), "\(result)")
            case .otherData:
                let other = try await GraphArchive.write("other.tar.gz", in: scene, versions: ["4.18.2"])
                let result = try await scene.ferry(arguments: Array(arguments.dropLast()) + [other])
                #expect(result.stderr.contains("the configuration or an option of planning changed"), "\(result)")
                #expect(result.stderr.contains("changed: localhost/openshift/graph-image"), "\(result)")
            }
        }
    }

    /// What may be different when a run that was not finished is begun again.
    enum Change: CaseIterable, Sendable {
        case contentGone
        case otherData
    }
}
