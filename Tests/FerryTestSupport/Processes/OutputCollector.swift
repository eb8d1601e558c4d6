import Dispatch
import Foundation
import Glibc
import Synchronization

/// Reads the output of a process as it comes, so that the process never waits, and keeps the first part of it.
package final class OutputCollector: Sendable {
    private struct Waiter {
        let isSatisfied: @Sendable (String) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var bytes: [UInt8] = []
        var isAtEnd = false
        var waiters: [Waiter] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    /// Begins to read a pipe on a queue of its own.
    ///
    /// - Parameters:
    ///   - pipe: what the process writes to.
    ///   - limit: how many bytes are kept.
    convenience init(_ pipe: Pipe, limit: Int = 8 << 20) {
        self.init(pipe.fileHandleForReading, limit: limit)
    }

    /// The same for any handle, such as that of a terminal.
    init(_ handle: FileHandle, limit: Int = 8 << 20) {
        self.limit = limit
        DispatchQueue(label: "test.output").async { [self] in
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                // Not `FileHandle.read`, which waits until it has as many bytes as it was asked for.
                let count = Glibc.read(handle.fileDescriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                append(buffer.prefix(count))
            }
            finish()
        }
    }

    /// What was read so far.
    package var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    /// Waits until the output so far satisfies a condition, or has ended.
    package func wait(until isSatisfied: @escaping @Sendable (String) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.isAtEnd || isSatisfied(String(decoding: state.bytes, as: UTF8.self)) { return true }
                state.waiters.append(Waiter(isSatisfied: isSatisfied, continuation: continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    /// Waits for the end of the output and returns what was kept of it.
    package func whole() async -> String {
        await wait { _ in false }
        return text
    }

    private func append(_ data: ArraySlice<UInt8>) {
        let woken = state.withLock { state -> [Waiter] in
            state.bytes.append(contentsOf: data.prefix(limit - state.bytes.count))
            let text = String(decoding: state.bytes, as: UTF8.self)
            let woken = state.waiters.filter { $0.isSatisfied(text) }
            state.waiters.removeAll { $0.isSatisfied(text) }
            return woken
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    private func finish() {
        let woken = state.withLock { state in
            defer { state.waiters = [] }
            state.isAtEnd = true
            return state.waiters
        }
        for waiter in woken { waiter.continuation.resume() }
    }
}
