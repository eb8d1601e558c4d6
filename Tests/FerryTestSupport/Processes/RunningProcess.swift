import Foundation

/// A program that a test has started.
package struct RunningProcess: Sendable {
    /// What it writes to its standard output.
    package let stdout: OutputCollector
    /// What it writes to its standard error.
    package let stderr: OutputCollector
    fileprivate let life: ProcessLife

    /// Its process number.
    package var identifier: Int32 { life.identifier }

    /// Waits for the end; returns the exit status, or 128 and the signal's number.
    package func wait() async -> Int32 { await life.wait() }

    /// Sends a signal unless the process has ended.
    package func signal(_ number: Int32) { life.signal(number) }

    /// Asks the process to end, and ends it when it has not done so after the grace period.
    package func stop(grace: Duration = .seconds(10)) async { await life.stop(grace: grace) }
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
    let (source, output, errors) = (Pipe(), Pipe(), Pipe())
    // Before the start, when nobody can have closed the other end yet; that much fits into the pipe.
    if !input.isEmpty { try source.fileHandleForWriting.write(contentsOf: Data(input.utf8.prefix(32 << 10))) }
    try source.fileHandleForWriting.close()
    let program = Program(executable: executable, arguments: arguments, environment: environment, folder: folder)
    let standard = Program.Standard(
        input: source.fileHandleForReading,
        output: output.fileHandleForWriting,
        errors: errors.fileHandleForWriting
    )
    return try await program.run(standard) { life in
        for handle in [standard.input, standard.output, standard.errors] { try handle.close() }
        let process = RunningProcess(stdout: OutputCollector(output), stderr: OutputCollector(errors), life: life)
        return try await body(process)
    }
}
