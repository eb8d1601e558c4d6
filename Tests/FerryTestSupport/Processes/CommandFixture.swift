import Foundation

/// What a program that ran to its end left.
package struct CommandResult: Sendable, CustomStringConvertible {
    /// The exit status, or 128 and the number of the signal that ended it.
    package let status: Int32
    /// The first 8 MiB of its standard output.
    package let stdout: String
    /// The first 8 MiB of its standard error.
    package let stderr: String

    /// All of it, for messages of failed tests.
    package var description: String { "status \(status)\n--- stdout\n\(stdout)\n--- stderr\n\(stderr)" }
}

/// Runs a program to its end.
///
/// - Parameters:
///   - executable: the program's path.
///   - arguments: its arguments.
///   - environment: variables added to those of this process; an empty value takes one away.
///   - folder: its working folder; that of this process when nil.
///   - input: its standard input, at most 32 KiB.
///   - limit: after that time the program is ended.
/// - Returns: status and output.
/// - Throws: the system's error when the program cannot be started.
package func runProcess(
    _ executable: String,
    _ arguments: [String],
    environment: [String: String] = [:],
    folder: String? = nil,
    input: String = "",
    limit: Duration = .seconds(300)
) async throws -> CommandResult {
    try await withProcess(executable, arguments, environment: environment, folder: folder, input: input) { process in
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Only an upper bound; the task is cancelled as soon as the process has ended.
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                process.signal(SIGKILL)
            }
            let status = await process.wait()
            group.cancelAll()
            return CommandResult(
                status: status,
                stdout: await process.stdout.whole(),
                stderr: await process.stderr.whole()
            )
        }
    }
}

/// Runs the built `ferry`.
package struct CommandFixture: Sendable {
    /// The program's path: `FERRY_BINARY`, or `ferry` beside the tests; nil when neither is there.
    package static let executable: String? = {
        if let named = ProcessInfo.processInfo.environment["FERRY_BINARY"] { return named }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let candidate = (own as NSString).deletingLastPathComponent + "/ferry"
        return FileManager.default.isExecutableFile(atPath: candidate) ? candidate : nil
    }()

    /// There is no built `ferry`.
    package struct NotBuilt: Error, CustomStringConvertible {
        /// What to do.
        package var description: String { "there is no ferry beside the tests; build it or set FERRY_BINARY" }
    }

    private let path: String
    private let environment: [String: String]

    /// Finds the program.
    ///
    /// - Parameter environment: variables for every run, added to those of this process.
    /// - Throws: ``NotBuilt``.
    package init(environment: [String: String] = [:]) throws {
        guard let path = Self.executable else { throw NotBuilt() }
        self.path = path
        self.environment = environment
    }

    /// Runs a command to its end.
    ///
    /// - Parameters:
    ///   - arguments: what follows `ferry`.
    ///   - environment: variables for this run.
    ///   - folder: the working folder.
    ///   - input: the standard input, at most 32 KiB.
    ///   - limit: after that time the program is ended.
    /// - Returns: status and output.
    /// - Throws: the system's error when the program cannot be started.
    package func run(
        _ arguments: String...,
        environment: [String: String] = [:],
        folder: String? = nil,
        input: String = "",
        limit: Duration = .seconds(300)
    ) async throws -> CommandResult {
        try await runProcess(
            path,
            arguments,
            environment: self.environment.merging(environment) { $1 },
            folder: folder,
            input: input,
            limit: limit
        )
    }

    /// Runs a command that serves, for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - arguments: what follows `ferry`.
    ///   - folder: the working folder.
    ///   - body: gets the running program; wait for a line of its output there.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; the system's error when the program cannot be started.
    package func withRunning<Result>(
        _ arguments: String...,
        folder: String? = nil,
        _ body: (RunningProcess) async throws -> Result
    ) async throws -> Result {
        try await withProcess(path, arguments, environment: environment, folder: folder, body)
    }
}
