import FerryTestSupport
import Foundation
import Logging
import Synchronization
import TerminalProgress
import Testing

@testable import FerryCommands

@Suite("Parts of the log file")
struct RunLogUnitTests {
    private let identity = RunIdentity(command: "mirror", kind: "mirror", places: [], words: ["ferry", "mirror"])

    @Test("names are sorted by time and taken by every file system")
    func names() {
        let name = RunLogFolder.fileName(start: Date(timeIntervalSince1970: 1_795_248_923), id: "3fa9c1d2")
        #expect(name == "ferry_2026-11-21T081523Z_3fa9c1d2.log")
        #expect(
            RunLogFolder.isFileName(name)
                && RunLogFolder.isFileName(RunLogFolder.fileName(start: Date(), id: identity.id))
        )
        for other in ["ferry_.log", "\(name).gz", "a\(name)", "ferry_2026-11-21T081523Z_3FA9C1D2.log", ""] {
            #expect(!RunLogFolder.isFileName(other))
        }
    }

    @Test("a log is cut at its limit with a note, and what matters is still written")
    func limit() async throws {
        try await withTemporaryFolder { folder in
            let log = RunLog(identity, format: .text, sizeLimit: 20_000) { _ in Issue.record("no warning is due") }
            await log.keep(in: WorkingDirectory(at: folder))
            for number in 0..<1_000 { log.note(.debug, "line \(number) " + String(repeating: "x", count: 50)) }
            log.note(.error, "the end")
            await log.close()
            let path = try #require(log.path)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect((15_000..<21_000).contains(text.utf8.count))
            #expect(text.components(separatedBy: "from here on it has only what matters most").count == 2)
            #expect(text.hasSuffix(" error    the end\n"))
        }
    }

    @Test("lines from before the file was there come first, lines below the level not at all")
    func early() async throws {
        try await withTemporaryFolder { folder in
            let log = RunLog(identity, format: .text) { _ in }
            log.note(.trace, "not wanted")
            log.note(.info, "early\nsecond line \u{1b}[2J", ["b": "2", "a": "1"])
            await log.keep(in: WorkingDirectory(at: folder))
            await log.keep(in: WorkingDirectory(at: folder))
            log.note(.info, "late")
            await log.close()
            let text = try String(contentsOfFile: try #require(log.path), encoding: .utf8)
            #expect(text.contains(" info     early\n    second line \u{FFFD}[2J a=1 b=2\n"))
            #expect(text.hasSuffix(" info     late\n") && !text.contains("not wanted"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/logs").count == 1)
        }
    }

    @Test("pauses that overlap count once, and one that is cut short not to its end")
    func tally() throws {
        let time = Mutex(Duration.zero)
        let tally = HostTally { time.withLock { $0 } }
        let image = "quay.io/a/b:1"
        tally.touch("quay.io")
        func notice(_ cause: String, _ delay: Int64, _ image: String? = nil) -> RetryNotice {
            RetryNotice(host: "quay.io", reason: "r", cause: cause, delay: .seconds(delay), image: image)
        }
        tally.note(notice("status 429", 10, image))
        time.withLock { $0 = .seconds(4) }
        tally.note(notice("status 429", 10, image))
        tally.note(notice("connectionClosed", 1, "quay.io/c:1"))
        time.withLock { $0 = .seconds(20) }
        tally.note(notice("status 429", 10))
        time.withLock { $0 = .seconds(25) }
        let summary = try #require(tally.summaries().first)
        #expect(summary.waited == .seconds(14 + 5))
        #expect(summary.retries == ["status 429": 3, "connectionClosed": 1])
        #expect(summary.worstImage == image && tally.retries == 4)
        #expect(
            summary.text
                == "quay.io: 0 requests in 20s, 4 retries (3 × status 429, 1 × connectionClosed), most of them for "
                + "quay.io/a/b:1, waited 19s for it"
        )
    }
}
