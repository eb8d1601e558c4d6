import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer
import SeededRandom
import Synchronization
import Testing

@Suite("Going on after an end in the middle") struct ResumeTests {
    /// One image of many small blobs, so that what is under way when a run ends is little of the whole.
    private static let layers = 400
    private static let layerSize = 40_000

    private func publish(_ source: TestRegistry, _ scene: Scene) async throws -> TestImage {
        let image = try TestImage.random(layers: Array(repeating: Self.layerSize, count: Self.layers))
        let name = try await source.publish(image, as: "team/app:v1")
        try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
        return image
    }

    @Test("a killed run is continued, and nearly nothing is fetched twice", arguments: [1, 40, 200, 395])
    func killed(at request: Int) async throws {
        try await withScene { scene, source in
            let image = try await publish(source, scene)
            let kill = Trigger.signal(SIGKILL, at: request)
            source.faults.replace(with: [.watchBlobs { _ in kill.pull() }])
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set", "--parallel-layers", "1") { process in
                kill.aim(at: process)
                #expect(await process.wait() == 128 + SIGKILL)
            }
            #expect(kill.isDone)
            #expect(scene.volumes(of: "set").isEmpty)
            #expect(scene.names(in: "set").contains { $0.hasSuffix(".tar.partial") })
            let before = source.traffic.counts.blobBytesSent
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("verify", "file://set")
            let counts = source.traffic.counts
            let whole = "\(before) bytes before, \(counts.blobBytesSent) of \(image.size) in all"
            #expect(counts.blobBytesSent >= image.size, "\(whole)")
            #expect(counts.blobBytesSent <= image.size * 102 / 100, "\(whole)")
            // Only what was under way, eight images with a layer each at a time, may have gone over the wire again.
            let twice = image.blobs.filter {
                counts.blobBytesSentByDigest[$0.descriptor.digest, default: 0] > $0.descriptor.size
            }
            #expect(twice.count <= 8)
        }
    }

    @Test("a run that is killed at twenty places fetches nearly nothing twice in all")
    func killedTwentyTimes() async throws {
        try await withScene { scene, source in
            let image = try await publish(source, scene)
            var random = SeededGenerator(seed: 20)
            var inFlight: Int64 = 0
            for _ in 0..<20 {
                let kill = Trigger.signal(SIGKILL, at: Int.random(in: 1...18, using: &random))
                source.faults.replace(with: [.watchBlobs { _ in kill.pull() }])
                try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set") { process in
                    kill.aim(at: process)
                    #expect(await process.wait() == 128 + SIGKILL)
                }
                try #require(kill.isDone)
                inFlight += 8 * Int64(Self.layerSize)
            }
            source.faults.replace(with: [])
            let before = source.traffic.counts.blobBytesSent
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("verify", "file://set")
            let counts = source.traffic.counts
            // The last run had much left to do, or the kills have proven nothing.
            #expect(counts.blobBytesSent - before > image.size / 5)
            #expect(
                counts.blobBytesSent <= image.size * 102 / 100 + inFlight,
                "\(counts.blobBytesSent) of \(image.size)"
            )
        }
    }

    @Test("a blob that was cut by the kill is continued at its byte")
    func killedInsideBlob() async throws {
        try await withScene { scene, source in
            let image = try TestImage.random(layers: [16_000_000])
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            let big = image.layers[0].descriptor
            let kill = Trigger.signal(SIGKILL, at: 2)
            let ranges = Mutex<[String]>([])
            source.faults.replace(with: [
                .watchBlobs(big.digest) { request in
                    ranges.withLock { $0.append(request.range ?? "whole") }
                    kill.pull()
                },
                FaultRule(.cutAnswer(afterBytes: 12_000_000), on: .blob(big.digest), when: .numbers([1])),
            ])
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set", "--retry-delay", "10ms") {
                process in
                kill.aim(at: process)
                #expect(await process.wait() == 128 + SIGKILL)
            }
            try #require(kill.isDone)
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("verify", "file://set")
            // Killed when it had just asked for the rest, the next run asks for that rest and at most two batches more.
            let asked = ranges.withLock { $0 }
            #expect(asked.count == 3)
            let starts = asked.map { Int($0.dropFirst("bytes=".count).dropLast()) ?? 0 }
            #expect(starts[0] == 0)
            #expect(starts[1] > 1_000_000, "\(asked)")
            #expect(starts[2] <= starts[1] && starts[2] >= starts[1] - 512 << 10, "\(asked)")
        }
    }

    @Test("bytes that the disk lost after a kill are found out and fetched again")
    func lostBytes() async throws {
        try await withScene { scene, source in
            let image = try await publish(source, scene)
            let kill = Trigger.signal(SIGKILL, at: 200)
            source.faults.replace(with: [.watchBlobs { _ in kill.pull() }])
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set") { process in
                kill.aim(at: process)
                _ = await process.wait()
            }
            let name = try #require(scene.names(in: "set").first { $0.hasSuffix(".tar.partial") })
            var volume = try scene.bytes("set/\(name)")
            let wanted = Data(image.layers[3].bytes)
            let place = try #require(volume.range(of: wanted))
            volume.replaceSubrange(place, with: Data(count: wanted.count))
            try volume.write(to: URL(fileURLWithPath: scene.path("set/\(name)")))
            _ = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: nil)
            // Whether the journal had called the blob safe or not: the set never passes as good while it is not.
            let verified = try await scene.ferry("verify", "file://set", exits: nil)
            let isWhole = try scene.bytes(scene.volumes(of: "set")[0]).range(of: wanted) != nil
            #expect(verified.status == (isWhole ? 0 : 32), "\(verified)")
        }
    }

    @Test("SIGTERM and SIGINT end a run soon, with 130, and the next one completes it", arguments: [SIGTERM, SIGINT])
    func interrupted(by signal: Int32) async throws {
        try await withScene { scene, source in
            let image = try await publish(source, scene)
            let stop = Trigger.signal(signal, at: 100)
            source.faults.replace(with: [.watchBlobs { _ in stop.pull() }])
            let clock = ContinuousClock()
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set", "--parallel-layers", "1") { process in
                stop.aim(at: process)
                await stop.wait()
                let start = clock.now
                #expect(await process.wait() == 130)
                #expect(clock.now - start < .seconds(5))
                let talk = await process.stderr.whole()
                #expect(talk.contains("interrupted; the state is saved, the same command continues"), "\(talk)")
            }
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try await scene.ferry("verify", "file://set")
            #expect(source.traffic.counts.blobBytesSent <= image.size * 102 / 100)
        }
    }

    @Test("a run that waits for a registry which says nothing ends soon too")
    func interruptedWait() async throws {
        try await withScene { scene in
            let silent = try SilentListener()
            try scene.write(ImageSetText.make(images: [["127.0.0.1:\(silent.port)/team/app:v1"]]), to: "isc.yaml")
            let clock = ContinuousClock()
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set") { process in
                await process.stderr.wait { $0.contains("Planning") }
                let start = clock.now
                process.signal(SIGTERM)
                #expect(await process.wait() == 130)
                #expect(clock.now - start < .seconds(5))
            }
        }
    }

    @Test("an import that is stopped leaves no tag of an unfinished image, and goes on")
    func interruptedImport() async throws {
        try await withScene { scene, source, target in
            let image = try await publish(source, scene)
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            let stop = Trigger.signal(SIGTERM, at: 100)
            target.faults.replace(with: [.watchUploads { stop.pull() }])
            try await scene.withFerry("mirror", "--from", "file://set", "docker://\(target.name)") { process in
                stop.aim(at: process)
                #expect(await process.wait() == 130)
            }
            let repository = try RepositoryPath("team/app")
            #expect(try await target.tags(in: repository) == [])
            try await scene.ferry("mirror", "--from", "file://set", "docker://\(target.name)")
            #expect(try await target.tags(in: repository) == ["v1"])
            try await StoreComparison(source: source.store, target: target.store)
                .expectSame(image.manifest.digest, from: "team/app", to: "team/app", tag: "v1")
            #expect(target.traffic.counts.uploadedBytes <= image.size * 102 / 100)
        }
    }

    @Test("two runs on one folder: the second is refused at once and names the first")
    func twoRuns() async throws {
        try await withScene { scene, source in
            _ = try await publish(source, scene)
            let freeze = Trigger.signal(SIGSTOP, at: 50)
            source.faults.replace(with: [.watchBlobs { _ in freeze.pull() }])
            try await scene.withFerry("mirror", "-c", "isc.yaml", "file://set") { process in
                freeze.aim(at: process)
                await freeze.wait()
                defer { process.signal(SIGCONT) }
                let second = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 1)
                #expect(second.stderr.contains("another ferry (process \(process.identifier))"), "\(second)")
                process.signal(SIGCONT)
                #expect(await process.wait() == 0)
            }
            try await scene.ferry("verify", "file://set")
        }
    }

    @Test("two runs on one workspace too; the lock of a run that was killed is taken over")
    func twoRunsOnWorkspace() async throws {
        try await withScene { scene, source, target in
            let image = try await publish(source, scene)
            let arguments = ["mirror", "-c", "isc.yaml", "--workspace", "file://work", "docker://\(target.name)"]
            let freeze = Trigger.signal(SIGSTOP, at: 50)
            source.faults.replace(with: [.watchBlobs { _ in freeze.pull() }])
            try await scene.withFerry(arguments: arguments) { process in
                freeze.aim(at: process)
                await freeze.wait()
                for other in [arguments, ["plan", "-c", "isc.yaml", "file://work"]] {
                    let second = try await scene.ferry(arguments: other, exits: 1)
                    #expect(second.stderr.contains("another ferry (process \(process.identifier))"), "\(second)")
                }
                process.signal(SIGKILL)
                _ = await process.wait()
            }
            source.faults.replace(with: [])
            try await scene.ferry(arguments: arguments)
            try await StoreComparison(source: source.store, target: target.store)
                .expectSame(image.manifest.digest, from: "team/app", to: "team/app", tag: "v1")
        }
    }
}
