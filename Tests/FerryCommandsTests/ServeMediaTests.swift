import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("ferry serve over media") struct ServeMediaTests {
    private func client(_ registry: RegistryName) -> RawHTTPClient { RawHTTPClient(port: registry.port ?? 0) }

    /// A split set of one image with a large layer and a small one; calls `body` with the program that serves it.
    private func withServed(
        layers: [Int] = [1_800_000, 5000],
        prepare: (Scene, TestImage) async throws -> Void = { _, _ in },
        _ body: (Scene, TestImage, RunningProcess, RegistryName) async throws -> Void
    ) async throws {
        try await withScene { scene, source in
            let image = try TestImage.random(layers: layers)
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "--volume-size", "1MiB", "file://set")
            try await prepare(scene, image)
            try await scene.withServingProcess("file://set") { try await body(scene, image, $0, $1) }
        }
    }

    private func path(_ blob: TestBlob) -> String { "/v2/team/app/blobs/\(blob.descriptor.digest)" }

    @Test(
        "skopeo copies lists, signatures, OCI and Docker images, by tag and by digest",
        .enabled(if: Skopeo.isInstalled)
    )
    func skopeo() async throws {
        try await withScene { scene, source in
            let content = try await PullContent(source, scene)
            let skopeo = try Skopeo(scene)
            try await withRegistry { target in
                try await scene.withServing("file://set") { served in
                    let references = [
                        (":a", content.image.manifest.digest), (":docker", content.docker.manifest.digest),
                        (":multi", content.list.digest), ("@\(content.list.digest)", content.list.digest),
                        ("@\(content.docker.manifest.digest)", content.docker.manifest.digest),
                    ]
                    for (number, (reference, digest)) in references.enumerated() {
                        let copy = "docker://\(target.name)/copy:\(number)"
                        try await skopeo.copy("docker://\(served)/team/app\(reference)", to: copy)
                        #expect(try await skopeo.digest(of: copy) == digest, "\(reference)")
                    }
                    try await skopeo.copy(
                        "docker://\(served)/team/app:\(content.signatureTag)",
                        to: "docker://\(target.name)/copy:sig"
                    )
                }
            }
        }
    }

    @Test("what a set leaves out comes from the earlier set beside it, else it is named and not found")
    func earlierSets() async throws {
        try await withScene { scene, source in
            let shared = try TestBlob.random(400_000)
            let first = try TestImage(layers: [shared], seed: 1)
            let second = try TestImage(layers: [shared, TestBlob.random(5000)], seed: 2)
            let one = try await source.publish(first, as: "team/one:v1")
            let two = try await source.publish(second, as: "team/two:v1")
            try scene.write(ImageSetText.make(images: [[one]]), to: "one.yaml")
            try scene.write(ImageSetText.make(images: [[one], [two]]), to: "two.yaml")
            try await scene.ferry("mirror", "-c", "one.yaml", "file://set")
            try await scene.ferry("mirror", "-c", "two.yaml", "file://set")
            try scene.copy("set", to: "first") { $0.contains("mirror_000001") }
            try scene.copy("set", to: "second") { $0.contains("mirror_000002") }
            let path = "/v2/team/two/blobs/\(shared.descriptor.digest)"
            for folders in [["file://set"], ["file://second", "file://first"]] {
                try await scene.withServingProcess(folders[0], Array(folders.dropFirst())) { process, served in
                    let answer = try await client(served).send("GET", path)
                    #expect(answer.status == 200 && answer.body == shared.bytes)
                    // Nothing went wrong; a number alone could be part of the port.
                    #expect(!process.stderr.text.contains("error: "))
                }
            }
            try await scene.withServingProcess("file://second") { process, served in
                let talk = process.stderr.text
                #expect(talk.contains("are 2 of the blobs") && talk.contains(two), "\(talk)")
                let absent = try await client(served).send("GET", path)
                #expect(absent.errorCode == "BLOB_UNKNOWN")
                let own = try await client(served).send(
                    "GET",
                    "/v2/team/two/blobs/\(second.layers[1].descriptor.digest)"
                )
                #expect(own.body == second.layers[1].bytes)
            }
        }
    }

    @Test("volumes may be spread over folders; without one of them nothing is served")
    func spread() async throws {
        try await withScene { scene, source in
            let content = try await PullContent(source, scene)
            try scene.copy("set", to: "odd") { $0.contains("001of") }
            try scene.copy("set", to: "even") { $0.hasSuffix(".tar") && !$0.contains("001of") }
            try await scene.withServing("file://odd", "file://even") { served in
                let path = "/v2/team/app/blobs/\(content.image.layers[0].descriptor.digest)"
                let answer = try await client(served).send("GET", path)
                #expect(answer.body == content.image.layers[0].bytes)
            }
            let refused = try await scene.ferry("serve", "file://even", "--addr", "127.0.0.1:0", exits: 32)
            #expect(refused.stderr.contains("volume 1"), "\(refused)")
        }
    }

    @Test("an unsigned set and one of another key are refused", .enabled(if: toolPath("openssl") != nil))
    func signature() async throws {
        try await withScene { scene, source in
            for name in ["ours", "theirs"] {
                let key = scene.path("\(name).pem")
                for words in [
                    ["genpkey", "-algorithm", "ed25519", "-out", key],
                    ["pkey", "-in", key, "-pubout", "-out", scene.path("\(name).pub")],
                ] {
                    let made = try await runProcess(try requireTool("openssl"), words)
                    try #require(made.status == 0, "\(made)")
                }
            }
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let serve = ["serve", "file://set", "--addr", "127.0.0.1:0", "--verify-key"]
            let unsigned = try await scene.ferry(arguments: serve + ["ours.pub"], exits: 32)
            #expect(unsigned.stderr.contains("is not signed"), "\(unsigned)")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--sign-key", "ours.pem")
            let wrong = try await scene.ferry(arguments: serve + ["theirs.pub"], exits: 32)
            #expect(wrong.stderr.contains("signature"), "\(wrong)")
            try await scene.withServing("file://set", "--verify-key", "theirs.pub", "--verify-key", "ours.pub") {
                served in
                let answer = try await client(served).send("GET", "/v2/team/app/manifests/v1")
                #expect(answer.status == 200)
            }
        }
    }

    @Test("a damaged blob is cut before its end, told once, and refused from then on")
    func damage() async throws {
        try await withServed { scene, image in
            let part = Data(image.layers[0].bytes[300_000..<300_100])
            let hits = try scene.volumes(of: "set").compactMap { volume in
                try scene.bytes(volume).range(of: part).map { (volume, $0.lowerBound) }
            }
            let hit = try #require(hits.first)
            try VolumeBytes.flip(at: hit.1, of: scene.path(hit.0))
        } _: { _, image, process, served in
            let client = client(served)
            let cut = try await client.send("GET", path(image.layers[0]))
            #expect(cut.status == 200 && !cut.isComplete && !cut.body.isEmpty)
            for method in ["GET", "HEAD"] {
                #expect(try await client.send(method, path(image.layers[0])).status == 500)
            }
            #expect(try await client.send("GET", path(image.layers[0])).errorCode == "UNKNOWN")
            #expect(try await client.send("GET", path(image.layers[1])).body == image.layers[1].bytes)
            let told = process.stderr.text.split(separator: "\n").filter { $0.hasPrefix("error: ") }
            #expect(told.count == 2 && told[0].contains("is damaged"), "\(told)")
        }
    }

    @Test("a volume that goes away or shrinks costs its blobs only, until it is back", arguments: [true, false])
    func lostVolume(isRemoved: Bool) async throws {
        try await withServed { scene, image, process, served in
            let client = client(served)
            let volume = try #require(scene.volumes(of: "set").last)
            let bytes = try scene.bytes(volume)
            if isRemoved {
                try scene.remove(volume)
            } else {
                try bytes.prefix(5000).write(to: URL(fileURLWithPath: scene.path(volume)))
            }
            let answers = try await image.blobs.asyncStatuses { try await client.send("GET", path($0)) }
            #expect(answers.contains(500) && answers.contains(200), "\(answers)")
            #expect(process.stderr.text.contains("error: a request failed: "), "\(process.stderr.text)")
            #expect(try await client.send("GET", "/v2/team/app/manifests/v1").status == 200)
            try bytes.write(to: URL(fileURLWithPath: scene.path(volume)))
            for blob in image.blobs { #expect(try await client.send("GET", path(blob)).body == blob.bytes) }
        }
    }

    @Test("readers that stand still do not make it grow")
    func stalledReaders() async throws {
        let connections = 300
        try await withServed(layers: [6_000_000]) { scene, image, process, served in
            let client = client(served)
            #expect(try await client.send("GET", path(image.layers[0])).body.count == 6_000_000)
            let before = try #require(residentSize(of: process.identifier))
            let readers = StalledReaders()
            try readers.ask(served, for: path(image.layers[0]), connections: connections)
            // All are answered, and then everything that the server is willing to hold is there.
            var (last, unchanged) = (0, 0)
            while unchanged < 5 {
                try await Task.sleep(for: .milliseconds(100))
                let now = try #require(residentSize(of: process.identifier))
                unchanged = readers.answered == connections && now < last + (1 << 20) ? unchanged + 1 : 0
                last = max(last, now)
            }
            // Two small chunks and the connection itself for each, and the allowance for large chunks.
            let bound = connections * (192 << 10) + (16 << 20)
            #expect(last - before < bound, "\((last - before) >> 10) KiB for \(connections) readers")
            #expect(try await client.send("GET", path(image.layers[0])).body == image.layers[0].bytes)
        }
    }
}

extension Array {
    /// The statuses of the answers that a request for each element gives.
    fileprivate func asyncStatuses(_ send: (Element) async throws -> RawResponse) async throws -> [Int] {
        var statuses: [Int] = []
        for element in self { statuses.append(try await send(element).status) }
        return statuses
    }
}
