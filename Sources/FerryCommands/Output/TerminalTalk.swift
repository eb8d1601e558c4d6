import Foundation
import Logging
import Synchronization

/// The one way to stderr, so that lines never run into a progress bar.
final class TerminalTalk: Sendable {
    /// The process's own.
    static let shared = TerminalTalk()

    /// How long a line waits for the reader of standard error, in milliseconds.
    private static let patience: Int32 = 2_000

    private let route = Mutex<(@Sendable (String) -> Void)?>(nil)
    private let format = Mutex(TalkLogHandler.Format.text)

    /// Says how lines look from now on.
    func setFormat(_ format: TalkLogHandler.Format) {
        self.format.withLock { $0 = format }
    }

    /// Writes one line in the form of the log; `error: ` or `warning: ` at its start is its level.
    func say(_ line: String) {
        guard format.withLock({ $0 }) == .json else { return write(line) }
        let levels: [(String, Logger.Level)] = [("error: ", .error), ("warning: ", .warning)]
        let (prefix, level) = levels.first { line.hasPrefix($0.0) } ?? ("", .notice)
        write(RunLogLine(date: Date(), level: level, message: String(line.dropFirst(prefix.count))).json())
    }

    /// Sends lines elsewhere (to a progress display that makes room for them); nil sends them straight to stderr.
    func redirect(_ route: (@Sendable (String) -> Void)?) {
        self.route.withLock { $0 = route }
    }

    /// Writes one line as it is; control characters that a registry or a file may have sent never reach the terminal.
    func write(_ line: String) {
        let line = PrintableText.of(line)
        if let route = route.withLock({ $0 }) {
            route(line)
        } else {
            // A reader who takes nothing must not keep the program from ending.
            var interest = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            guard poll(&interest, 1, Self.patience) != 0 else { return }
            do {
                try FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
            } catch {
                // Nobody listens any more; the exit code still tells how it went.
            }
        }
    }
}
