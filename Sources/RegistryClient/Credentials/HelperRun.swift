import Subprocess

/// One run of a helper program.
enum HelperRun {
    /// What the program left.
    struct Outcome: Sendable {
        /// The first bytes of its standard output, one more than the limit when there were more.
        let output: [UInt8]
        /// The first bytes of its standard error.
        let errors: [UInt8]
        /// Whether it ended well.
        let isSuccess: Bool
        /// How it ended, in words.
        let end: String
    }

    /// How many bytes of the standard error are kept.
    private static let keptErrors = 4 << 10

    /// Runs `PROGRAM get`, without a shell, in a process group of its own, which is ended when the task is cancelled.
    ///
    /// - Parameters:
    ///   - program: the name to look for in `PATH`.
    ///   - input: what it reads.
    ///   - environment: its variables.
    ///   - limit: how many bytes of its standard output are read.
    /// - Returns: the outcome.
    /// - Throws: `SubprocessError`; `CancellationError`.
    static func run(
        _ program: String,
        input: String,
        environment: [String: String],
        upTo limit: Int
    ) async throws -> Outcome {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100))
        ]
        let result = try await Subprocess.run(
            .name(program),
            arguments: ["get"],
            environment: .custom(variables(environment)),
            platformOptions: options,
            input: .inputWriter,
            output: .sequence,
            error: .sequence
        ) { execution in
            let (output, errors) = (execution.standardOutput, execution.standardError)
            async let answer = head(of: output, upTo: limit + 1)
            async let talk = head(of: errors, upTo: keptErrors)
            // A program that knows its answer without reading may have ended already.
            _ = try? await execution.standardInputWriter.write(input)
            try? await execution.standardInputWriter.finish()
            return (try await answer, try await talk)
        }
        try Task.checkCancellation()
        let (output, errors) = result.closureResult
        let end =
            switch result.terminationStatus {
            case .exited(let code): "exit code \(code)"
            case .signaled(let signal): "signal \(signal)"
            }
        return Outcome(output: output, errors: errors, isSuccess: result.terminationStatus.isSuccess, end: end)
    }

    private static func variables(_ environment: [String: String]) -> [Environment.Key: String] {
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { variables[key] = value }
        }
        return variables
    }

    /// Reads to the end, so that the program never waits, and keeps the beginning.
    private static func head(of sequence: SubprocessOutputSequence, upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await buffer in sequence where bytes.count < limit {
            buffer.withUnsafeBytes { bytes += $0.prefix(limit - bytes.count) }
        }
        return bytes
    }
}
