import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@Suite("Media that are read-only or full", .enabled(if: MemoryDisk.isAllowed, "only root can mount")) struct MediumTests
{
    @Test("a read-only medium is verified and imported; the files go to the current folder")
    func readOnly() async throws {
        try await withScene { scene, source, target in
            let image = try TestImage(seed: 1)
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await withMemoryDisk(at: scene.path("usb"), size: "16m") { disk in
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://usb")
                try disk.makeReadOnly()
                try await scene.ferry("verify", "file://usb")
                let here = scene.path("here")
                try FileManager.default.createDirectory(atPath: here, withIntermediateDirectories: true)
                let place = "docker://\(target.name)/m"
                let result = try await scene.ferry("mirror", "--from", "file://../usb", place, in: here)
                #expect(result.stderr.contains("read-only"))
            }
            try await StoreComparison(source: source.store, target: target.store)
                .expectSame(image.manifest.digest, from: "team/app", to: "m/team/app", tag: "v1")
            let left = scene.names(in: "here/working-dir")
            #expect(left.contains("report.json") && left.contains("cluster-resources"), "\(left)")
            #expect(scene.names(in: "here") == ["working-dir"])
            #expect(scene.names(in: "here/working-dir/cluster-resources") == ["itms-oc-mirror.yaml"])
        }
    }

    @Test("too little room is said before the first byte: what is needed, what is there, and where")
    func tooSmall() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage.random(layers: [9_000_000]), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await withMemoryDisk(at: scene.path("usb"), size: "4m") { _ in
                let result = try await scene.ferry("mirror", "-c", "isc.yaml", "file://usb", exits: 1)
                let line = "error: not enough room in usb: 9"
                #expect(result.stderr.contains(line), "\(result)")
                #expect(result.stderr.contains("are needed and"))
                #expect(source.traffic.counts.blobGets == 0)
                #expect(!scene.names(in: "usb").contains { $0.hasPrefix("mirror_") })
            }
        }
    }

    @Test("room that runs out on the way ends the run; with room again it goes on where it was")
    func runsOut() async throws {
        try await withScene { scene, source in
            let image = try TestImage.random(layers: Array(repeating: 100_000, count: 120))
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await withMemoryDisk(at: scene.path("usb"), size: "20m") { _ in
                // Somebody else takes what is free when a part of the blobs is there.
                let (other, disk) = (scene.path("usb/other"), scene.path("usb"))
                let fill = Trigger(at: 30) { _ in Self.fill(disk, with: other) }
                source.faults.replace(with: [.watchBlobs { _ in fill.pull() }])
                try await scene.withFerry("mirror", "-c", "isc.yaml", "file://usb", "--parallel-layers", "1") {
                    process in
                    fill.aim(at: process)
                    #expect(await process.wait() == 1)
                    let talk = await process.stderr.whole()
                    #expect(talk.contains("error: "), "\(talk)")
                    #expect(talk.lowercased().contains("room") || talk.contains("space"), "\(talk)")
                    #expect(talk.contains("the same command continues"), "\(talk)")
                }
                #expect(scene.volumes(of: "usb").isEmpty)
                try FileManager.default.removeItem(atPath: other)
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://usb")
                try await scene.ferry("verify", "file://usb")
                // What was under way when the disk was full is lost, what was written is not.
                #expect(source.traffic.counts.blobBytesSent <= image.size + 10 * 100_000)
            }
        }
    }

    /// Writes zeros to a file until the disk is full.
    private static func fill(_ disk: String, with path: String) {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var size = zeros.count
        while size >= 4096 {
            if write(file, zeros, size) < size { size /= 2 }
        }
    }
}
