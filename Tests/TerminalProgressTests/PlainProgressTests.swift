import Testing

@testable import TerminalProgress

@Suite("Plain progress")
struct PlainProgressTests {
    @Test("A whole phase, line by line")
    func wholePhase() {
        let bench = Bench(.plain)
        bench.reporter.report(.phaseStarted(title: "Copying images"))
        #expect(bench.lines() == ["Copying images"])
        bench.reporter.report(.totals(ProgressTotals(images: 191, blobs: 588, bytes: 1_740_000_000)))
        bench.reporter.report(.blobPresent(size: 40_000_000))
        let meter = bench.reporter.startBlob(TransferDescription(name: "etcd", size: 500_000_000))
        // The first byte comes at once.
        meter.advance(by: 0)
        bench.pass(.seconds(4)) { meter.advance(by: 10_000_000) }
        #expect(bench.lines().isEmpty)
        bench.pass(.seconds(1)) { meter.advance(by: 10_000_000) }
        #expect(
            bench.lines() == [
                "Copying images: 5%, 90.0 MB of 1.74 GB, 10.0 MB/s, 2m 45s left, images 0 of 191, blobs 1 of 588, "
                    + "5s so far"
            ]
        )
        meter.finish()
        bench.reporter.report(.imageFinished(name: "quay.io/a/b:1"))
        bench.reporter.report(.imageFailed(name: "quay.io/a/c:1", reason: "the registry\nsays 403"))
        bench.reporter.report(.phaseEnded)
        #expect(
            bench.lines() == [
                "Failed: quay.io/a/c:1: the registry says 403",
                "Copying images: done in 5.0s: images 1 of 191, blobs 2 of 588, 540 MB (50.0 MB moved, at 10.0 MB/s), 1 failed",
            ]
        )
    }

    @Test("No silence is longer than ten seconds, in any phase or none", arguments: [nil, "Planning"])
    func silence(phase: String?) {
        let bench = Bench(.plain)
        if let phase { bench.reporter.report(.phaseStarted(title: phase)) }
        _ = bench.lines()
        for _ in 0..<30 {
            bench.pass(.seconds(10))
            let lines = bench.lines()
            #expect((1...2).contains(lines.count))
            #expect(lines.allSatisfy { $0.hasPrefix(phase ?? "Working") })
        }
    }

    @Test("Retries are told, but not by the hundred")
    func retries() {
        let bench = Bench(.plain)
        bench.reporter.report(.phaseStarted(title: "Copying"))
        for _ in 0..<100 {
            bench.reporter.report(.retry(RetryNotice(host: "quay.io", reason: "503", cause: "status 503")))
        }
        #expect(bench.lines() == ["Copying", "Trying again: quay.io: 503"])
        bench.pass(.seconds(1))
        bench.reporter.report(.retry(RetryNotice(host: "quay.io", reason: "503", cause: "status 503")))
        #expect(bench.lines() == ["Trying again: quay.io: 503"])
        bench.reporter.report(.phaseEnded)
        #expect(bench.lines() == ["Copying: done in 1.0s: retries 101"])
    }

    @Test("A phase that begins ends the one before; an end without a phase says nothing")
    func implicitEnd() {
        let bench = Bench(.plain)
        bench.reporter.report(.phaseEnded)
        bench.reporter.report(.phaseStarted(title: "A"))
        bench.reporter.report(.phaseStarted(title: "B"))
        #expect(bench.lines() == ["A", "A: done in 0.0s", "B"])
    }

    @Test("There are no control codes, whatever comes in")
    func noCodes() {
        let bench = Bench(.plain)
        bench.reporter.report(.phaseStarted(title: "\u{1b}[31mred"))
        bench.reporter.report(.imageFailed(name: "\u{1b}c", reason: "\r\u{9b}2J"))
        bench.reporter.report(.retry(RetryNotice(host: "\u{1b}", reason: "\u{8}", cause: "status 503")))
        bench.reporter.message("\u{1b}]0;title\u{7}")
        bench.pass(.seconds(20))
        bench.reporter.report(.phaseEnded)
        let scalars = bench.output.take().unicodeScalars
        #expect(scalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }

    @Test("Mode none writes messages and log lines only")
    func none() {
        let bench = Bench(.none)
        #expect(bench.reporter.interval == nil)
        bench.reporter.report(.phaseStarted(title: "A"))
        bench.reporter.message("hello")
        bench.reporter.write(line: "log line")
        bench.reporter.report(.imageFailed(name: "a", reason: "b"))
        bench.pass(.seconds(20))
        bench.reporter.report(.phaseEnded)
        #expect(bench.lines() == ["hello", "log line"])
    }

    @Test(
        "Auto is a bar on a terminal that can move its cursor, else plain",
        arguments: [
            (true, "xterm-256color", ProgressMode.bar), (true, nil, .bar), (true, "dumb", .plain),
            (false, "xterm", .plain),
        ] as [(Bool, String?, ProgressMode)]
    )
    func auto(isTerminal: Bool, terminalType: String?, mode: ProgressMode) {
        #expect(ProgressMode.auto.resolved(isTerminal: isTerminal, terminalType: terminalType) == mode)
        #expect(ProgressMode.json.resolved(isTerminal: isTerminal, terminalType: terminalType) == .json)
    }
}
