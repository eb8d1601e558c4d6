import Foundation
import Logging

/// Sends log events to ``TerminalTalk`` as text or JSON, with their level and metadata.
struct TalkLogHandler: LogHandler {
    /// How lines look.
    enum Format: String, CaseIterable {
        case text
        case json
    }

    let format: Format
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { $1 }
        switch format {
        case .text:
            let details = merged.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            let level = event.level == .notice ? "" : "\(event.level): "
            TerminalTalk.shared.say("\(level)\(event.message)\(details)")
        case .json:
            TerminalTalk.shared.say(Self.json(event, merged))
        }
    }

    private static func json(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        var fields = metadata.mapValues { "\($0)" }
        fields["level"] = event.level.rawValue
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(fields), as: UTF8.self)
        } catch {
            return #"{"level":"error","message":"a log line could not be encoded"}"#
        }
    }
}
