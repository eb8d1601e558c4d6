import Foundation
import Logging
import Synchronization
import TerminalProgress

/// Everything that a run says, whatever the screen shows, in one file.
///
/// Lines wait in memory until it is known where the file goes (``keep(in:)``); a run without working directory has none.
/// Writing is never waited for and never fails a run: what does not fit into 1 MiB of memory is left out with a note, and a
/// full disk is told once.
final class RunLog: Sendable {
    private struct State {
        /// Lines that came before the file was there, with their sizes in bytes together.
        var waiting: [String] = []
        var waitingBytes = 0
        var output: DescriptorOutput?
        var writtenBytes = 0
        var isCut = false
        var path: String?
    }

    /// How much is kept in memory before the file is there.
    private static let memoryLimit = 1 << 20
    /// The largest file; what matters is written beyond that, up to another mebibyte.
    private let sizeLimit: Int
    private let identity: RunIdentity
    private let format: TalkLogHandler.Format
    /// The least level that is written.
    let level: Logger.Level
    private let warn: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// Begins a log.
    ///
    /// - Parameters:
    ///   - identity: the run.
    ///   - format: how lines look.
    ///   - level: the least level that is written.
    ///   - sizeLimit: the largest size of the file in bytes.
    ///   - warn: tells the user, once, that the file cannot be written.
    init(
        _ identity: RunIdentity,
        format: TalkLogHandler.Format,
        level: Logger.Level = .debug,
        sizeLimit: Int = 64 << 20,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.identity = identity
        self.format = format
        self.level = level
        self.sizeLimit = sizeLimit
        self.warn = warn
        for line in Self.header(identity) { note(.info, line.0, line.1) }
    }

    /// Where the file is; nil while there is none.
    var path: String? { state.withLock { $0.path } }

    /// Adds a line.
    func note(_ level: Logger.Level, _ message: String, _ facts: [String: String] = [:]) {
        guard level >= self.level else { return }
        let line = RunLogLine(date: Date(), level: level, message: message, facts: facts)
        let text = (format == .json ? line.json(run: identity.id) : line.text) + "\n"
        state.withLock { state in
            if let output = state.output {
                write(text, level, to: output, &state)
            } else if state.waitingBytes + text.utf8.count <= Self.memoryLimit {
                state.waiting.append(text)
                state.waitingBytes += text.utf8.count
            }
        }
    }

    /// Makes the file, with everything that was said so far; the first call counts.
    ///
    /// - Parameter directory: the working directory, which this run has for itself.
    func keep(in directory: WorkingDirectory) async {
        guard path == nil else { return }
        let name = RunLogFolder.fileName(start: identity.start, id: identity.id)
        let folder = RunLogFolder(path: directory.logs)
        do {
            let descriptor = try await LocalFiles.run { try folder.makeFile(name) }
            begin(descriptor, path: "\(folder.path)/\(name)")
        } catch {
            guard !(error is CancellationError) else { return }
            warn("there is no log file of this run: \(error)")
        }
    }

    /// Waits until everything is written, for a few seconds at most.
    func close() async {
        // The descriptor stays open: a write that hangs may still use it, and the process ends soon.
        await state.withLock({ $0.output })?.drain()
    }

    /// Goes on in a file.
    ///
    /// - Parameters:
    ///   - descriptor: an open file, which becomes this log's.
    ///   - path: its path.
    func begin(_ descriptor: Int32, path: String) {
        let (warn, format, id) = (warn, format, identity.id)
        let output = DescriptorOutput(descriptor: descriptor) { count in
            let line = RunLogLine(
                date: Date(),
                level: .warning,
                message: "\(count) lines were left out: the disk is slow"
            )
            return (format == .json ? line.json(run: id) : line.text) + "\n"
        } failed: { code in
            warn("the log file \(path) ends here: \(String(cString: strerror(code)))")
        }
        state.withLock { state in
            guard state.output == nil else { return }
            state.output = output
            state.path = path
            for text in state.waiting { write(text, .info, to: output, &state) }
            state.waiting = []
        }
    }

    private func write(_ text: String, _ level: Logger.Level, to output: DescriptorOutput, _ state: inout State) {
        let size = text.utf8.count
        let limit = level >= .notice ? sizeLimit + (1 << 20) : sizeLimit
        guard state.writtenBytes + size <= limit else {
            guard !state.isCut else { return }
            state.isCut = true
            let message = "the log has \(sizeLimit >> 20) MiB: from here on it has only what matters most"
            let line = RunLogLine(date: Date(), level: .warning, message: message)
            return output.write((format == .json ? line.json(run: identity.id) : line.text) + "\n")
        }
        state.writtenBytes += size
        output.write(text)
    }

    /// What stands at the top.
    private static func header(_ identity: RunIdentity) -> [(String, [String: String])] {
        let process = ProcessInfo.processInfo
        return [
            ("ferry \(FerryVersion.text), run \(identity.id)", ["pid": "\(getpid())", "uid": "\(getuid())"]),
            ("command line: \(identity.description.arguments.joined(separator: " "))", [:]),
            (
                "host \(process.hostName), \(process.operatingSystemVersionString)",
                ["processors": "\(process.activeProcessorCount)"]
            ),
        ]
    }
}
