import DispatchLanes
import Foundation
import Synchronization

/// Lines that somebody types at the terminal.
enum TerminalInput {
    private static let lane = DispatchLane(label: "ferry.terminal")
    /// How often a wait looks whether it was cancelled, in milliseconds.
    private static let pollTime: Int32 = 100
    /// The longest line that is kept, in bytes.
    private static let maximumLine = 4096

    /// Whether somebody can be asked: input and talk are a terminal.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Throws away what was typed before it was asked for.
    static func flush() {
        // Only a courtesy: a terminal that cannot do it answers with what was typed.
        _ = tcflush(STDIN_FILENO, TCIFLUSH)
    }

    /// Waits for a line.
    ///
    /// - Returns: the line without its break; nil at the end of the input.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    static func line() async throws -> String? {
        let isCancelled = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await lane.run { try read(until: isCancelled) }
        } onCancel: {
            isCancelled.set()
        }
    }

    private static func read(until isCancelled: CancellationFlag) throws -> String? {
        var bytes: [UInt8] = []
        while true {
            if isCancelled.isSet { throw CancellationError() }
            var interest = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&interest, 1, pollTime) > 0 else { continue }
            var byte: UInt8 = 0
            let count = Foundation.read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            // A terminal that went away reads as its end.
            guard count == 1 else { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            if bytes.count < maximumLine { bytes.append(byte) }
        }
    }
}

/// Tells a blocking wait that its task was cancelled.
private final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}
