import Foundation

/// Writes one JSON object per line, keys sorted, for programs that follow a run.
///
/// Every object has `event` and `elapsed` (seconds since the start, to the millisecond). New members and events may be
/// added; readers skip what they do not know. Sizes are in bytes.
///
/// | event | further members |
/// |---|---|
/// | `phase-started` | `phase` |
/// | `phase-ended` | as `progress`, without `active` and `secondsLeft` |
/// | `progress` | `phase`, `phaseElapsed`, `done` and `totals` (`images`, `blobs`, `bytes`), `failedImages`, `retries`, `bytesPerSecond`, `secondsLeft` (both only when known), `active` (list of `name`, `size`, `done`) |
/// | `blob-started`, `blob-finished`, `blob-abandoned` | `name`, `size` |
/// | `image-finished` | `name` |
/// | `image-failed` | `name`, `reason` |
/// | `retry` | `name`, `reason` |
/// | `message` | `text` |
///
/// `progress` comes when totals become known and at least every five seconds.
struct JSONRenderer: ProgressRenderer {
    private static let longestSilence = Duration.seconds(5)

    let interval: Duration? = .seconds(1)
    private var lastProgress = Duration.zero

    mutating func render(
        _ event: ProgressEvent,
        transfer: (name: String, size: Int64)?,
        _ snapshot: ProgressSnapshot,
        _ size: TerminalSize?
    ) -> String {
        var object = Object(event: "", elapsed: Self.seconds(snapshot.elapsed))
        switch event {
        case .phaseStarted(let title):
            object.event = "phase-started"
            object.phase = title
        case .phaseEnded:
            object = Self.progress(snapshot)
            object.event = "phase-ended"
            object.active = nil
            object.secondsLeft = nil
        case .totals:
            lastProgress = snapshot.elapsed
            object = Self.progress(snapshot)
        case .blobStarted: object.describe("blob-started", transfer)
        case .blobFinished: object.describe("blob-finished", transfer)
        case .blobAbandoned: object.describe("blob-abandoned", transfer)
        case .imageFinished(let name):
            object.event = "image-finished"
            object.name = name
        case .imageFailed(let name, let reason):
            object.event = "image-failed"
            object.name = name
            object.reason = reason
        case .retry(let subject, let reason):
            object.event = "retry"
            object.name = subject
            object.reason = reason
        case .message(let text):
            object.event = "message"
            object.text = text
        case .blobAdvanced, .blobPresent: return ""
        }
        return object.line
    }

    mutating func render(line: String, _ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String { line + "\n" }

    mutating func tick(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String {
        guard snapshot.elapsed - lastProgress >= Self.longestSilence else { return "" }
        lastProgress = snapshot.elapsed
        return Self.progress(snapshot).line
    }

    private static func progress(_ snapshot: ProgressSnapshot) -> Object {
        var object = Object(event: "progress", elapsed: seconds(snapshot.elapsed))
        object.phase = snapshot.phase
        object.phaseElapsed = seconds(snapshot.phaseElapsed)
        object.done = Counts(snapshot.done)
        object.totals = Counts(snapshot.totals)
        object.failedImages = snapshot.failedImages
        object.retries = snapshot.retries
        object.bytesPerSecond = snapshot.bytesPerSecond.map { $0.rounded() }
        object.secondsLeft = snapshot.timeLeft.map { ($0 / .seconds(1)).rounded() }
        object.active = snapshot.active.map { Transfer(name: $0.name, size: $0.size, done: $0.done) }
        return object
    }

    private static func seconds(_ duration: Duration) -> Double { (duration / .milliseconds(1)).rounded() / 1_000 }
}

extension JSONRenderer {
    private struct Counts: Encodable {
        let images: Int
        let blobs: Int
        let bytes: Int64

        init(_ totals: ProgressTotals) {
            images = totals.images
            blobs = totals.blobs
            bytes = totals.bytes
        }
    }

    private struct Transfer: Encodable {
        let name: String
        let size: Int64
        let done: Int64
    }

    private struct Object: Encodable {
        var event: String
        var elapsed: Double
        var phase: String?
        var phaseElapsed: Double?
        var done: Counts?
        var totals: Counts?
        var failedImages: Int?
        var retries: Int?
        var bytesPerSecond: Double?
        var secondsLeft: Double?
        var active: [Transfer]?
        var name: String?
        var size: Int64?
        var reason: String?
        var text: String?

        mutating func describe(_ event: String, _ transfer: (name: String, size: Int64)?) {
            self.event = event
            name = transfer?.name
            size = transfer?.size
        }

        /// The object and a line break; encoding fails only for numbers that are none, which do not occur.
        var line: String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            do {
                return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
            } catch {
                return "{\"elapsed\":0,\"event\":\"unencodable\"}\n"
            }
        }
    }
}
