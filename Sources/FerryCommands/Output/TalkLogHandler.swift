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
            TerminalTalk.shared.write("\(level)\(event.message)\(details)")
        case .json:
            let facts = merged.mapValues { "\($0)" }
            let line = RunLogLine(date: Date(), level: event.level, message: "\(event.message)", facts: facts)
            TerminalTalk.shared.write(line.json())
        }
    }
}
