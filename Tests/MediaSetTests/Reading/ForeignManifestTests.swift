import Archiving
import Foundation
import OCIModel
import OpenSSLCrypto
import Testing

@testable import MediaSet

/// Sets whose manifests hash right and lie.
@Suite struct ForeignManifestTests {
    /// Writes a volume with a set manifest of any text.
    private func write(_ manifest: String, to folder: String, volumes: Int = 1) throws {
        let digest = try ContentHasher.digest(of: Array(manifest.utf8))
        var rest: [UInt8] = []
        for (path, text) in [(SetManifest.path, manifest), (PrefixMember.paddingPath, "")] {
            rest += try PrefixMember(path: path, bytes: Array(text.utf8)).encoded(modificationTime: 0)
        }
        rest += try PrefixMember(path: "blobs/sha256/x", bytes: [1]).encoded(modificationTime: 0)
        rest += try PrefixMember(path: VolumeSums.path, bytes: Array("{}".utf8)).encoded(modificationTime: 0)
        rest += TarHeader.endOfArchive
        let document = VolumeDocument(
            set: SetIdentifier(manifestDigest: digest),
            sequence: 1,
            volume: 1,
            volumes: volumes,
            size: Int64(rest.count) + 1024,
            setManifest: digest
        )
        let first = try PrefixMember(path: VolumeDocument.path, bytes: DocumentCoding.compact(document)).encoded(
            modificationTime: 0
        )
        #expect(first.count == 1024)
        try Data(first + rest).write(to: URL(filePath: "\(folder)/a.tar"))
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{\"format\":2}", "{\"format\":1}",
        "{\"base\":null,\"blobs\":[BLOB],\"configDigest\":null,\"format\":1,\"images\":[],\"requires\":{},\"resources\":[],\"sequence\":1}",
        "{\"base\":\"x\",\"blobs\":[],\"configDigest\":null,\"format\":1,\"images\":[],\"requires\":{},\"resources\":[],\"sequence\":1}",
        "{\"base\":null,\"blobs\":[],\"configDigest\":null,\"format\":1,\"images\":[],\"requires\":{\"a\":\"b\"},\"resources\":[],\"sequence\":1}",
    ])
    func documentsThatLie(text: String) async throws {
        let hex = String(repeating: "a", count: 64)
        let places = [
            "[]", "[{\"length\":1,\"offset\":-1,\"volume\":1}]", "[{\"length\":-1,\"offset\":512,\"volume\":1}]",
            "[{\"length\":9223372036854775807,\"offset\":9223372036854775807,\"volume\":1}]",
            "[{\"length\":1,\"offset\":512,\"volume\":0}]", "[{\"length\":1,\"offset\":512,\"volume\":99999999}]",
            "[{\"length\":2,\"offset\":512,\"volume\":1}]", "[{\"length\":1,\"offset\":1e300,\"volume\":1}]",
            "[{\"length\":1,\"offset\":99999999,\"volume\":1}]", "[{\"length\":1,\"offset\":512,\"volume\":2}]",
        ]
        for place in text.contains("BLOB") ? places : [""] {
            let blob = "{\"digest\":\"sha256:\(hex)\",\"extents\":\(place),\"mediaType\":\"a/b\",\"size\":1}"
            try await withScratchFolder { folder in
                try write(text.replacingOccurrences(of: "BLOB", with: blob), to: folder)
                let error = await #expect(throws: MediaSetError.self) {
                    try await MediaSetReader.open(folders: [folder])
                }
                #expect(error.map { [.damagedVolumes, .damagedDocument].contains($0.code) } == true, "\(place)")
                // With problems allowed it may be read, and what it says must still not be believed.
                do {
                    #expect(try await !MediaSetVerifier.verify(folders: [folder]).isIntact)
                } catch is MediaSetError {
                    return
                }
            }
        }
    }
}
