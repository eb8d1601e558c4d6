import Dispatch
import Foundation
import Testing

@testable import TerminalProgress

@Suite("The reporter")
struct ProgressReporterTests {
    @Test("Bytes counted from many threads are all there")
    func manyThreads() {
        let bench = Bench(.json)
        bench.reporter.report(.phaseStarted(title: "Copying"))
        let meters = (0..<4).map { bench.reporter.startBlob(TransferDescription(name: "\($0)", size: 1 << 40)) }
        DispatchQueue.concurrentPerform(iterations: 8) { index in
            for step in 0..<20_000 {
                meters[index % 4].advance(by: 3)
                if step % 1_000 == 0 { bench.reporter.tick() }
            }
        }
        _ = bench.lines()
        bench.reporter.report(.totals(ProgressTotals(bytes: 1 << 41)))
        #expect(bench.lines().first?.contains(#""bytes":480000,"#) == true)
    }

    @Test("A transfer that begins again counts from where it stands, and the sum waits for it")
    func movingBack() throws {
        let bench = Bench(.json)
        bench.reporter.report(.phaseStarted(title: "Copying"))
        let meter = bench.reporter.startBlob(TransferDescription(name: "a", size: 1_000))
        meter.advance(by: 700)
        bench.reporter.tick()
        meter.move(to: 100)
        meter.advance(by: 50)
        _ = bench.lines()
        bench.reporter.report(.totals(ProgressTotals(bytes: 1_000)))
        let line = try #require(bench.lines().first)
        #expect(line.contains(#""active":[{"done":150,"#))
        #expect(line.contains(#""done":{"blobs":0,"bytes":700,"images":0}"#))
    }

    @Test("A meter ends once, and not at all after its phase")
    func endsOnce() {
        let bench = Bench(.json)
        bench.reporter.report(.phaseStarted(title: "A"))
        let meter = bench.reporter.startBlob(TransferDescription(name: "a", size: 1_000))
        let late = bench.reporter.startBlob(TransferDescription(name: "b", size: 1_000))
        meter.finish()
        meter.finish()
        meter.abandon()
        bench.reporter.report(.phaseStarted(title: "B"))
        late.advance(by: 5)
        late.finish()
        let text = bench.output.take()
        #expect(text.split(separator: "blob-finished").count == 2)
        #expect(!text.contains("blob-abandoned"))
    }

    @Test("Each channel has its own form, and log lines go only where they are wanted")
    func channels() {
        let terminal = MemoryOutput()
        let file = MemoryOutput()
        let reporter = ProgressReporter(
            channels: [
                ProgressChannel(mode: .plain, output: terminal),
                ProgressChannel(mode: .json, output: file, takesLogLines: false),
            ],
            now: { .zero }
        )
        reporter.message("a")
        reporter.write(line: "b")
        #expect(terminal.take() == "a\nb\n")
        #expect(file.take() == #"{"elapsed":0,"event":"message","text":"a"}"# + "\n")
    }

    @Test("The scope returns the result, and leaves a clean terminal", arguments: ProgressMode.allCases)
    func scope(mode: ProgressMode) async throws {
        let output = MemoryOutput(size: TerminalSize(columns: 80, rows: 24))
        let result = try await withProgress([ProgressChannel(mode: mode, output: output)]) { reporter in
            reporter.report(.phaseStarted(title: "Copying"))
            return 7
        }
        #expect(result == 7)
        var screen = Screen(columns: 80)
        let text = output.take()
        if mode == .bar {
            screen.feed(text)
            #expect(!text.isEmpty)
            #expect(screen.lines.isEmpty)
        }
    }

    @Test("The scope throws what its body throws, and leaves a clean terminal")
    func failingScope() async throws {
        struct Failure: Error {}
        let output = MemoryOutput(size: TerminalSize(columns: 80, rows: 24))
        await #expect(throws: Failure.self) {
            try await withProgress([ProgressChannel(mode: .bar, output: output)]) { reporter in
                reporter.report(.phaseStarted(title: "Copying"))
                throw Failure()
            }
        }
        var screen = Screen(columns: 80)
        screen.feed(output.take())
        #expect(screen.lines.isEmpty)
    }
}

@Suite("Writing to a descriptor")
struct DescriptorOutputTests {
    /// The two ends of a pipe.
    private struct Ends {
        let reader: Int32
        let writer: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
            (reader, writer) = (ends[0], ends[1])
        }
    }

    private func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
    }

    @Test("Text arrives whole and in order")
    func order() async throws {
        let ends = try Ends()
        let output = DescriptorOutput(descriptor: ends.writer)
        #expect(!output.isTerminal)
        #expect(output.terminalSize == nil)
        let expected = (0..<2_000).map { "line \($0)\n" }
        for line in expected { output.write(line) }
        await output.drain()
        #expect(!output.isBusy)
        close(ends.writer)
        #expect(readAll(ends.reader) == expected.joined())
        close(ends.reader)
    }

    @Test("A reader that does not read holds nobody up, and is told what it missed")
    func slowReader() async throws {
        let ends = try Ends()
        let output = DescriptorOutput(descriptor: ends.writer)
        let line = String(repeating: "x", count: 1_023) + "\n"
        // Far more than a pipe and the buffer hold; every call returns.
        for _ in 0..<4_000 { output.write(line) }
        #expect(output.isBusy)
        async let text = Task.detached { readAll(ends.reader) }.value
        await output.drain()
        close(ends.writer)
        let lines = await text.split(separator: "\n")
        #expect(lines.count < 4_000)
        #expect(lines.contains { $0.hasSuffix("lines of output left out)") })
        close(ends.reader)
    }

    @Test("A closed reader ends the writing, not the program")
    func closedReader() async throws {
        signal(SIGPIPE, SIG_IGN)
        let ends = try Ends()
        close(ends.reader)
        let output = DescriptorOutput(descriptor: ends.writer)
        output.write("a\n")
        await output.drain()
        output.write("b\n")
        await output.drain()
        #expect(!output.isBusy)
        close(ends.writer)
    }
}
