import Logging

/// Passes on what the framework logs, but for its report that it was asked to stop.
struct FrameworkLogHandler: LogHandler {
    /// Where the rest goes.
    var inner: any LogHandler

    var logLevel: Logger.Level {
        get { inner.logLevel }
        set { inner.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        guard !event.message.description.contains("\(CancellationError())") else { return }
        inner.log(event: event)
    }
}
