import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer
import SeededRandom
import Testing

@Suite("Uploads that a kill ended") struct KilledUploadTests {
    /// The two ways that end at a registry.
    enum Way: String, CaseIterable {
        case fromRegistry
        case fromMedia
    }

    /// Publishes an image and gives the arguments that mirror it to a target.
    private func prepare(
        _ way: Way,
        _ image: TestImage,
        _ scene: Scene,
        _ source: TestRegistry
    ) async throws -> @Sendable (_ port: Int) -> [String] {
        let name = try await source.publish(image, as: "team/app:v1")
        try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
        if way == .fromMedia { try await scene.ferry("mirror", "-c", "isc.yaml", "file://set") }
        return { port in
            let target = "docker://127.0.0.1:\(port)"
            return way == .fromMedia
                ? ["mirror", "--from", "file://set", "--workspace", "file://work", target]
                : ["mirror", "-c", "isc.yaml", "--workspace", "file://work", target]
        }
    }

    /// Runs the program and kills it when the target has got so many bytes.
    private func kill(
        _ scene: Scene,
        _ arguments: [String],
        _ proxy: CuttingProxy,
        of target: TestRegistry,
        at position: Int64
    ) async throws {
        try await scene.withFerry(arguments: arguments) { process in
            proxy.cut(at: position) { process.signal(SIGKILL) }
            #expect(await process.wait() == 128 + SIGKILL)
        }
        // What was under way is part of what the next run finds.
        _ = await target.traffic.settled()
    }

    @Test("the next run sends only the rest of a big blob", arguments: [(Way.fromRegistry, false), (.fromMedia, true)])
    func bigBlob(way: Way, usesFolder: Bool) async throws {
        try await withScene { scene, source in
            let image = try TestImage.random(layers: [64_000_000])
            let arguments = try await prepare(way, image, scene, source)
            try await withRegistry(usesFolder ? .folder(scene.path("target")) : .memory) { target in
                try await CuttingProxy.withProxy(to: target.address.port) { proxy in
                    try await kill(scene, arguments(proxy.port), proxy, of: target, at: 41_000_000)
                    let journals = scene.names(in: "work/working-dir/journal")
                    #expect(journals == ["uploads_127.0.0.1_\(proxy.port).jsonl"])
                    let path = scene.path("work/working-dir/journal/\(journals.first ?? "")")
                    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                    #expect(mode == 0o600)
                    try await scene.ferry(arguments: arguments(proxy.port))
                    #expect(scene.names(in: "work/working-dir/journal") == [])
                    let counts = target.traffic.counts
                    #expect(counts.uploadedBytes <= image.size * 102 / 100, "\(counts.uploadedBytes)")
                    if way == .fromRegistry {
                        // Read again is at most what lies behind the last checkpoint, and what was under way; from its
                        // beginning it would be 105 MB in all.
                        #expect(source.traffic.counts.blobBytesSent < 95_000_000)
                    }
                }
                try await StoreComparison(source: source.store, target: target.store)
                    .expectSame(image.manifest.digest, from: "team/app", to: "team/app", tag: "v1")
            }
        }
    }

    @Test("a run that is killed anywhere, over and over, ends with every byte in its place", arguments: Way.allCases)
    func anywhere(way: Way) async throws {
        try await withScene { scene, source in
            let image = try TestImage.random(layers: [30_000_000, 20_000_000] + Array(repeating: 10_000, count: 6))
            let arguments = try await prepare(way, image, scene, source)
            var random = SeededGenerator(seed: 20_261_121)
            try await withRegistry { target in
                try await CuttingProxy.withProxy(to: target.address.port) { proxy in
                    for _ in 0..<20 {
                        // So few that all runs together are not enough for the whole.
                        let position = Int64.random(in: 1..<image.size / 21, using: &random)
                        try await kill(scene, arguments(proxy.port), proxy, of: target, at: position)
                    }
                    try await scene.ferry(arguments: arguments(proxy.port))
                }
                let counts = target.traffic.counts
                // A blob below 16 MiB begins anew after each kill.
                let small = image.blobs.filter { $0.descriptor.size < 16 << 20 }.reduce(0) { $0 + $1.descriptor.size }
                #expect(
                    counts.uploadedBytes <= image.size * 102 / 100 + 21 * small,
                    "\(counts.uploadedBytes) \(image.size)"
                )
                try await StoreComparison(source: source.store, target: target.store)
                    .expectSame(image.manifest.digest, from: "team/app", to: "team/app", tag: "v1")
            }
        }
    }

    @Test("a run for one registry goes on with what a run for several has sent there")
    func fewerTargets() async throws {
        try await withScene { scene, source, other in
            let image = try TestImage.random(layers: [40_000_000])
            let arguments = try await prepare(.fromRegistry, image, scene, source)
            try await withRegistry { target in
                try await CuttingProxy.withProxy(to: target.address.port) { proxy in
                    let both = arguments(proxy.port) + ["docker://\(other.name)"]
                    try await kill(scene, both, proxy, of: target, at: 30_000_000)
                    try await scene.ferry(arguments: arguments(proxy.port))
                }
                #expect(target.traffic.counts.uploadedBytes <= image.size * 102 / 100)
            }
        }
    }
}
