/// Runs `body` with a reporter that draws by itself, and leaves the terminal clean and everything written.
///
/// The reporter is valid inside `body`; it draws in a task of its own that ends with `body`.
///
/// - Parameters:
///   - channels: where progress goes.
///   - silence: after how much silence a line says how far it is, or what is waited for.
///   - body: the work.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
package func withProgress<Result>(
    _ channels: [ProgressChannel],
    silence: Duration = .seconds(5),
    _ body: (ProgressReporter) async throws -> Result
) async throws -> Result {
    let start = ContinuousClock.now
    let reporter = ProgressReporter(channels: channels, silence: silence) { start.duration(to: .now) }
    do {
        let result = try await withTicks(of: reporter, body)
        await reporter.close()
        return result
    } catch {
        await reporter.close()
        throw error
    }
}

/// The ticking task is cancelled and awaited when `body` has ended, in whichever way.
private func withTicks<Result>(
    of reporter: ProgressReporter,
    _ body: (ProgressReporter) async throws -> Result
) async throws -> Result {
    async let _ = reporter.run()
    return try await body(reporter)
}
