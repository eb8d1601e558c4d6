import Foundation

/// One line of JSON; a member that is nil is left out.
struct EventObject: Encodable {
    struct Transfer: Encodable {
        let name: String
        let size: Int64
        let done: Int64
        let idle: Double
    }

    struct Wait: Encodable {
        let subject: String
        let kind: String
        let seconds: Double
        var until: String?
        var cause: String?
        var requests: Int?
    }

    var event: String
    var elapsed: Double
    var time: String?
    var run: String?
    var version: String?
    var command: String?
    var kind: String?
    var places: [String]?
    var arguments: [String]?
    var exitCode: Int32?
    var outcome: RunOutcome.Images?
    var bytes: Int64?
    var error: String?
    var phase: String?
    var phaseElapsed: Double?
    var done: ProgressTotals?
    var totals: ProgressTotals?
    var movedBytes: Int64?
    var failedImages: Int?
    var retries: Int?
    var bytesPerSecond: Double?
    var secondsLeft: Double?
    var active: [Transfer]?
    var waiting: [Wait]?
    var name: String?
    var size: Int64?
    var digest: String?
    var image: String?
    var source: String?
    var destination: String?
    var seconds: Double?
    var host: String?
    var cause: String?
    var attempt: Int?
    var delay: Double?
    var until: String?
    var requests: Int64?
    var bytesReceived: Int64?
    var bytesSent: Int64?
    var causes: [String: Int]?
    var waitedSeconds: Double?
    var reason: String?
    var text: String?

    init(_ event: String, _ snapshot: ProgressSnapshot) {
        self.event = event
        elapsed = Self.seconds(snapshot.elapsed)
    }

    static func seconds(_ duration: Duration) -> Double { (duration / .milliseconds(1)).rounded() / 1_000 }

    /// The object and a line break; encoding fails only for numbers that are none, which do not occur.
    var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        } catch {
            return "{\"elapsed\":0,\"event\":\"message\",\"text\":\"an event could not be encoded\"}\n"
        }
    }
}
