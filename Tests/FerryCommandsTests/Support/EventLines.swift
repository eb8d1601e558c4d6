import FerryTestSupport
import Foundation
import Testing

/// Events that a run has written, one JSON object per line.
struct EventLines: Sendable {
    /// One event, as far as tests look into it.
    struct Event: Decodable, Sendable {
        struct Wait: Decodable, Sendable {
            let subject: String
            let kind: String
        }

        struct Counts: Decodable, Sendable {
            let bytes: Int64
        }

        struct Outcome: Decodable, Sendable {
            let wanted: Int
            let verified: Int
            let failed: Int
        }

        let event: String
        let elapsed: Double
        let phase: String?
        let secondsLeft: Double?
        let done: Counts?
        let totals: Counts?
        let waiting: [Wait]?
        let host: String?
        let cause: String?
        let image: String?
        let digest: String?
        let source: String?
        let destination: String?
        let kind: String?
        let places: [String]?
        let exitCode: Int32?
        let outcome: Outcome?
        let error: String?
        let retries: Int?
    }

    /// The events, in order; lines of the log are left out.
    let events: [Event]

    /// Reads them from a text.
    init(_ text: String) throws {
        events = try text.split(separator: "\n").filter { $0.contains(#""event":"#) }
            .map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
    }

    /// The events of a kind.
    func named(_ name: String) -> [Event] { events.filter { $0.event == name } }

    /// The longest time between two lines.
    var longestGap: Double { zip(events, events.dropFirst()).map { $1.elapsed - $0.elapsed }.max() ?? 0 }
}

/// The schemas of what is written for programs.
enum EventSchema {
    /// Whether there is a Python that can judge by schemas.
    static func canValidate() async -> Bool { await pythonHas("jsonschema; jsonschema.Draft202012Validator") }

    /// Expects every line of a file to be described by the schemas; `isWhole` also that it is all of one run.
    static func validate(_ path: String, isWhole: Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws
    {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let script = root.appending(path: "scripts/validate-events.py").path
        let result = try await runPython([script] + (isWhole ? ["--whole"] : []) + [path])
        #expect(result.status == 0, "\(result)", sourceLocation: sourceLocation)
    }
}
