import Foundation
import Testing

@testable import TerminalProgress

@Suite("JSON progress")
struct JSONProgressTests {
    @Test("A whole phase, line by line")
    func wholePhase() {
        let bench = Bench(.json)
        bench.reporter.report(.phaseStarted(title: "Copying"))
        bench.clock.advance(.milliseconds(1_234))
        bench.reporter.report(.totals(ProgressTotals(images: 1, blobs: 2, bytes: 3_000)))
        let meter = bench.reporter.startBlob(TransferDescription(name: "a/b", size: 1_000))
        meter.advance(by: 400)
        bench.pass(.seconds(5))
        meter.finish()
        bench.reporter.report(.retry(RetryNotice(host: "quay.io", reason: "\"503\"\n", cause: "status 503")))
        bench.reporter.report(.imageFailed(name: "i", reason: "r"))
        bench.reporter.report(.imageFinished(name: "j"))
        bench.reporter.message("done")
        bench.reporter.report(.phaseEnded)
        #expect(
            bench.lines() == [
                #"{"elapsed":0,"event":"phase-started","phase":"Copying"}"#,
                #"{"active":[],"bytesPerSecond":0,"done":{"blobs":0,"bytes":0,"images":0},"elapsed":1.234,"#
                    + #""event":"progress","failedImages":0,"movedBytes":0,"phase":"Copying","phaseElapsed":1.234,"#
                    + #""retries":0,"totals":{"blobs":2,"bytes":3000,"images":1},"waiting":[]}"#,
                #"{"elapsed":1.234,"event":"blob-started","name":"a/b","size":1000}"#,
                #"{"active":[{"done":400,"idle":4,"name":"a/b","size":1000}],"bytesPerSecond":64,"#
                    + #""done":{"blobs":0,"bytes":400,"images":0},"elapsed":6.234,"event":"progress","#
                    + #""failedImages":0,"movedBytes":400,"phase":"Copying","phaseElapsed":6.234,"retries":0,"#
                    + #""secondsLeft":41,"totals":{"blobs":2,"bytes":3000,"images":1},"waiting":[]}"#,
                #"{"elapsed":6.234,"event":"blob-finished","name":"a/b","seconds":5,"size":1000}"#,
                #"{"attempt":1,"cause":"status 503","delay":0,"elapsed":6.234,"event":"retry","host":"quay.io","#
                    + #""reason":"\"503\"\n"}"#,
                #"{"elapsed":6.234,"event":"image-failed","name":"i","reason":"r"}"#,
                #"{"elapsed":6.234,"event":"image-finished","name":"j"}"#,
                #"{"elapsed":6.234,"event":"message","text":"done"}"#,
                #"{"bytesPerSecond":64,"done":{"blobs":1,"bytes":1000,"images":1},"elapsed":6.234,"#
                    + #""event":"phase-ended","failedImages":1,"movedBytes":400,"phase":"Copying","#
                    + #""phaseElapsed":6.234,"retries":1,"totals":{"blobs":2,"bytes":3000,"images":1}}"#,
            ]
        )
    }

    @Test("Every line is one object that any reader takes, and no silence is longer than ten seconds")
    func parses() throws {
        let bench = Bench(.json)
        bench.reporter.report(.phaseStarted(title: "P\u{1b}\n\"\\\u{2028}"))
        for _ in 0..<20 {
            bench.pass(.seconds(10))
            let lines = bench.lines()
            #expect(!lines.isEmpty)
            for line in lines {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(object?["event"] is String)
                #expect(object?["elapsed"] is NSNumber)
            }
        }
    }
}
