import ArgumentParser
import Logging

/// How much is said, and how.
struct OutputOptions: ParsableArguments {
    @Option(help: "What to log: error, info, debug or trace.")
    var logLevel = "info"

    @Option(help: "How log lines look: text or json.")
    var logFormat = "text"

    @Option(help: "How progress is shown: auto, bar, plain, json or none.")
    var progress = "auto"

    /// The logger that these options describe; it writes to stderr.
    ///
    /// - Throws: `FerryError` for unknown words.
    func logger() throws -> Logger {
        let levels: [String: Logger.Level] = [
            "error": .error, "warn": .warning, "info": .notice, "debug": .debug, "trace": .trace,
        ]
        guard let level = levels[logLevel] else {
            throw FerryError("\"\(logLevel)\" is no log level; it is one of error, info, debug, trace")
        }
        guard let format = TalkLogHandler.Format(rawValue: logFormat) else {
            throw FerryError("\"\(logFormat)\" is no log format; it is text or json")
        }
        return Logger(label: "ferry") { _ in TalkLogHandler(format: format, logLevel: level) }
    }
}

/// Flags of oc-mirror that mean nothing here; they are taken so that scripts keep working.
struct LegacyOptions: ParsableArguments {
    @Flag(name: .customLong("v2"), help: .hidden)
    var isV2 = false

    @Flag(name: .customLong("v1"), help: .hidden)
    var isV1 = false

    @Option(name: [.customShort("p"), .customLong("port")], help: .hidden)
    var port: String?

    @Option(name: .customLong("cache-dir"), help: .hidden)
    var cacheDirectory: String?

    @Option(name: .customLong("rootless-storage-path"), help: .hidden)
    var rootlessStoragePath: String?

    @Flag(name: .customLong("strict-archive"), help: .hidden)
    var strictArchive = false

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: .hidden)
    var quiet = false

    @Flag(name: [.customShort("f"), .customLong("force")], help: .hidden)
    var force = false

    /// Says at debug level which flags were ignored.
    ///
    /// - Throws: `FerryError` when version 1 is asked for.
    func mention(to logger: Logger) throws {
        guard !isV1 else {
            throw FerryError("--v1 is the old oc-mirror with another configuration format, which ferry does not speak")
        }
        let ignored: [(String, Bool)] = [
            ("--v2", isV2), ("--port", port != nil), ("--cache-dir", cacheDirectory != nil),
            ("--rootless-storage-path", rootlessStoragePath != nil), ("--strict-archive", strictArchive),
            ("--quiet", quiet), ("--force", force),
        ]
        let names = ignored.filter(\.1).map(\.0)
        guard !names.isEmpty else { return }
        logger.debug("ignored, since they mean nothing here: \(names.joined(separator: ", "))")
    }
}
