import Dispatch
import Foundation
import Synchronization

/// Writes progress to a file descriptor, from a serial queue, so that a slow reader holds nobody up.
///
/// At most 1 MiB waits to be written; lines beyond that are counted and the count is written instead. When the other
/// end is closed, or the disk is full, the rest is thrown away: progress is never a reason to fail.
package final class DescriptorOutput: ProgressOutput {
    private struct State {
        var waiting: [UInt8] = []
        var isWriting = false
        var dropped = 0
        var isClosed = false
    }

    private static let limit = 1 << 20
    /// How long the end of a run waits for a reader who takes nothing.
    private static let drainTime = Duration.seconds(3)

    /// A queue of its own: those that all share may have no thread left for whoever only wants to end.
    private static let clock = DispatchQueue(label: "progress.clock")

    private let note: @Sendable (Int) -> String
    private let failed: @Sendable (Int32) -> Void
    private let descriptor: Int32
    private let queue: DispatchQueue
    private let state = Mutex(State())

    /// The standard error stream of this process.
    package static let standardError = DescriptorOutput(descriptor: STDERR_FILENO)

    /// Takes an open descriptor, which stays the caller's and must stay open.
    ///
    /// - Parameters:
    ///   - descriptor: where to write.
    ///   - note: the text, with its line break, that stands for a number of lines that were left out.
    ///   - failed: is called once, from the queue, with the `errno` of the write that failed.
    package init(
        descriptor: Int32,
        note: @escaping @Sendable (Int) -> String = { "(\($0) lines of output left out)\n" },
        failed: @escaping @Sendable (Int32) -> Void = { _ in }
    ) {
        self.descriptor = descriptor
        self.note = note
        self.failed = failed
        queue = DispatchQueue(label: "progress.\(descriptor)")
    }

    /// Whether the descriptor is a terminal.
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    package var terminalSize: TerminalSize? {
        guard isTerminal else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    package var isBusy: Bool { state.withLock { $0.isWriting } }

    package func write(_ text: String) {
        guard !text.isEmpty else { return }
        let begins = state.withLock { state in
            guard !state.isClosed else { return false }
            guard state.waiting.count + text.utf8.count <= Self.limit else {
                state.dropped += 1
                return false
            }
            state.waiting.append(contentsOf: text.utf8)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { queue.async { self.writeWaiting() } }
    }

    package func drain() async {
        await withCheckedContinuation { continuation in
            let once = Once { continuation.resume() }
            // The queue is serial: this runs after the writer that is at work, which leaves nothing behind.
            queue.async { once.run() }
            let seconds = Self.drainTime / .seconds(1)
            Self.clock.asyncAfter(deadline: .now() + seconds) { once.run() }
        }
    }

    private func writeWaiting() {
        while true {
            let bytes = state.withLock { state in
                var bytes = state.waiting
                if state.dropped > 0 { bytes += Array(note(state.dropped).utf8) }
                state.waiting = []
                state.dropped = 0
                state.isWriting = !bytes.isEmpty
                return bytes
            }
            guard !bytes.isEmpty else { return }
            if let code = failure(ofWriting: bytes) {
                state.withLock { $0 = State(isClosed: true) }
                return failed(code)
            }
        }
    }

    /// Why not everything could be written; nil when it was.
    private func failure(ofWriting bytes: [UInt8]) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    // Somebody made the descriptor non-blocking, as shells do for terminals that they share.
                    var interest = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&interest, 1, 1_000)
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
    }
}

/// Runs a function the first time that it is asked to.
private final class Once: Sendable {
    private let hasRun = Atomic(false)
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    func run() {
        guard !hasRun.exchange(true, ordering: .relaxed) else { return }
        body()
    }
}
