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
}
