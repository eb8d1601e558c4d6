import FerryTestSupport
import Foundation
import OCIModel
import SamplePayload
import Testing

@Suite("Receipts of imports") struct ReceiptTests {
    private struct Document: Decodable {
        let format: Int
        let set: String
        let sequence: Int
        let lockDigest: String
        let target: String
        let images: [String]
    }

    /// Makes a set of two images in `set`.
    private func makeSet(_ scene: Scene, _ source: TestRegistry, site: String? = nil) async throws -> [TestImage] {
        let images = [try TestImage(seed: 1), try TestImage(seed: 2)]
        var names: [[String]] = []
        for (index, image) in images.enumerated() {
            names.append([try await source.publish(image, as: "team/app\(index):v1")])
        }
        try scene.write(ImageSetText.make(images: names), to: "isc.yaml")
        try scene.write(ImageSetText.make(images: [names[0]]), to: "part.yaml")
        let more = site.map { ["--destination", $0] } ?? []
        try await scene.ferry(arguments: ["mirror", "-c", "isc.yaml", "file://set"] + more)
        return images
    }

    private func receipts(_ scene: Scene, in folder: String) -> [String] {
        scene.names(in: "\(folder)/working-dir").filter { $0.hasPrefix("receipt_") }
            .map { "\(folder)/working-dir/\($0)" }
    }

    @Test("a complete import leaves a receipt, which the connected side checks and keeps")
    func roundTrip() async throws {
        try await withScene { scene, source, target in
            let images = try await makeSet(scene, source)
            let command = [
                "mirror", "--from", "file://set", "--workspace", "file://far", "docker://\(target.name)/ocp",
            ]
            try await scene.ferry(arguments: command + ["--dry-run"])
            #expect(receipts(scene, in: "far").isEmpty, "a dry run delivers nothing")
            try await scene.ferry(arguments: command)
            let file = try #require(receipts(scene, in: "far").first)
            let bytes = try scene.bytes(file)
            let receipt = try JSONDecoder().decode(Document.self, from: bytes)
            #expect(receipt.format == 1 && receipt.sequence == 1)
            #expect(file.hasPrefix("far/working-dir/receipt_000001_\(receipt.set)_127.0.0.1_"))
            #expect(scene.volumes(of: "set")[0].contains(receipt.set))
            #expect(receipt.target == "\(target.name)/ocp")
            #expect(receipt.images == images.map(\.manifest.digest.description).sorted())
            try await scene.ferry(arguments: command)
            #expect(try scene.bytes(file) == bytes, "the same import, the same receipt")

            let kept = "set/working-dir/receipts/default/" + file.split(separator: "receipt_")[1]
            source.traffic.reset()
            target.traffic.reset()
            for _ in 0..<2 {
                let added = try await scene.ferry("receipt", "add", file, "file://set")
                #expect(added.stderr.contains(receipt.set))
                #expect(try scene.bytes(kept) == bytes)
            }
            #expect(source.traffic.counts.requests + target.traffic.counts.requests == 0)
            #expect(scene.names(in: "set/working-dir/receipts/default").count == 1)
        }
    }

    @Test("a receipt that is damaged, unknown or of another place is refused")
    func refused() async throws {
        try await withScene { scene, source, target in
            _ = try await makeSet(scene, source, site: "enclave")
            let place = "docker://\(target.name)"
            try await scene.ferry("mirror", "--from", "file://set", "--workspace", "file://far", place)
            let file = try #require(receipts(scene, in: "far").first)
            let text = try scene.text(file)
            let set = try JSONDecoder().decode(Document.self, from: Data(text.utf8)).set

            let elsewhere = try await scene.ferry("receipt", "add", file, "file://set", exits: 1)
            #expect(elsewhere.stderr.contains("was not made here for the destination \"default\""), "\(elsewhere)")
            let site = ["file://set", "--destination", "enclave"]
            let stranger = "sha256:" + String(repeating: "1", count: 64)
            let damages = [
                ("\"format\" : 1", "\"format\" : 7"), (set, "0123456789ab"),
                ("\"images\" : [", "\"images\" : [\"\(stranger)\","),
                ("\"lockDigest\" : \"sha256:", "\"lockDigest\" : \"sha512:"), ("}", ""),
            ]
            for (old, new) in damages {
                try scene.write(text.replacingOccurrences(of: old, with: new), to: "damaged.json")
                let result = try await scene.ferry(arguments: ["receipt", "add", "damaged.json"] + site, exits: 1)
                #expect(result.stderr.contains("damaged.json"), "\(old): \(result)")
            }
            try await scene.ferry(arguments: ["receipt", "add", "none.json"] + site, exits: 1)
            try await scene.ferry(arguments: ["receipt", "add", file, "docker://x"], exits: 1)
            #expect(scene.names(in: "set/working-dir/receipts").isEmpty)
            try await scene.ferry(arguments: ["receipt", "add", file] + site)
            #expect(scene.names(in: "set/working-dir/receipts/enclave").count == 1)
        }
    }

    @Test("an import of a part, or one in which something fails, leaves none")
    func incomplete() async throws {
        try await withScene { scene, source, target in
            _ = try await makeSet(scene, source)
            let command = ["mirror", "--from", "file://set", "--workspace", "file://far", "docker://\(target.name)"]
            let part = try await scene.ferry(arguments: command + ["-c", "part.yaml"])
            #expect(part.stderr.contains("no receipt is written"), "\(part)")
            #expect(receipts(scene, in: "far").isEmpty)
            target.faults.replace(with: [FaultRule(.status(403), on: .path(containing: "team/app1", method: "PUT"))])
            try await scene.ferry(arguments: command, exits: 8)
            #expect(receipts(scene, in: "far").isEmpty)
            target.faults.replace(with: [])
            // The same configuration takes the whole set.
            try await scene.ferry(arguments: command + ["-c", "isc.yaml"])
            #expect(receipts(scene, in: "far").count == 1)
        }
    }
}
