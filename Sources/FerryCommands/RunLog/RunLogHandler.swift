import Logging

/// Sends log events to the log of the run, too.
struct RunLogHandler: LogHandler {
    /// What the screen shows.
    var screen: TalkLogHandler
    let log: RunLog

    var metadata: Logger.Metadata {
        get { screen.metadata }
        set { screen.metadata = newValue }
    }

    /// The lower of both levels, so that neither misses anything.
    var logLevel: Logger.Level {
        get { min(screen.logLevel, log.level) }
        set { screen.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { screen.metadata[key] }
        set { screen.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.level >= screen.logLevel { screen.log(event: event) }
        let facts = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        log.note(event.level, "\(event.message)", facts)
    }
}
