/// Runs `body` with a reporter that draws by itself, and leaves the terminal clean and everything written.
///
/// The reporter is valid inside `body`; it draws in a task of its own that ends with `body`.
///
/// - Parameters:
///   - channels: where progress goes.
///   - body: the work.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
package func withProgress<Result>(
    _ channels: [ProgressChannel],
    _ body: (ProgressReporter) async throws -> Result
) async throws -> Result {
    let start = ContinuousClock.now
    let reporter = ProgressReporter(channels: channels) { start.duration(to: .now) }
    do {
        let result = try await withTicks(of: reporter, body)
        await reporter.close()
        return result
    } catch {
        await reporter.close()
        throw error
    }
}

/// Runs `body` with a reporter on the standard error stream.
///
/// - Parameters:
///   - mode: the form; `auto` is a bar on a terminal that can move its cursor, else plain lines.
///   - terminalType: the value of `TERM`.
///   - body: the work.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
package func withProgress<Result>(
    _ mode: ProgressMode,
    terminalType: String?,
    _ body: (ProgressReporter) async throws -> Result
) async throws -> Result {
    let output = DescriptorOutput.standardError
    let form = mode.resolved(isTerminal: output.isTerminal, terminalType: terminalType)
    return try await withProgress([ProgressChannel(mode: form, output: output)], body)
}

/// The ticking task is cancelled and awaited when `body` has ended, in whichever way.
private func withTicks<Result>(
    of reporter: ProgressReporter,
    _ body: (ProgressReporter) async throws -> Result
) async throws -> Result {
    async let _ = reporter.run()
    return try await body(reporter)
}
