import Foundation
import OCIModel
import OpenSSLCrypto
import Testing

@testable import MediaSet

@Suite struct AuditLogTests {
    private func record(_ number: Int) -> AuditRecord {
        var record = AuditRecord(
            kind: .import,
            ferry: "1",
            time: "2026-11-21T02:17:00Z",
            user: nil,
            uid: 1000,
            host: "h"
        )
        record.target = "mirror.lab/\(number)"
        return record
    }

    /// A log of some lines; `body` gets them without line breaks.
    private func withLog(_ count: Int, _ body: (AuditLog, [String]) throws -> Void) async throws {
        try await withScratchFolder { folder in
            let log = AuditLog(path: "\(folder)/working-dir/audit.jsonl")
            for number in 0..<count { try log.append(record(number)) }
            try body(log, try text(log).split(separator: "\n").map(String.init))
        }
    }

    private func text(_ log: AuditLog) throws -> String { try String(contentsOfFile: log.path, encoding: .utf8) }

    private func write(_ lines: [String], _ log: AuditLog) throws {
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: log.path))
    }

    private func hash(_ line: String) throws -> Digest { try ContentHasher.digest(of: line.utf8) }

    @Test func aLogIsAChainThatAnybodyCanFollow() async throws {
        try await withLog(3) { log, lines in
            let chain = try log.verify()
            #expect(chain.problem == nil && chain.lines == 3 && chain.tornLines.isEmpty)
            #expect(try chain.head == hash(lines[2]))
            let objects = try lines.map { try JSONDecoder().decode(AuditRecord.self, from: Data($0.utf8)) }
            #expect(objects.map(\.number) == [1, 2, 3])
            #expect(try objects.map(\.previous) == [nil, hash(lines[0]), hash(lines[1])])
            #expect(objects[1].target == "mirror.lab/1" && objects[1].after == nil)
            let added = try log.append(record(4))
            #expect(try log.verify().head == added)
        }
    }

    /// What is done to a log of five lines, the first line at fault and what is said of it.
    static let tampering: [(String, @Sendable ([String]) -> [String], Int, AuditChain.Damage)] = [
        ("first changed", { edit($0, 0) }, 1, .changed), ("middle changed", { edit($0, 2) }, 3, .changed),
        ("last but one changed", { edit($0, 3) }, 4, .changed),
        ("two changed", { edit(edit($0, 1), 3) }, 2, .changed),
        ("number changed", { swap($0, 2, "\"number\":3", "\"number\":7") }, 3, .changed),
        ("link changed", { swap($0, 2, "\"previous\":\"sha256:", "\"previous\":\"sha512:") }, 3, .changed),
        ("link to another", { lines in swap(lines, 2, link(lines[2]), link(lines[1])) }, 3, .changed),
        ("garbage", { lines in with(lines, 2, "not a record") }, 3, .changed),
        ("emptied", { lines in with(lines, 2, "") }, 3, .changed),
        ("a line far too long", { lines in with(lines, 2, String(repeating: "x", count: 200_000)) }, 3, .changed),
        ("last is garbage", { lines in with(lines, 4, "{}") }, 5, .changed),
        ("first removed", { Array($0.dropFirst()) }, 1, .removed),
        ("middle removed", { Array($0[0...1] + $0[3...4]) }, 3, .removed),
        ("two removed", { Array($0[0...0] + $0[3...4]) }, 2, .removed),
        ("one repeated", { Array($0[0...2] + $0[2...4]) }, 4, .inserted),
        (
            "a foreign one put in",
            { lines in Array(lines[0...1] + [forged(after: lines[1], number: 3)] + lines[2...4]) }, 4, .inserted
        ),
        ("garbage put in", { Array($0[0...1] + ["hello"] + $0[2...4]) }, 3, .changed),
        ("two swapped", { [$0[0], $0[2], $0[1], $0[3], $0[4]] }, 2, .reordered),
        ("last moved to the front", { [$0[4]] + $0[0...3] }, 1, .reordered),
        ("first moved to the end", { Array($0[1...4]) + [$0[0]] }, 1, .reordered),
    ]

    @Test(arguments: tampering.indices) func tamperingIsFound(index: Int) async throws {
        let (name, change, line, damage) = Self.tampering[index]
        try await withLog(5) { log, lines in
            try write(change(lines), log)
            let chain = try log.verify(expecting: try hash(lines[4]))
            #expect(chain.problem?.damage == damage, "\(name): \(String(describing: chain.problem))")
            #expect(chain.problem?.line == line, "\(name): \(String(describing: chain.problem))")
            #expect(!chain.isExpectedHeadMet || name.contains("last"))
        }
    }

    @Test func whatIsCutOffAtTheEndOnlyTheNotedHashShows() async throws {
        try await withLog(5) { log, lines in
            let head = try #require(try log.verify().head)
            #expect(try log.verify(expecting: head).isExpectedHeadMet)
            #expect(try log.verify(expecting: try hash(lines[1])).isExpectedHeadMet, "the log has grown since")
            try write(Array(lines.prefix(4)), log)
            #expect(try log.verify().problem == nil)
            #expect(try !log.verify(expecting: head).isExpectedHeadMet)
            // The last line changed, too: nothing follows that would show it.
            try write(Self.edit(lines, 4), log)
            #expect(try log.verify().problem == nil)
            #expect(try !log.verify(expecting: head).isExpectedHeadMet)
        }
    }

    @Test(arguments: [1, 20, 200]) func aTornLineStaysAndIsMentioned(kept: Int) async throws {
        try await withLog(3) { log, lines in
            let torn = String(lines[2].prefix(kept))
            try Data((lines[0] + "\n" + lines[1] + "\n" + torn).utf8).write(to: URL(filePath: log.path))
            #expect(try log.verify().problem?.damage == .torn)
            #expect(try log.verify().problem?.line == 3)
            try log.append(record(9))
            let after = try text(log)
            #expect(after.hasPrefix(lines[0] + "\n" + lines[1] + "\n" + torn + "\n"))
            #expect(after.contains("torn line of \(torn.utf8.count) bytes"))
            let chain = try log.verify()
            #expect(chain.problem == nil && chain.lines == 4)
            #expect(chain.tornLines == [3])
            try log.append(record(10))
            #expect(try log.verify().problem == nil)
            // What is torn is part of the chain like any other line.
            var changed = try text(log).split(separator: "\n").map(String.init)
            changed[2] += "x"
            try write(changed, log)
            #expect(try log.verify().problem?.line == 3)
        }
    }

    @Test func aTextFromElsewhereMakesNoLineThatCannotBeRead() async throws {
        try await withLog(1) { log, _ in
            var failed = record(2)
            // One character, as Swift counts.
            failed.fail("e" + String(repeating: "\u{301}", count: 100_000), exitCode: 1)
            try log.append(failed)
            try log.append(record(3))
            let chain = try log.verify()
            #expect(chain.problem == nil && chain.lines == 3)
        }
    }

    @Test func aWholeLineWithoutItsBreakIsNoLoss() async throws {
        try await withLog(2) { log, lines in
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: log.path))
            #expect(try log.verify().problem?.damage == .torn)
            try log.append(record(3))
            let chain = try log.verify()
            #expect(chain.problem == nil && chain.lines == 3)
        }
    }

    @Test func manyWritersMakeOneChain() async throws {
        try await withScratchFolder { folder in
            let log = AuditLog(path: "\(folder)/audit.jsonl")
            let records = (0..<12).map(record)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for record in records { group.addTask { try log.append(record) } }
                try await group.waitForAll()
            }
            let chain = try log.verify()
            #expect(chain.problem == nil && chain.lines == 12)
        }
    }

    @Test func aLogThatSomebodyHoldsIsNotWaitedForWithoutEnd() async throws {
        try await withLog(1) { log, _ in
            let holder = try MediaFile(log.path, .append)
            #expect(try holder.tryLock() == true)
            let error = #expect(throws: MediaSetError.self) { try log.append(record(2), patience: 0) }
            #expect(error?.code == .logInUse)
            withExtendedLifetime(holder) {}
        }
    }

    @Test func longReasonsAreCut() throws {
        var record = record(1)
        record.fail(String(repeating: "ü\n", count: 100_000), exitCode: 1)
        #expect(try DocumentCoding.compact(record).count < AuditLine.maximumBytes)
    }

    // What the table above does with lines.

    private static func edit(_ lines: [String], _ index: Int) -> [String] {
        swap(lines, index, "mirror.lab", "mirror.bal")
    }

    private static func swap(_ lines: [String], _ index: Int, _ old: String, _ new: String) -> [String] {
        with(lines, index, lines[index].replacingOccurrences(of: old, with: new))
    }

    private static func with(_ lines: [String], _ index: Int, _ line: String) -> [String] {
        var lines = lines
        lines[index] = line
        return lines
    }

    private static func link(_ line: String) -> String {
        let start = line.range(of: "\"previous\":\"")
        return start.map { String(line[$0.upperBound...].prefix(71)) } ?? ""
    }

    /// A record that is linked as it must be.
    private static func forged(after line: String, number: Int) -> String {
        let previous = (try? ContentHasher.digest(of: line.utf8)).map { "\($0)" } ?? ""  // "" fails the test
        return "{\"number\":\(number),\"previous\":\"\(previous)\"}"
    }
}
