import SeededRandom
import Testing

@testable import TerminalProgress

@Suite("The bar")
struct BarProgressTests {
    @Test("The total line and the transfers are drawn in place and taken away at the end")
    func drawing() async {
        let bench = Bench(.bar, size: TerminalSize(columns: 100, rows: 30))
        var screen = Screen(columns: 100)
        bench.reporter.report(.phaseStarted(title: "Copying"))
        bench.reporter.report(.totals(ProgressTotals(images: 4, bytes: 1_000_000_000)))
        let meters = [
            bench.reporter.startBlob(TransferDescription(name: "etcd", size: 200_000_000)),
            bench.reporter.startBlob(TransferDescription(name: "kube-proxy", size: 61_000_000)),
        ]
        bench.pass(.seconds(10)) {
            meters[0].advance(by: 1_000_000)
            meters[1].advance(by: 500_000)
        }
        screen.feed(bench.output.take())
        #expect(
            screen.lines == [
                "Copying  [==>             ]  15%  150 MB of 1.00 GB  15.0 MB/s  56s left  images 0 of 4  10s so far",
                "  etcd        100 MB of 200 MB",
                "  kube-proxy  50.0 MB of 61.0 MB",
            ]
        )
        bench.reporter.message("a message")
        bench.reporter.write(line: "a line of the log")
        meters[1].finish()
        bench.pass(.milliseconds(100))
        screen.feed(bench.output.take())
        #expect(screen.lines.prefix(2) == ["a message", "a line of the log"])
        #expect(screen.lines.count == 4)
        bench.reporter.report(.phaseEnded)
        await bench.reporter.close()
        screen.feed(bench.output.take())
        #expect(
            screen.lines == [
                "a message", "a line of the log",
                "Copying: done in 10s: images 0 of 4, blobs 1, 161 MB (150 MB moved, at 14.9 MB/s)",
            ]
        )
        #expect(!screen.isFaulty)
    }

    @Test("It is drawn at most ten times a second, also in a burst of lines")
    func rate() {
        let bench = Bench(.bar, size: TerminalSize(columns: 80, rows: 24))
        bench.reporter.report(.phaseStarted(title: "Copying"))
        _ = bench.output.take()
        for _ in 0..<1_000 {
            bench.clock.advance(.milliseconds(1))
            bench.reporter.message("line")
            bench.reporter.tick()
        }
        let drawings = bench.output.take().split(separator: "\n").filter { $0.contains("so far") }
        #expect((9...10).contains(drawings.count))
    }

    @Test("It fits any terminal", arguments: [1, 2, 3, 5, 8, 13, 20, 40, 79, 80, 200])
    func widths(columns: Int) {
        let snapshot = ProgressSnapshot(
            elapsed: .seconds(1_000),
            phase: "Copying images 日本",
            phaseElapsed: .seconds(900),
            totals: ProgressTotals(images: 191, blobs: 588, bytes: 1_740_000_000),
            done: ProgressTotals(images: 12, blobs: 40, bytes: 800_000_000),
            failedImages: 2,
            retries: 7,
            bytesPerSecond: 52.1e6,
            timeLeft: .seconds(62),
            active: (0..<20).map { .init(name: "some/long/repository-\($0)", size: 5_000, done: 50) },
            fraction: 0.46
        )
        for rows in 1...12 {
            let lines = BarRenderer.lines(snapshot, TerminalSize(columns: columns, rows: rows))
            #expect(lines.allSatisfy { LineText.width($0) < columns || $0.isEmpty })
            #expect(lines.count <= max(1, rows - 1))
        }
        let lines = BarRenderer.lines(snapshot, TerminalSize(columns: columns, rows: 50))
        #expect(lines.count == 10)
        #expect(columns < 80 || lines.last == "  and 12 more")
    }

    @Test("A terminal that becomes narrower leaves no rubbish behind")
    func resizing() async {
        let bench = Bench(.bar, size: TerminalSize(columns: 90, rows: 24))
        bench.reporter.report(.phaseStarted(title: "Copying"))
        bench.reporter.report(.totals(ProgressTotals(images: 4, blobs: 9, bytes: 1_000_000_000)))
        bench.pass(.seconds(2))
        var wide = Screen(columns: 90)
        wide.feed(bench.output.take())
        // A terminal reflows what it shows.
        var narrow = Screen(columns: 30)
        narrow.feed(wide.lines.joined(separator: "\n") + "\n")
        #expect(narrow.lines.count > 1)
        bench.output.resize(columns: 30, rows: 24)
        bench.pass(.milliseconds(100))
        narrow.feed(bench.output.take())
        #expect(narrow.lines.count == 1)
        await bench.reporter.close()
        narrow.feed(bench.output.take())
        #expect(narrow.lines.isEmpty)
        #expect(!narrow.isFaulty)
    }

    @Test("While a question is asked, nothing is drawn, but lines are written")
    func pausing() {
        let bench = Bench(.bar, size: TerminalSize(columns: 80, rows: 24))
        bench.reporter.report(.phaseStarted(title: "Copying"))
        bench.reporter.pause()
        var screen = Screen(columns: 80)
        screen.feed(bench.output.take())
        #expect(screen.lines.isEmpty)
        bench.pass(.seconds(1))
        #expect(bench.output.take().isEmpty)
        bench.reporter.message("line")
        screen.feed(bench.output.take())
        #expect(screen.lines == ["line"])
        bench.reporter.resume()
        bench.pass(.milliseconds(100))
        screen.feed(bench.output.take())
        #expect(screen.lines.count == 2)
    }

    @Test("A slow terminal gets fewer drawings, and the next one is right")
    func busy() {
        let bench = Bench(.bar, size: TerminalSize(columns: 80, rows: 24))
        bench.reporter.report(.phaseStarted(title: "Copying"))
        var screen = Screen(columns: 80)
        screen.feed(bench.output.take())
        bench.output.setBusy(true)
        bench.pass(.seconds(1))
        #expect(bench.output.take().isEmpty)
        bench.output.setBusy(false)
        bench.pass(.milliseconds(100))
        screen.feed(bench.output.take())
        #expect(screen.lines == ["Copying  1s so far"])
    }

    @Test("Whatever happens, the screen shows the lines and one bar below them", arguments: 0..<40)
    func random(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        let columns = Int.random(in: 10...90, using: &generator)
        let bench = Bench(.bar, size: TerminalSize(columns: columns, rows: Int.random(in: 1...20, using: &generator)))
        var screen = Screen(columns: columns)
        var meters: [TransferMeter] = []
        var written: [String] = []
        bench.reporter.report(.phaseStarted(title: "P"))
        for step in 0..<200 {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0:
                meters.append(bench.reporter.startBlob(TransferDescription(name: "blob\u{1b}[A\(step)", size: 1_000)))
            case 1: meters.randomElement(using: &generator)?.finish()
            case 2: meters.randomElement(using: &generator)?.abandon()
            case 3: meters.randomElement(using: &generator)?.advance(by: 100)
            case 4:
                written.append("line \(step)")
                bench.reporter.message("line \(step)")
            default: bench.pass(.milliseconds(100))
            }
            screen.feed(bench.output.take())
            #expect(Array(screen.lines.prefix(written.count)) == written)
        }
        await bench.reporter.close()
        screen.feed(bench.output.take())
        #expect(screen.lines == written)
        #expect(!screen.isFaulty)
    }
}
