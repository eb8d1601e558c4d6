import Foundation
import Testing

@testable import MediaSet

@Suite("Sets that were begun in place of one another")
struct SetAttemptsTests {
    private static let ids = ["0123456789ab", "ba9876543210", "ffffffffffff"]

    private func sets() throws -> [SetIdentifier] { try Self.ids.map { try SetIdentifier($0) } }

    /// The files of some sets: a partial volume, a finished one and a journal for each.
    private func fill(_ folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/working-dir/journal",
            withIntermediateDirectories: true
        )
        for id in Self.ids {
            for name in [
                "mirror_000001_\(id)_001of002.tar", "mirror_000001_\(id)_002of002.tar.partial",
                "working-dir/journal/\(id).jsonl",
            ] {
                try Data([1]).write(to: URL(filePath: "\(folder)/\(name)"))
            }
        }
    }

    @Test("are remembered, and only their unfinished volumes and journals are removed")
    func cleaning() async throws {
        let sets = try sets()
        try await withScratchFolder { folder in
            try fill(folder)
            var attempts = try SetAttempts(folder: folder)
            #expect(attempts.sets.isEmpty)
            #expect(try attempts.clean(after: 1).isEmpty)
            try attempts.note([sets[0]])
            try attempts.note([sets[0], sets[1]])
            #expect(try SetAttempts(folder: folder, destination: "south").sets.isEmpty)
            var again = try SetAttempts(folder: folder)
            #expect(again.sets == Set(sets.prefix(2)))
            let removed = try again.clean(after: 1)
            #expect(removed.map(\.set) == Array(sets.prefix(2)) && removed.allSatisfy { $0.number == 2 })
            let left = try names(folder).filter { $0.hasPrefix("mirror_") }
            #expect(left.filter { $0.hasSuffix(".partial") } == ["mirror_000001_ffffffffffff_002of002.tar.partial"])
            #expect(left.count == 4)
            #expect(try names("\(folder)/working-dir/journal") == ["ffffffffffff.jsonl"])
            #expect(again.sets.isEmpty)
            #expect(try SetAttempts(folder: folder).sets.isEmpty)
            // A second time, as after a crash, there is nothing left to do.
            #expect(try attempts.clean(after: 1).isEmpty)
        }
    }

    @Test("those of earlier runs whose number is not used up can still be continued, and stay")
    func laterNumbers() async throws {
        let sets = try sets()
        try await withScratchFolder { folder in
            try fill(folder)
            let later = "mirror_000002_0123456789ab_001of001.tar.partial"
            try Data([1]).write(to: URL(filePath: "\(folder)/\(later)"))
            var first = try SetAttempts(folder: folder)
            try first.note([sets[0], sets[1]])
            var second = try SetAttempts(folder: folder)
            #expect(try second.clean(after: 1).map(\.set) == [sets[1]])
            #expect(try SetAttempts(folder: folder).sets == [sets[0]])
            #expect(try names("\(folder)/working-dir/journal").contains("0123456789ab.jsonl"))
            // The run that has begun it knows better.
            #expect(try first.clean(after: 1).map(\.set) == [sets[0], sets[0]])
            #expect(try SetAttempts(folder: folder).sets.isEmpty)
        }
    }

    @Test(
        "a file that cannot be read, or that names what is no set, tells of nothing",
        arguments: [
            "", "{", "{\"format\":1,\"sets\":[\"../../x\"]}", "{\"format\":2,\"sets\":[\"0123456789ab\"]}", "[]",
            "{\"format\":1,\"sets\":[\"0123456789ab\",7]}",
        ]
    )
    func unreadable(text: String) async throws {
        let sets = try sets()
        try await withScratchFolder { folder in
            try fill(folder)
            let path = "\(folder)/working-dir/journal/attempts_default.json"
            try Data(text.utf8).write(to: URL(filePath: path))
            var attempts = try SetAttempts(folder: folder)
            #expect(attempts.sets.isEmpty)
            #expect(try attempts.clean(after: 1).isEmpty)
            try attempts.note([sets[2]])
            #expect(try SetAttempts(folder: folder).sets == [sets[2]])
        }
    }

    @Test("the destination is a name, not a path")
    func destination() {
        let error = #expect(throws: MediaSetError.self) { try SetAttempts(folder: "/nowhere", destination: "../x") }
        #expect(error?.code == .invalidName)
    }
}
