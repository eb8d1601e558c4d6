import ArgumentParser
import Foundation
import Logging
import TerminalProgress

/// How much is said, and how.
struct OutputOptions: ParsableArguments {
    @Option(help: "What to log: error, warn, info, debug or trace.")
    var logLevel = "info"

    @Option(help: "How log lines look: text or json; the default is json with --progress json, else text.")
    var logFormat: String?

    @Option(help: "How progress is shown: auto, bar, plain, json or none.")
    var progress = "auto"

    @Option(
        help:
            "Write events to this file as well, one JSON object per line (docs/events.schema.json); the default is no file."
    )
    var events: String?

    @Option(help: ArgumentHelp("The longest time without a line of progress, from 100ms to 10s.", visibility: .hidden))
    var progressInterval = TimeSpan(.seconds(5))

    func validate() throws {
        guard (.milliseconds(100) ... .seconds(10)).contains(progressInterval.duration) else {
            throw ValidationError("--progress-interval must be from 100ms to 10s")
        }
    }

    /// The logger that these options describe; it writes to stderr.
    ///
    /// - Throws: `FerryError` for unknown words.
    func logger() throws -> Logger {
        let handler = try handler()
        return Logger(label: "ferry") { _ in handler }
    }

    /// What shows log lines on the screen; all other talk has its form from then on.
    ///
    /// - Throws: `FerryError` for unknown words.
    func handler() throws -> TalkLogHandler {
        let levels: [String: Logger.Level] = [
            "error": .error, "warn": .warning, "info": .notice, "debug": .debug, "trace": .trace,
        ]
        guard let level = levels[logLevel] else {
            throw FerryError("\"\(logLevel)\" is no log level; it is one of error, warn, info, debug, trace")
        }
        let word = logFormat ?? (progress == "json" ? "json" : "text")
        guard let format = TalkLogHandler.Format(rawValue: word) else {
            throw FerryError("\"\(word)\" is no log format; it is text or json")
        }
        TerminalTalk.shared.setFormat(format)
        return TalkLogHandler(format: format, logLevel: level)
    }

    /// Progress on the screen.
    ///
    /// - Parameter showsProgress: whether there is any; else there are only messages, whatever the option says.
    /// - Returns: the channel to stderr.
    /// - Throws: `FerryError` for an unknown word.
    func screen(showsProgress: Bool = true) throws -> ProgressChannel {
        guard let mode = ProgressMode(rawValue: progress) else {
            throw FerryError("\"\(progress)\" is no form of progress; it is auto, bar, plain, json or none")
        }
        let output = DescriptorOutput.standardError
        guard showsProgress else { return ProgressChannel(mode: .none, output: output) }
        let terminalType = ProcessInfo.processInfo.environment["TERM"]
        let form = mode.resolved(isTerminal: output.isTerminal, terminalType: terminalType)
        return ProgressChannel(mode: form, output: output)
    }

    /// Events in a file; nil when none was named.
    ///
    /// - Throws: `FerryError` when the file cannot be written, or has something else.
    func eventsChannel() async throws -> ProgressChannel? {
        guard let events else { return nil }
        let descriptor = try await LocalFiles.run { try EventsFile.open(events) }
        let output = DescriptorOutput(descriptor: descriptor) { count in
            #"{"elapsed":0,"event":"message","text":"\#(count) events were left out: nobody takes them fast enough"}"#
                + "\n"
        } failed: { code in
            TerminalTalk.shared.say("warning: the events in \(events) end here: \(String(cString: strerror(code)))")
        }
        return ProgressChannel(mode: .json, output: output, takesLogLines: false)
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
