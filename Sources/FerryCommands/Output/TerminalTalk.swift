import Foundation
import Synchronization

/// The one way to stderr, so that lines never run into a progress bar.
final class TerminalTalk: Sendable {
    /// The process's own.
    static let shared = TerminalTalk()

    private let route = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Sends lines elsewhere (to a progress display that makes room for them); nil sends them straight to stderr.
    func redirect(_ route: (@Sendable (String) -> Void)?) {
        self.route.withLock { $0 = route }
    }

    /// Writes one line; control characters that a registry or a file may have sent never reach the terminal.
    func say(_ line: String) {
        let line = PrintableText.of(line)
        if let route = route.withLock({ $0 }) {
            route(line)
        } else {
            do {
                try FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
            } catch {
                // Nobody listens any more; the exit code still tells how it went.
            }
        }
    }
}
