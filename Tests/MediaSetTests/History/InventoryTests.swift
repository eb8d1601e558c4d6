import Foundation
import OCIModel
import OpenSSLCrypto
import Testing

@testable import MediaSet

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

@Suite struct InventoryTests {
    private static func digest(_ number: UInt8) throws -> Digest { try ContentHasher.digest(of: [number]) }

    private func inventory(
        made: Int64 = 100,
        target: String = "mirror.lab:5000/ocp",
        _ content: [String: [UInt8]]
    ) throws -> Inventory {
        Inventory(
            made: made,
            target: target,
            repositories: try content.map { path, numbers in
                Inventory.Repository(
                    path: try RepositoryPath(path),
                    manifests: [
                        Inventory.Manifest(
                            digest: try Self.digest(200),
                            size: 7,
                            mediaType: .ociManifest,
                            tags: [try Tag("v2"), try Tag("v1")]
                        )
                    ],
                    blobs: try numbers.map { Inventory.Blob(digest: try Self.digest($0), size: Int64($0)) }
                )
            }
        )
    }

    private func record(_ sequence: Int, _ content: [String: [UInt8]]) throws -> HistoryRecord {
        let held = try content.mapValues { try $0.map(Self.digest).sorted() }
        let json: [String: Any] = [
            "format": 1, "sequence": sequence, "set": String(repeating: "\(sequence)", count: 12), "images": [],
            "digests": Set(held.values.joined()).sorted().map(\.description),
            "repositories": held.mapValues { $0.map(\.description) },
        ]
        return try JSONDecoder().decode(HistoryRecord.self, from: JSONSerialization.data(withJSONObject: json))
    }

    private func kept(_ inventory: Inventory) throws -> InventoryStore.Kept {
        InventoryStore.Kept(identifier: try Inventory.identifier(of: inventory.file()), inventory: inventory)
    }

    @Test func theFileIsPlainSortedAndReadAgain() throws {
        let written = try inventory(["b/two": [3, 1], "a/one": [2]])
        let file = try written.file()
        #expect(try Inventory(bytes: file, name: "i") == written)
        #expect(Inventory.isInventory(file) && !Inventory.isInventory(Array("{\"format\":1}".utf8)))
        #expect(try inventory(["a/one": [2], "b/two": [1, 3]]).file() == file, "the order of finding does not count")
        let object = try JSONSerialization.jsonObject(with: Data(file)) as? [String: Any]
        #expect(object?["kind"] as? String == "inventory")
        #expect((object?["repositories"] as? [[String: Any]])?.map { $0["path"] as? String } == ["a/one", "b/two"])
        #expect(String(decoding: file, as: UTF8.self).contains("\"tags\":[\"v1\",\"v2\"]"))
        #expect(try Inventory(bytes: inventory([:]).file(), name: "i").repositories.isEmpty)
    }

    @Test(arguments: [
        ("\"format\":1", "\"format\":2", "no inventory of format 1"),
        ("\"kind\":\"inventory\"", "\"kind\":\"x\"", "no inventory"),
        ("sha256:", "sha256:x", "cannot be read"), ("a/one", "../one", "cannot be read"), ("}\n", "", "malformed"),
    ])
    func aDamagedOneIsNamed(old: String, new: String, reason: String) throws {
        let text = String(decoding: try inventory(["a/one": [1]]).file(), as: UTF8.self)
        let bytes = Array(text.replacingOccurrences(of: old, with: new).utf8)
        let error = #expect(throws: MediaSetError.self) { try Inventory(bytes: bytes, name: "i.json") }
        #expect(error?.code == .invalidInventory)
        #expect(
            error?.message.contains("i.json") == true && error?.message.contains(reason) == true,
            "\(error?.message ?? "")"
        )
    }

    @Test func aNewerOneOfTheSameTargetTakesThePlaceOfTheOlder() async throws {
        try await withScratchFolder { folder in
            func add(_ inventory: Inventory) throws {
                try InventoryStore.add(inventory.file(), name: "new.json", folder: folder)
            }
            try add(inventory(made: 100, ["a": [1]]))
            try add(inventory(made: 100, target: "mirror.lab:5000/ocp2", ["a": [1]]))
            try add(inventory(made: 200, ["a": [2]]))
            let all = try InventoryStore.all(folder: folder)
            #expect(all.map(\.inventory.made).sorted() == [100, 200])
            let error = #expect(throws: MediaSetError.self) { try add(inventory(made: 150, ["a": [3]])) }
            #expect(error?.code == .invalidInventory)
            #expect(error?.message.contains("a newer one") == true)
            #expect(try InventoryStore.all(folder: folder).count == 2)
            // It lies among the records of sets, and is none.
            #expect(try SetHistory(folder: folder).records.isEmpty)
            #expect(try InventoryStore.all(folder: folder, destination: "other").isEmpty)
        }
    }

    @Test func aBlobIsLeftOutOnlyWhereItCanBeFound() throws {
        let one = try kept(inventory(["a": [1, 2]]))
        let base = try SetBase([SetBase.Registry(records: [record(1, ["a": [2], "b": [3]])], inventory: one)])
        let (a, b) = (try RepositoryPath("a"), try RepositoryPath("b"))
        let set = try SetIdentifier("111111111111")
        #expect(try base.carrier(of: Self.digest(1), neededIn: [b, a]) == one.identifier)
        #expect(try base.carrier(of: Self.digest(1), neededIn: [b]) == nil)
        #expect(try base.carrier(of: Self.digest(2), neededIn: [a]) == set, "a set can be brought again")
        #expect(try base.carrier(of: Self.digest(3), neededIn: [b]) == set)
        #expect(base.latest == set)
        #expect(base.inventories == [one.identifier: "mirror.lab:5000/ocp"])
    }

    @Test func whatOneRegistryOfASiteLacksIsCarried() throws {
        let a = try RepositoryPath("a")
        let records = [try record(1, ["a": [1]]), try record(2, ["a": [1, 2]]), try record(3, ["a": [3]])]
        let other = try kept(inventory(["a": [3]]))
        let base = try SetBase([
            SetBase.Registry(records: records), SetBase.Registry(records: Array(records.prefix(2)), inventory: other),
        ])
        #expect(try base.carrier(of: Self.digest(1), neededIn: [a])?.text == "111111111111")
        #expect(try base.carrier(of: Self.digest(3), neededIn: [a])?.text == "333333333333")
        #expect(base.latest?.text == "222222222222")
        let less = try SetBase([SetBase.Registry(records: records), SetBase.Registry(records: [])])
        #expect(try less.carrier(of: Self.digest(1), neededIn: [a]) == nil)
        #expect(try SetBase([]).carrier(of: Self.digest(1), neededIn: [a]) == nil)
    }

    @Test(arguments: ["a.b/c", "[::1]:5000/x", String(repeating: "x", count: 300), "a.b:5/c/ü", ""])
    func targetsMakeNamesThatEveryFileSystemTakes(target: String) throws {
        let part = try TargetFileName.part(for: target)
        #expect(part.utf8.count <= 49)
        #expect(part.utf8.allSatisfy { $0 < 128 } && !part.contains { "/\\:*?\"<>| []".contains($0) })
        #expect(try TargetFileName.part(for: target + "/") != part)
        #expect(try TargetFileName.part(for: target.uppercased() + "A").lowercased() != part)
    }
}
