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

    /// Writes one line.
    func say(_ line: String) {
        if let route = route.withLock({ $0 }) {
            route(line)
        } else {
            FileHandle.standardError.write(Data((line + "\n").utf8))
        }
    }
}
