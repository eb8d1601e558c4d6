import Foundation
import Testing

@testable import TerminalProgress

@Suite("What a run waits for")
struct WaitTests {
    private func notice(_ host: String, _ seconds: Double, _ pause: RetryNotice.Pause = .backOff) -> RetryNotice {
        RetryNotice(
            host: host,
            reason: "GET https://\(host)/v2/ was answered with status 429",
            cause: "status 429",
            attempt: 2,
            delay: .seconds(seconds),
            pause: pause,
            image: "quay.io/a/b:1"
        )
    }

    /// The text of a time of day, in the zone of this machine.
    private func time(_ seconds: Double) -> String {
        ClockText.time(Date(timeIntervalSince1970: 1_795_248_923 + seconds))
    }

    @Test("a pause that a host asked for is told at once and in every line, with its end")
    func pause() {
        let bench = Bench(.plain)
        bench.reporter.report(.phaseStarted(title: "Planning"))
        bench.reporter.report(.retry(notice("quay.io", 45, .asked)))
        bench.pass(.seconds(5))
        #expect(
            bench.lines() == [
                "Planning",
                "Trying again: quay.io for quay.io/a/b:1: GET https://quay.io/v2/ was answered with status 429; "
                    + "quay.io asked to wait 45s, until \(time(45))",
                "Planning: retries 1, 5s so far, waiting for quay.io until \(time(45)) "
                    + "(it asked for that, with status 429)",
            ]
        )
        bench.pass(.seconds(60))
        #expect(bench.lines().last == "Planning: retries 1, 1m 05s so far")
    }

    @Test("a long back-off says when it goes on; a short one is not worth it")
    func backOff() {
        let bench = Bench(.plain)
        bench.reporter.report(.retry(notice("quay.io", 20)))
        bench.clock.advance(.seconds(2))
        bench.reporter.report(.retry(notice("quay.io", 0.5)))
        bench.pass(.seconds(5))
        let lines = bench.lines()
        #expect(lines[0].hasPrefix("Trying again in 20s, at \(time(20)): quay.io for quay.io/a/b:1: GET"))
        #expect(lines[1].hasPrefix("Trying again: quay.io"))
        #expect(lines[2].hasSuffix("waiting for quay.io until \(time(20)) (after status 429)"))
    }

    @Test("a host that owes an answer is named when nothing moves, and not before")
    func answer() {
        let bench = Bench(.plain)
        bench.reporter.report(.phaseStarted(title: "Planning"))
        bench.reporter.report(.requestSent(host: "quay.io"))
        bench.reporter.report(.requestSent(host: "quay.io"))
        bench.pass(.seconds(10))
        #expect(bench.lines().last?.hasSuffix("waiting for quay.io, which has not answered 2 requests for 10s") == true)
        bench.reporter.report(.requestEnded(host: "quay.io"))
        bench.pass(.seconds(5))
        #expect(bench.lines().last?.hasSuffix("which has not answered a request for 5s") == true)
        bench.reporter.report(.requestEnded(host: "quay.io"))
        bench.pass(.seconds(20))
        #expect(bench.lines().allSatisfy { !$0.contains("waiting") })
    }

    @Test("a transfer that stalls is named, with where it comes from")
    func stall() {
        let bench = Bench(.plain)
        bench.reporter.report(.phaseStarted(title: "Moving"))
        bench.reporter.report(.totals(ProgressTotals(images: 1, blobs: 2, bytes: 1_000)))
        let meter = bench.reporter.startBlob(TransferDescription(name: "etcd:v1", size: 900, source: "quay.io"))
        // A request whose body is being sent is owed an answer all the time; that is no news while bytes move.
        bench.reporter.report(.requestSent(host: "target.example"))
        bench.pass(.seconds(10)) { meter.advance(by: 10) }
        #expect(bench.lines().allSatisfy { !$0.contains("waiting") && !$0.contains("no bytes") })
        bench.pass(.seconds(12))
        #expect(bench.lines().last?.contains("no bytes of etcd:v1 (quay.io) for ") == true)
        meter.advance(by: 10)
        bench.pass(.seconds(5))
        #expect(bench.lines().allSatisfy { !$0.contains("no bytes") })
    }

    @Test("anything else that takes long is named")
    func other() async throws {
        let bench = Bench(.plain)
        await bench.reporter.waiting(for: "the credential helper docker-credential-x") {
            bench.pass(.seconds(5))
            #expect(
                bench.lines() == ["Working: 5s so far, waiting for the credential helper docker-credential-x for 5s"]
            )
        }
        bench.pass(.seconds(5))
        #expect(bench.lines() == ["Working: 10s so far"])
    }

    @Test("the bar has a line for it, and JSON an event and a list")
    func otherForms() throws {
        let bar = Bench(.bar, size: TerminalSize(columns: 100, rows: 20))
        bar.reporter.report(.phaseStarted(title: "Planning"))
        bar.reporter.report(.retry(notice("quay.io", 45, .asked)))
        bar.pass(.seconds(1))
        var screen = Screen(columns: 100)
        screen.feed(bar.output.take())
        #expect(screen.lines.last == "  waiting for quay.io until \(time(45)) (it asked for that, with status 429)")

        let json = Bench(.json)
        json.reporter.report(.retry(notice("quay.io", 45, .rateLimit)))
        json.pass(.seconds(5))
        let lines = json.lines()
        #expect(
            lines[0]
                == #"{"attempt":2,"cause":"status 429","delay":45,"elapsed":0,"event":"retry","host":"quay.io","#
                + #""image":"quay.io/a/b:1","reason":"GET https://quay.io/v2/ was answered with status 429"}"#
        )
        #expect(
            lines[1]
                == #"{"cause":"status 429","elapsed":0,"event":"waiting","host":"quay.io","kind":"rate-limit","#
                + #""seconds":45,"until":"2026-11-21T08:16:08.000Z"}"#
        )
        #expect(
            lines[2].contains(
                #""waiting":[{"cause":"status 429","kind":"rate-limit","seconds":5,"subject":"quay.io","#
                    + #""until":"2026-11-21T08:16:08.000Z"}]"#
            )
        )
    }

    @Test(
        "no silence is longer than ten seconds, whatever is waited for, in any form",
        arguments: [ProgressMode.plain, .json, .bar],
        [Duration.milliseconds(100), .seconds(5), .seconds(10)]
    )
    func silence(mode: ProgressMode, silence: Duration) {
        let bench = Bench(mode, size: TerminalSize(columns: 80, rows: 20), silence: silence)
        bench.reporter.report(.phaseStarted(title: "Moving"))
        _ = bench.reporter.startBlob(TransferDescription(name: "a", size: 1_000))
        bench.reporter.report(.retry(notice("quay.io", 900, .asked)))
        _ = bench.lines()
        for _ in 0..<100 {
            bench.pass(.seconds(10))
            #expect(!bench.lines().isEmpty)
        }
    }
}
