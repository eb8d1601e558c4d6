import Foundation
import OCIModel
import OpenSSLCrypto
import SeededRandom
import Testing

@testable import MediaSet

/// Records that are carried over the gap: whatever happens to their bytes, they are read right or refused.
@Suite("Damaged records") struct RecordFuzzTests {
    private let digests: [Digest]

    init() throws {
        digests = try (0..<4).map { try ContentHasher.digest(of: "record \($0)".utf8) }
    }

    /// Changes some bytes, puts pieces of other JSON in, or cuts the end off.
    private static func damaged(_ whole: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        let pieces = [
            "-1", "9223372036854775808", "1e999", "null", "[[[[", "{", "\"", ",", "sha512:", "../..", "\\u0000",
        ]
        var bytes = whole
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.removeLast(bytes.count - place)
            default: bytes.insert(contentsOf: Array((pieces.randomElement(using: &generator) ?? "").utf8), at: place)
            }
        }
        return bytes
    }

    @Test("a receipt that was damaged on its way says the same as before, or is refused", arguments: 0..<4)
    func fuzzReceipts(run: UInt64) throws {
        var generator = FuzzSeed.generator(run)
        let receipt = Receipt(
            set: SetIdentifier(manifestDigest: digests[0]),
            sequence: 7,
            lockDigest: digests[1],
            target: "mirror.lab:5000/ocp",
            images: digests
        )
        let whole = try receipt.file()
        #expect(try Receipt(bytes: whole, name: "receipt") == receipt)
        for _ in 0..<400 {
            do {
                #expect(try Receipt(bytes: Self.damaged(whole, &generator), name: "receipt") == receipt)
            } catch let error as MediaSetError {
                #expect(error.code == .invalidReceipt)
            }
        }
    }

    @Test("an inventory that was damaged is read as one that can be written again, or refused", arguments: 0..<4)
    func fuzzInventories(run: UInt64) throws {
        var generator = FuzzSeed.generator(run)
        let inventory = Inventory(
            made: 1_700_000_000,
            target: "mirror.lab:5000/ocp",
            repositories: [
                Inventory.Repository(
                    path: try RepositoryPath("openshift/release"),
                    manifests: [
                        Inventory.Manifest(
                            digest: digests[0],
                            size: 500,
                            mediaType: .ociManifest,
                            tags: [try OCIModel.Tag("4.18.1")]
                        )
                    ],
                    blobs: [Inventory.Blob(digest: digests[1], size: 1 << 40)]
                )
            ]
        )
        let whole = try inventory.file()
        #expect(try Inventory(bytes: whole, name: "inventory") == inventory)
        for _ in 0..<400 {
            do {
                let read = try Inventory(bytes: Self.damaged(whole, &generator), name: "inventory")
                #expect(try Inventory(bytes: read.file(), name: "again") == read)
            } catch let error as MediaSetError {
                #expect(error.code == .invalidInventory)
            }
        }
    }

    @Test("of an audit log in which any bit differs no line but the last one passes", arguments: 0..<4)
    func fuzzAuditLogs(run: UInt64) async throws {
        var generator = FuzzSeed.generator(run)
        try await withScratchFolder { folder in
            let log = AuditLog(path: "\(folder)/audit.jsonl")
            for number in 1...5 {
                var record = AuditRecord(kind: .build, ferry: "1", time: "t", user: nil, uid: 0, host: "h")
                record.sequence = number
                try log.append(record)
            }
            let whole = try Data(contentsOf: URL(filePath: log.path))
            let head = try log.verify().head
            for _ in 0..<200 {
                var bytes = [UInt8](whole)
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                try Data(bytes).write(to: URL(filePath: log.path))
                let chain = try log.verify(expecting: head)
                // A change of the last line shows by its hash alone, which is why that is noted elsewhere.
                #expect(chain.problem != nil || !chain.isExpectedHeadMet, "byte \(place)")
                try Data(Self.damaged([UInt8](whole), &generator)).write(to: URL(filePath: log.path))
                _ = try log.verify()
            }
        }
    }
}
