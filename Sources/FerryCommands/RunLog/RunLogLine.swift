import Foundation
import Logging
import TerminalProgress

/// One line of the log, on the screen or in a file.
struct RunLogLine: Sendable {
    /// When it was said.
    var date: Date
    /// How much it matters.
    var level: Logger.Level
    /// What is said; control characters that came from elsewhere are taken out when it is written.
    var message: String
    /// Further facts, by name.
    var facts: [String: String] = [:]

    /// The line as text: time, level, message, facts; lines after the first are indented.
    var text: String {
        let details = facts.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let level = level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        let text = PrintableText.of("\(ClockText.timestamp(date)) \(level) \(message)\(details)")
        return text.contains("\n") ? text.replacing("\n", with: "\n    ") : text
    }

    /// The line as a JSON object; `docs/log.schema.json` describes it.
    ///
    /// - Parameter run: the id of the run; nil leaves it out.
    /// - Returns: one line without its break.
    func json(run: String? = nil) -> String {
        // What the line itself says goes before facts of the same name.
        var fields = facts
        fields["time"] = ClockText.timestamp(date)
        fields["level"] = level.rawValue
        fields["message"] = message
        if let run { fields["run"] = run }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(fields), as: UTF8.self)
        } catch {
            return
                #"{"level":"error","message":"a log line could not be encoded","time":"\#(ClockText.timestamp(date))"}"#
        }
    }
}
