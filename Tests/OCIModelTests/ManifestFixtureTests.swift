import Foundation
import OCIModel
import SeededRandom
import Testing

/// Manifests as other programs make them.
@Suite("Manifests from the field")
struct ManifestFixtureTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    private static let fixtures = folder.appending(path: "Fixtures")

    private func fixture(_ name: String) throws -> Manifest {
        let bytes = try Data(contentsOf: Self.fixtures.appending(path: "\(name).json"))
        return try Manifest(decoding: bytes, contentType: nil)
    }

    @Test("An index of platforms, with records that have none")
    func multiPlatform() throws {
        let index = try fixture("index-multi-platform")
        #expect(index.mediaType == .ociIndex)
        #expect(
            index.children.map { $0.platform?.description }
                == ["linux/amd64", "linux/arm64", "unknown/unknown", "unknown/unknown"]
        )
        #expect(index.annotations == ["org.example.version": "v1"])
        #expect(index.children[2].annotations["vnd.docker.reference.type"] == "builder")
    }

    @Test("An index whose subject is its own child")
    func loop() throws {
        let index = try fixture("index-loop")
        #expect(index.subject?.digest == index.children.first?.digest)
        #expect(index.artifactType == "application/example.loop")
    }

    @Test("Artifacts, alone, in an index, with a subject")
    func artifacts() throws {
        #expect(try fixture("index-artifact").children.allSatisfy { $0.mediaType == .ociManifest })
        #expect(try fixture("artifact").artifactType?.isEmpty == false)
        #expect(try fixture("artifact-with-subject").subject != nil)
        #expect(try fixture("image").artifactType == nil)
        #expect(try fixture("image").blobs.count == 3)
    }

    @Test("Damaged manifests are errors and nothing worse", arguments: 0..<4)
    func fuzz(seed: UInt64) throws {
        var generator = FuzzSeed.generator(seed)
        let names = ["index-multi-platform", "index-loop", "index-artifact", "artifact-with-subject", "image"]
        let originals = try names.map { try Array(Data(contentsOf: Self.fixtures.appending(path: "\($0).json"))) }
        let pieces = [
            "-1", "1e999", "null", "[", "{", "\"", "9223372036854775808", "0.1", "\\u0000", "\u{301}", ",", "true",
        ]
        .map { Array($0.utf8) }
        var decoded = 0
        for _ in 0..<1_500 {
            var bytes = originals[Int.random(in: 0..<originals.count, using: &generator)]
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[position] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: position)
                case 2:
                    bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &generator)], at: position)
                case 3: bytes.removeSubrange(position..<min(bytes.count, position + 20))
                default: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 60)], at: position)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            do throws(OCIModelError) {
                let manifest = try Manifest(decoding: bytes, contentType: nil)
                decoded += 1
                let sizes = (manifest.blobs + manifest.children).map(\.size)
                #expect(sizes.allSatisfy { (0...Descriptor.maximumSize).contains($0) })
            } catch {
                #expect([.invalidManifest, .unsupportedManifest].contains(error.code))
            }
        }
        #expect(decoded > 100)
    }
}

/// A whole layout with multi-architecture, nested and looping indexes; not part of the repository.
@Suite("A layout from the field", .enabled(if: FieldLayout.exists, "needs the shared test data"))
struct FieldLayoutTests {
    @Test("Every manifest is read, and every descriptor has the size of its file")
    func allManifests() throws {
        var count = 0
        for descriptor in try FieldLayout.index().children {
            var seen: Set<Digest> = []
            var pending = [descriptor]
            // Indexes may point to one another in circles: each manifest is read once.
            while let next = pending.popLast() {
                guard seen.insert(next.digest).inserted else { continue }
                guard let bytes = try FieldLayout.blob(next.digest) else { continue }
                #expect(Int64(bytes.count) == next.size)
                guard next.mediaType.isIndex || next.mediaType.isImageManifest else { continue }
                let manifest = try Manifest(decoding: bytes, contentType: nil)
                count += 1
                #expect(manifest.mediaType == next.mediaType)
                pending += manifest.children + manifest.blobs + (manifest.subject.map { [$0] } ?? [])
            }
        }
        #expect(count > 60)
    }

    @Test("Indexes inside indexes are among them")
    func nesting() throws {
        let nested = try FieldLayout.index().children.contains { descriptor in
            guard descriptor.mediaType.isIndex, let bytes = try FieldLayout.blob(descriptor.digest) else {
                return false
            }
            return try Manifest(decoding: bytes, contentType: nil).children.contains { $0.mediaType.isIndex }
        }
        #expect(nested)
    }
}

private enum FieldLayout {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/data/testrepo")

    static var exists: Bool { FileManager.default.fileExists(atPath: folder.appending(path: "index.json").path) }

    static func index() throws -> Manifest {
        try Manifest(decoding: Data(contentsOf: folder.appending(path: "index.json")), contentType: nil)
    }

    /// The bytes of a blob; nil when the layout does not have it, as for layers of some children.
    static func blob(_ digest: Digest) throws -> Data? {
        let file = folder.appending(path: "blobs/\(digest.algorithm.rawValue)/\(digest.hex)")
        return FileManager.default.fileExists(atPath: file.path) ? try Data(contentsOf: file) : nil
    }
}
