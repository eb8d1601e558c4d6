import Foundation
import Synchronization

/// A program that a test has started.
package final class RunningProcess: Sendable {
    private struct State {
        var status: Int32?
        var waiters: [CheckedContinuation<Int32, Never>] = []
    }

    /// Its process number.
    package let identifier: Int32
    /// What it writes to its standard output.
    package let stdout: OutputCollector
    /// What it writes to its standard error.
    package let stderr: OutputCollector
    private let exit: Exit

    /// What the system tells when the process has ended.
    private final class Exit: Sendable {
        let state = Mutex(State())

        func report(_ status: Int32) {
            let waiters = state.withLock { state in
                defer { state.waiters = [] }
                state.status = status
                return state.waiters
            }
            for waiter in waiters { waiter.resume(returning: status) }
        }
    }

    fileprivate init(
        executable: String,
        arguments: [String],
        environment: [String: String],
        folder: String?,
        input: String
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let (output, errors, source) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = source
        // Before the start, when nobody can have closed the other end yet; that much fits into the pipe.
        if !input.isEmpty { try source.fileHandleForWriting.write(contentsOf: Data(input.utf8.prefix(32 << 10))) }
        try source.fileHandleForWriting.close()
        let exit = Exit()
        // A signal ends a shell's child with 128 and its number; the same is reported here.
        process.terminationHandler = { ended in
            exit.report(ended.terminationStatus + (ended.terminationReason == .uncaughtSignal ? 128 : 0))
        }
        try startProcess(process)
        self.exit = exit
        identifier = process.processIdentifier
        stdout = OutputCollector(output)
        stderr = OutputCollector(errors)
    }

    /// Waits for the end; returns the exit status, or 128 and the signal's number.
    package func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = exit.state.withLock { state -> Int32? in
                if state.status == nil { state.waiters.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Sends a signal unless the process has ended.
    package func signal(_ number: Int32) {
        exit.state.withLock { state in
            guard state.status == nil else { return }
            _ = kill(identifier, number)
        }
    }

    /// Asks the process to end, and ends it when it has not done so after the grace period.
    package func stop(grace: Duration = .seconds(10)) async {
        signal(SIGTERM)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                // Only an upper bound; the task is cancelled as soon as the process has ended.
                guard (try? await Task.sleep(for: grace)) != nil else { return }
                signal(SIGKILL)
            }
            _ = await wait()
            group.cancelAll()
        }
    }
}

/// Starts a program and stops it when `body` ends, if it still runs.
///
/// - Parameters:
///   - executable: the program's path.
///   - arguments: its arguments.
///   - environment: variables added to those of this process; an empty value takes one away.
///   - folder: its working folder; that of this process when nil.
///   - input: its standard input, at most 32 KiB.
///   - body: what to do meanwhile.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; the system's error when the program cannot be started.
package func withProcess<Result>(
    _ executable: String,
    _ arguments: [String],
    environment: [String: String] = [:],
    folder: String? = nil,
    input: String = "",
    _ body: (RunningProcess) async throws -> Result
) async throws -> Result {
    let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }.filter { !$0.value.isEmpty }
    let process = try RunningProcess(
        executable: executable,
        arguments: arguments,
        environment: merged,
        folder: folder,
        input: input
    )
    do {
        let result = try await withTaskCancellationHandler {
            try await body(process)
        } onCancel: {
            process.signal(SIGTERM)
        }
        await process.stop()
        return result
    } catch {
        await process.stop()
        throw error
    }
}

/// Starts a process, one at a time: many threads that do so at once have brought Foundation down.
func startProcess(_ process: Process) throws {
    try starting.withLock { _ in try process.run() }
}

private let starting = Mutex(())
