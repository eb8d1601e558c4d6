import FerryTestSupport
import Foundation
import ImageStorage
import Logging
import OCIModel
import RegistryClient
import Testing

@testable import FerryCommands

@Suite("The journal of uploads") struct UploadJournalFileTests {
    private let registry: RegistryName
    private let key: UploadKey
    private let other: UploadKey

    init() throws {
        registry = try RegistryName("[::1]:5000")
        let digest = try TestBlob([1]).descriptor.digest
        key = UploadKey(repository: try RepositoryPath("a/b"), digest: digest, size: 1_000)
        other = UploadKey(repository: try RepositoryPath("c"), digest: digest, size: 1_000)
    }

    private func open(_ folder: String) async throws -> UploadJournalFile {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        return try await UploadJournalFile.open(for: registry, in: folder + "/journal", logger: logger)
    }

    private func path(_ folder: String) -> String { folder + "/journal/uploads____1__5000.jsonl" }

    private func checkpoint(_ offset: Int64) -> HashCheckpoint { HashCheckpoint(offset: offset, state: [1, 2, 3]) }

    @Test("What one process writes another finds") func survives() async throws {
        try await withTemporaryFolder { folder in
            let first = try await open(folder)
            #expect(await first.find(key) == nil)
            #expect(!FileManager.default.fileExists(atPath: path(folder)))
            await first.begin(key, at: "http://h/u/1?s=/a")
            for offset in [100, 200, 300, 400, 500, 600] as [Int64] { await first.pass(checkpoint(offset), of: key) }
            await first.move(key, to: "http://h/u/1?s=/b")
            await first.begin(other, at: "http://h/u/2")
            let wanted = UploadRecord(
                location: "http://h/u/1?s=/b",
                checkpoints: [checkpoint(300), checkpoint(400), checkpoint(500), checkpoint(600)]
            )
            #expect(await first.find(key) == wanted)
            let mode = try FileManager.default.attributesOfItem(atPath: path(folder))[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let second = try await open(folder)
            #expect(await second.find(key) == wanted)
            #expect(await second.find(other) == UploadRecord(location: "http://h/u/2"))
            let text = try String(contentsOfFile: path(folder), encoding: .utf8)
            // Only what still counts: two sessions and four checkpoints.
            #expect(text.split(separator: "\n").count == 6)
            await second.forget(key)
            #expect(await (try open(folder)).find(key) == nil)
            await second.forget(other)
            #expect(!FileManager.default.fileExists(atPath: path(folder)))
        }
    }

    @Test("A new session, and a hash that was begun anew, make what was known void") func anew() async throws {
        try await withTemporaryFolder { folder in
            let journal = try await open(folder)
            await journal.begin(key, at: "http://h/1")
            for offset in [100, 200, 300, 150] as [Int64] { await journal.pass(checkpoint(offset), of: key) }
            #expect(await journal.find(key)?.checkpoints.map(\.offset) == [100, 150])
            await journal.begin(key, at: "http://h/2")
            #expect(await journal.find(key) == UploadRecord(location: "http://h/2"))
        }
    }

    @Test("Lines that are torn, garbage or absurd are left out") func garbage() async throws {
        try await withTemporaryFolder { folder in
            let journal = try await open(folder)
            await journal.begin(key, at: "http://h/1")
            await journal.pass(checkpoint(100), of: key)
            let good = try String(contentsOfFile: path(folder), encoding: .utf8)
            let line = { (rest: String) in
                #"{"repository":"a/b","digest":"\#(key.digest)","size":1000,\#(rest)}"# + "\n"
            }
            let bad =
                "\n\u{0}\u{1}\n{}\nnull\n" + line(#""offset":-5,"hash":"AQID""#) + line(#""offset":2000,"hash":"AQID""#)
                + line(#""offset":300,"hash":"\#(String(repeating: "AAAA", count: 200))""#) + line(#""offset":1e99"#)
                + line(#""session":"\#(String(repeating: "x", count: 20_000))""#)
                + #"{"repository":"../x","digest":"no","size":-1,"session":"http://h/9"}"# + "\n"
                + #"{"repository":"a/b","digest":"\#(key.digest)","size":1000,"done":true}"#
            try (bad + "\n" + good + bad).write(toFile: path(folder), atomically: true, encoding: .utf8)
            let record = await (try open(folder)).find(key)
            #expect(record == UploadRecord(location: "http://h/1", checkpoints: [checkpoint(100)]))
            #expect(try String(contentsOfFile: path(folder), encoding: .utf8) == good)
        }
    }

    @Test("A file too large to be one is not read") func tooLarge() async throws {
        try await withTemporaryFolder { folder in
            let journal = try await open(folder)
            await journal.begin(key, at: "http://h/1")
            let file = try #require(FileHandle(forUpdatingAtPath: path(folder)))
            try file.truncate(atOffset: 17 << 20)
            try file.close()
            #expect(await (try open(folder)).find(key) == nil)
        }
    }

    @Test("A folder that is taken away does not end uploads") func withoutFolder() async throws {
        try await withTemporaryFolder { folder in
            let journal = try await open(folder)
            await journal.begin(key, at: "http://h/1")
            try FileManager.default.removeItem(atPath: folder + "/journal")
            await journal.pass(checkpoint(100), of: key)
            #expect(await journal.find(key)?.checkpoints.count == 1)
            #expect(!FileManager.default.fileExists(atPath: folder + "/journal"))
        }
    }

    @Test("A long run does not make it too large to be read") func staysSmall() async throws {
        try await withTemporaryFolder { folder in
            let first = try await open(folder)
            await first.begin(key, at: "http://h/u/1")
            await first.pass(checkpoint(100), of: key)
            await first.begin(other, at: "http://h/u/2")
            let long = String(repeating: "s", count: 16_000)
            for number in 0..<1_200 { await first.move(other, to: "http://h/u/\(number)?\(long)") }
            let size = try FileManager.default.attributesOfItem(atPath: path(folder))[.size] as? Int
            #expect(try #require(size) < 9 << 20)
            let second = try await open(folder)
            #expect(await second.find(key)?.checkpoints == [checkpoint(100)])
            #expect(await second.find(other)?.location == "http://h/u/1199?\(long)")
        }
    }
}
