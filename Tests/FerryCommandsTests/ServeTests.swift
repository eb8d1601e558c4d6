import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("ferry serve") struct ServeTests {
    private func configuration(_ source: TestRegistry, _ scene: Scene) async throws -> TestImage {
        let image = try TestImage(seed: 1)
        let name = try await source.publish(image, as: "team/app:v1")
        try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
        return image
    }

    @Test(
        "over TLS with a user: the authority and the credentials are needed",
        .enabled(if: toolPath("openssl") != nil)
    )
    func protected() async throws {
        try await withScene { scene, source in
            _ = try await configuration(source, scene)
            let tls = try await scene.makeCertificate()
            try await scene.withServing(
                "store",
                "--user",
                "ann:secret",
                "--tls-cert",
                tls.certificate,
                "--tls-key",
                tls.key
            ) { served in
                let place = "docker://\(served)/m"
                let quick = ["--retry-times", "1", "--retry-delay", "1ms"]
                let distrusted = try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    place,
                    quick[0],
                    quick[1],
                    quick[2],
                    quick[3],
                    exits: 1
                )
                #expect(distrusted.stderr.contains("ertificate"), "\(distrusted)")
                let anonymous = try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    place,
                    "--certificate-authority",
                    tls.certificate,
                    exits: 1
                )
                #expect(anonymous.stderr.contains("\(served)"), "\(anonymous)")
                let wrong = try scene.writeAuthFile(served, "ann:wrong")
                try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    place,
                    "--certificate-authority",
                    tls.certificate,
                    "--authfile",
                    wrong,
                    exits: 1
                )
                let right = try scene.writeAuthFile(served, "ann:secret")
                for trust in [["--certificate-authority", tls.certificate], ["--dest-tls-verify=false", "--v2"]] {
                    try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        "--workspace",
                        "file://ws",
                        place,
                        trust[0],
                        trust[1],
                        "--authfile",
                        right
                    )
                    try await scene.ferry(
                        "verify",
                        place,
                        "--lock",
                        "ws/working-dir/lock.json",
                        "--deep",
                        trust[0],
                        trust[0].hasSuffix("false") ? "--log-level=info" : trust[1],
                        "--authfile",
                        right
                    )
                }
            }
        }
    }

    @Test("a folder keeps what was pushed, and is read-only when asked to be")
    func folder() async throws {
        try await withScene { scene, source in
            _ = try await configuration(source, scene)
            try await scene.ferry("plan", "-c", "isc.yaml")
            try await scene.withServing("store") { served in
                try await scene.ferry("mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(served)")
            }
            try await scene.withServing("store", "--read-only") { served in
                let place = "docker://\(served)"
                try await scene.ferry("verify", place, "--lock", "working-dir/lock.json", "--deep")
                let refused = try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    "\(place)/new",
                    exits: 8
                )
                #expect(refused.stderr.contains("team/app"))
            }
        }
    }

    @Test("a media set is served as it lies, and takes nothing")
    func mediaSet() async throws {
        try await withScene { scene, source in
            let image = try await configuration(source, scene)
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let before = scene.names(in: "set")
            try await scene.withServing("file://set") { served in
                try await scene.ferry(
                    "verify",
                    "docker://\(served)",
                    "--lock",
                    "set/working-dir/lock.json",
                    "--deep"
                )
                try scene.write(ImageSetText.make(images: [["\(served)/team/app:v1"]]), to: "from-served.yaml")
                try await withRegistry { target in
                    let place = "docker://\(target.name)"
                    try await scene.ferry("mirror", "-c", "from-served.yaml", "--workspace", "file://ws", place)
                    try await StoreComparison(source: source.store, target: target.store)
                        .expectSame(image.manifest.digest, from: "team/app", to: "team/app", tag: "v1")
                }
                try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--workspace",
                    "file://ws",
                    "docker://\(served)/new",
                    exits: 8
                )
            }
            #expect(scene.names(in: "set") == before)
        }
    }

    @Test("it ends with 0 when it is asked to, and tells its address to a file")
    func ends() async throws {
        try await withScene { scene in
            let arguments = ["serve", "store", "--addr", "127.0.0.1:0", "--address-file", "address"]
            try await scene.withFerry(arguments: arguments) { process in
                await process.stderr.wait { $0.contains(" at http") }
                process.signal(SIGTERM)
                #expect(await process.wait() == 0)
                let talk = await process.stderr.whole()
                let address = try scene.text("address").trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(talk.contains(address) && !address.isEmpty, "\(talk)")
                #expect(!talk.contains("error"), "\(talk)")
            }
        }
    }

    @Test(
        "mistakes are told before anything is served",
        arguments: [
            ["--addr", "nowhere"], ["--tls-cert", "only.pem"], ["--user", "no-colon"],
            ["--user", "a:b", "--user-file", "u"],
            ["other"], ["file://set"], ["--verify-key", "ours.pub"],
        ]
    )
    func mistakes(_ options: [String]) async throws {
        try await withScene { scene in
            try await scene.withFerry(arguments: ["serve", "store"] + options) { process in
                #expect(await process.wait() == 1)
                let talk = await process.stderr.whole()
                #expect(talk.hasPrefix("error: "), "\(talk)")
            }
        }
    }

    @Test("samples are published through it")
    func sample() async throws {
        try await withScene { scene in
            try await scene.withServing("store") { served in
                let place = "docker://\(served)/sample"
                let made = try await scene.ferry(
                    "sample",
                    "release",
                    place,
                    "--images",
                    "3",
                    "--size",
                    "300kB",
                    "--signatures",
                    "--output",
                    "json"
                )
                struct Made: Decodable {
                    let release: String
                    let digest: String
                    let images: Int
                }
                let release = try JSONDecoder().decode(Made.self, from: Data(made.stdout.utf8))
                #expect(release.images == 4)
                try scene.write(ImageSetText.make(release: release.release), to: "isc.yaml")
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
                try await scene.ferry("verify", "file://set")
            }
        }
    }
}
