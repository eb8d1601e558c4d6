import Foundation
import OCIModel
import SeededRandom
import Testing

@testable import ClusterResources

@Suite("ConfigMaps of release signatures")
struct SignatureConfigMapsTests {
    private let author = ResourceAuthor(version: "0.1.0")
    private static let oneHex = "1001" + String(repeating: "0", count: 60)
    private static let twoHex = "2001" + String(repeating: "0", count: 60)

    private struct ConfigMap: Decodable {
        struct Metadata: Decodable { var name: String }
        var kind: String
        var metadata: Metadata
        var binaryData: [String: Data]
    }

    private func text(_ files: [ResourceFile], _ name: String) throws -> String {
        String(decoding: try #require(files.first { $0.name == name }).bytes, as: UTF8.self)
    }

    @Test("The collection is one ConfigMap, the same in both files")
    func collection() throws {
        let files = try SignatureConfigMaps.make(
            for: SampleSignatures.entries(releases: 1, bytes: 3),
            author: author
        )
        #expect(files.collection.map(\.name) == ["signature-configmap.yaml", "signature-configmap.json"])
        #expect(
            try text(files.all, "signature-configmap.yaml") == """
                ---
                apiVersion: v1
                binaryData:
                  sha256-\(Self.oneHex)-1: AQEB
                  sha256-\(Self.twoHex)-1: ////
                kind: ConfigMap
                metadata:
                  annotations:
                    createdBy: ferry
                    ferry_version: 0.1.0
                  labels:
                    release.openshift.io/verification-signatures: ""
                  name: mirrored-release-signatures
                  namespace: openshift-config-managed

                """
        )
        #expect(
            try text(files.all, "signature-configmap.json")
                == #"{"apiVersion":"v1","binaryData":{"sha256-\#(Self.oneHex)-1":"AQEB","sha256-\#(Self.twoHex)-1":"////"},"#
                + #""kind":"ConfigMap","metadata":{"annotations":{"createdBy":"ferry","ferry_version":"0.1.0"},"#
                + #""labels":{"release.openshift.io/verification-signatures":""},"name":"mirrored-release-signatures","#
                + #""namespace":"openshift-config-managed"}}"# + "\n"
        )
    }

    @Test("Each signed digest has the file of oc adm release mirror")
    func perDigest() throws {
        let files = try SignatureConfigMaps.make(for: SampleSignatures.entries(releases: 1, bytes: 3), author: author)
        #expect(
            files.perDigest.map(\.name) == [
                "signature-sha256-1001000000000000.json", "signature-sha256-2001000000000000.json",
            ]
        )
        #expect(
            try text(files.all, "signature-sha256-1001000000000000.json")
                == #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"sha256-\#(Self.oneHex)","#
                + #""namespace":"openshift-config-managed","#
                + #""labels":{"release.openshift.io/verification-signatures":""}},"#
                + #""binaryData":{"sha256-\#(Self.oneHex)-1":"AQEB"}}"# + "\n"
        )
    }

    @Test("Signatures are numbered per digest; duplicates and empty ones are dropped")
    func numbering() throws {
        let digest = try SampleSignatures.digest(0xa)
        let other = try SampleSignatures.digest(0xb)
        let entries = [
            ReleaseSignatureEntry(
                release: digest,
                signatures: [.init(digest: digest, bytes: [2]), .init(digest: digest, bytes: [1])]
            ),
            ReleaseSignatureEntry(
                release: other,
                signatures: [
                    .init(digest: other, bytes: [3]), .init(digest: digest, bytes: [1]),
                    .init(digest: other, bytes: []),
                ]
            ),
        ]
        let files = try SignatureConfigMaps.make(for: entries, author: author)
        let map = try JSONDecoder().decode(ConfigMap.self, from: Data(try #require(files.collection.last).bytes))
        let (a, b) = ("sha256-\(digest.hex)", "sha256-\(other.hex)")
        #expect(map.binaryData == ["\(a)-1": Data([1]), "\(a)-2": Data([2]), "\(b)-1": Data([3])])
        #expect(files.perDigest.count == 2)
    }

    @Test("Without signatures there are no files")
    func nothing() throws {
        let digest = try SampleSignatures.digest(1)
        let empty = ReleaseSignatureEntry(release: digest, signatures: [.init(digest: digest, bytes: [])])
        for entries in [[], [ReleaseSignatureEntry(release: digest, signatures: [])], [empty]] {
            #expect(try SignatureConfigMaps.make(for: entries, author: author).all.isEmpty)
        }
    }

    @Test("The order of releases and signatures makes no difference", arguments: 0..<6)
    func order(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let entries = try SampleSignatures.entries(releases: 9, bytes: 20)
        let mixed = (entries + entries.prefix(3)).shuffled(using: &generator).map {
            ReleaseSignatureEntry(release: $0.release, signatures: $0.signatures.shuffled(using: &generator))
        }
        #expect(
            try SignatureConfigMaps.make(for: mixed, author: author, documentLimit: 700)
                == SignatureConfigMaps.make(for: entries, author: author, documentLimit: 700)
        )
    }

    @Test("Digests that begin alike have files of their own")
    func likeNames() throws {
        let digests = try ["0", "1"].map { try Digest(algorithm: .sha256, hex: String(repeating: "a", count: 63) + $0) }
        let entries = digests.map {
            ReleaseSignatureEntry(release: $0, signatures: [.init(digest: $0, bytes: [1])])
        }
        let names = try SignatureConfigMaps.make(for: entries, author: author).perDigest.map(\.name)
        #expect(names == ["signature-sha256-aaaaaaaaaaaaaaaa.json", "signature-sha256-\(digests[1].hex).json"])
    }

    @Test("Many signatures are spread over ConfigMaps that clusters and oc apply take")
    func split() throws {
        struct List: Decodable {
            var kind: String
            var items: [ConfigMap]
        }
        let entries = try SampleSignatures.entries(releases: 300, bytes: 1_200)
        let files = try SignatureConfigMaps.make(for: entries, author: author)
        let json = try #require(files.collection.last)
        #expect(json.bytes.count { $0 == UInt8(ascii: "\n") } == 1)
        let list = try JSONDecoder().decode(List.self, from: Data(json.bytes))
        #expect(list.kind == "List")
        #expect(
            list.items.map(\.metadata.name).prefix(3)
                == ["mirrored-release-signatures", "mirrored-release-signatures-2", "mirrored-release-signatures-3"]
        )
        #expect(list.items.count == 5)
        #expect(Set(list.items.flatMap(\.binaryData.keys)).count == 600)
        for item in list.items {
            let texts = item.binaryData.map { $0.key.utf8.count + $0.value.base64EncodedString().utf8.count }
            #expect(texts.reduce(0, +) <= 240 << 10)
        }
        let yaml = try text(files.collection, "signature-configmap.yaml")
        #expect(yaml.split(separator: "\n").count { $0 == "---" } == 5)
    }

    @Test("A digest whose signatures fit into no ConfigMap is refused")
    func tooLarge() throws {
        let entries = try SampleSignatures.entries(releases: 1, bytes: 1_000)
        let error = #expect(throws: ClusterResourcesError.self) {
            try SignatureConfigMaps.make(for: entries, author: author, documentLimit: 1_000)
        }
        #expect(error?.code == .signatureTooLarge)
    }
}
