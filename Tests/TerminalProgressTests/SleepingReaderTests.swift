import Foundation
import Synchronization
import Testing

@testable import TerminalProgress

@Suite("A reader who takes nothing")
struct SleepingReaderTests {
    /// A pipe that is closed at the end.
    private func withPipe(_ body: (_ reader: Int32, _ writer: Int32) async throws -> Void) async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        try await body(ends[0], ends[1])
    }

    @Test(
        "a reader who takes nothing holds nobody up for ever, and costs the lines beyond a mebibyte",
        .timeLimit(.minutes(5))
    )
    func sleepingReader() async throws {
        try await withPipe { reader, writer in
            let output = DescriptorOutput(descriptor: writer)
            let line = String(repeating: "x", count: 999) + "\n"
            for _ in 0..<3_000 { output.write(line) }
            // Nobody reads before it returns: were it to wait for the reader, the test would never end.
            await output.drain()
            // It wakes up: the rest comes, and how much is missing.
            var text = ""
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while !text.contains("left out") {
                let count = read(reader, &buffer, buffer.count)
                guard count > 0 else { break }
                text += String(decoding: buffer.prefix(count), as: UTF8.self)
            }
            #expect(text.hasSuffix(" lines of output left out)\n"))
        }
    }

    @Test("a descriptor that takes nothing any more is told of once")
    func failing() async throws {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let codes = Mutex<[Int32]>([])
        let output = DescriptorOutput(descriptor: full) { _ in
            ""
        } failed: { code in
            codes.withLock { $0.append(code) }
        }
        for _ in 0..<10 {
            output.write("line\n")
            await output.drain()
        }
        #expect(codes.withLock { $0 } == [ENOSPC])
    }
}
