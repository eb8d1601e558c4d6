import Foundation
import OCIModel
import Testing

@testable import MediaSet

@Suite struct SetJournalTests {
    private let set = try? Digest(algorithm: .sha256, hash: [UInt8](repeating: 1, count: 32))

    private func blobs(_ count: Int) throws -> [Descriptor] {
        try (0..<count).map { index in
            let digest = try Digest(algorithm: .sha256, hash: [UInt8](repeating: UInt8(index), count: 32))
            return try Descriptor(mediaType: .ociLayerGzip, digest: digest, size: 1000)
        }
    }

    @Test func writesAndReadsBack() async throws {
        let set = try #require(set)
        try await withScratchFolder { folder in
            let path = "\(folder)/a.jsonl"
            let journal = try SetJournal(path, set: set, entries: [0: .reached(10), 1: .complete(sums: ["ab", "cd"])])
            try journal.note(blob: 2, reached: 700)
            try journal.note(blob: 2, reached: 900)
            try journal.record(complete: [(3, []), (0, ["ef"])])
            let entries = try SetJournal.load(path, set: set, blobs: blobs(4))
            #expect(
                entries == [
                    0: .complete(sums: ["ef"]), 1: .complete(sums: ["ab", "cd"]), 2: .reached(900),
                    3: .complete(sums: []),
                ]
            )
            #expect(try SetJournal.load("\(folder)/none", set: set, blobs: blobs(4)) == nil)
            #expect(try SetJournal.load(path, set: blobs(1)[0].digest, blobs: blobs(4)) == nil)
        }
    }

    @Test(arguments: [
        ("", nil),
        ("{\"at\":5,\"blob\":0}\n", nil),
        ("SET\n{\"at\":5,\"blob\":0}\n", [0: SetJournal.Entry.reached(5)]),
        ("SET\n{\"at\":5,\"blob\":0}\n{\"at\":500,\"bl", [0: .reached(5)]),
        ("SET\n{\"at\":5,\"blob\":0}\n{\"at\":50", [0: .reached(5)]),
        ("SET\n\u{0}\u{0}\u{0}\n{\"at\":5,\"blob\":0}\n", [0: .reached(5)]),
        ("SET\n{\"at\":5,\"blob\":9}\n{\"at\":-1,\"blob\":0}\n{\"at\":1001,\"blob\":1}\n", [:]),
        ("SET\n[1,2]\n{\"blob\":0,\"done\":true}\n", [0: .complete(sums: [])]),
    ])
    func passesOverWhatCannotBeRead(text: String, expected: [Int: SetJournal.Entry]?) throws {
        let set = try #require(set)
        let line = String(decoding: try JournalRecord(set: set).line().dropLast(), as: UTF8.self)
        let bytes = Array(text.replacingOccurrences(of: "SET", with: line).utf8)
        #expect(SetJournal.entries(bytes, set: set, blobs: try blobs(2)) == expected)
    }
}
