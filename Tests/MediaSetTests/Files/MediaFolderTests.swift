import Foundation
import Testing

@testable import MediaSet

@Suite struct MediaFolderTests {
    @Test func writingLeavesTheUnfinishedFileOfAnotherProcessAlone() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/record.json"
            try Data("half".utf8).write(to: URL(filePath: "\(path).new"))
            try Data("half".utf8).write(to: URL(filePath: "\(path).1.new"))
            try MediaFolder.write(Array("one".utf8), to: path)
            try MediaFolder.write(Array("two".utf8), to: path)
            #expect(try MediaFolder.read(path, limit: 10) == Array("two".utf8))
            #expect(try names(folder) == ["record.json", "record.json.1.new", "record.json.new"])
        }
    }

    @Test func writingThatFailsLeavesNothing() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/taken"
            try MediaFolder.create(path)
            #expect(throws: MediaSetError.self) { try MediaFolder.write([1], to: path) }
            #expect(try names(folder) == ["taken"])
        }
    }
}
