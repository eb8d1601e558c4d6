import Foundation
import OCIModel
import OpenSSLCrypto
import Testing

@testable import MediaSet

@Suite struct SetHistoryTests {
    @Test func finishingASetIsRemembered() async throws {
        let sample = try SampleSet([[1000]])
        try await withScratchFolder { folder in
            #expect(try SetHistory(folder: folder).nextSequence == 1)
            let finished = try await sample.write(to: folder)
            let history = try SetHistory(folder: folder)
            #expect(history.nextSequence == 4)
            #expect(history.latest?.set == finished.set)
            #expect(history.latest?.digests == sample.blobs.map(\.digest).sorted())
            #expect(history.carried()[sample.blobs[0].digest] == finished.set)
            let lock = try ContentHasher.digest(of: Array("{\"lock\":1}".utf8))
            #expect(history.record(lockDigest: lock)?.sequence == 3)
            #expect(try SetHistory(folder: folder, destination: "enclave").nextSequence == 1)
            #expect(try names("\(folder)/working-dir/history/default") == ["000003_\(finished.set).json"])
            #expect(try names("\(folder)/working-dir/journal").isEmpty)
        }
    }

    @Test(arguments: ["", ".", "..", "a/b", "../x", "é", ".hidden", String(repeating: "a", count: 65)])
    func destinationsAreNames(text: String) {
        let error = #expect(throws: MediaSetError.self) { try SetHistory(folder: "/nowhere", destination: text) }
        #expect(error?.code == .invalidName)
    }

    @Test func aDamagedRecordIsNamed() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/working-dir/history/default"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data("{\"format\":1}".utf8).write(to: URL(filePath: "\(path)/000001_a.json"))
            let error = #expect(throws: MediaSetError.self) { try SetHistory(folder: folder) }
            #expect(error?.code == .damagedDocument)
            #expect(error?.message.contains("000001_a.json") == true)
        }
    }

    /// A record with every member, and its file.
    private func sample() async throws -> (record: HistoryRecord, file: [UInt8]) {
        let sample = try SampleSet([[1000], [20]])
        return try await withScratchFolder { folder in
            let finished = try await sample.write(to: folder)
            let file = URL(filePath: "\(folder)/working-dir/history/default/000003_\(finished.set).json")
            let record = try #require(try SetHistory(folder: folder).latest)
            return (record, Array(try Data(contentsOf: file)))
        }
    }

    @Test("a flipped bit anywhere in a record is noticed, or changes nothing that it says")
    func flippedBits() async throws {
        let (record, file) = try await sample()
        #expect(try HistoryRecord(bytes: file, name: "r.json") == record)
        var noticed = 0
        for position in file.indices {
            var damaged = file
            damaged[position] ^= 1 << UInt8(position % 8)
            do {
                let read = try HistoryRecord(bytes: damaged, name: "r.json")
                if read != record { Issue.record("a flipped bit of byte \(position) passes") }
            } catch let error as MediaSetError where error.code == .damagedDocument {
                if !error.message.contains("r.json") { Issue.record("\(error.message)") }
                noticed += 1
            }
        }
        // What remains are blanks between the members, and the name of the digest itself.
        #expect(noticed > file.count / 2)
    }

    @Test("a record of an earlier version, without digest, is read as it is")
    func withoutDigest() async throws {
        let (record, file) = try await sample()
        let older = String(decoding: file, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("  \"digest\" : ") }.joined(separator: "\n")
        #expect(older.utf8.count < file.count - 70)
        #expect(try HistoryRecord(bytes: Array(older.utf8), name: "r.json") == record)
    }

    @Test("a record of a later format is not taken for a damaged one")
    func laterFormat() async throws {
        let file = String(decoding: try await sample().file, as: UTF8.self)
        let later = file.replacing("\"format\" : 1", with: "\"format\" : 2")
        let error = #expect(throws: MediaSetError.self) { try HistoryRecord(bytes: Array(later.utf8), name: "r.json") }
        #expect(error?.message.contains("newer") == true)
    }
}
