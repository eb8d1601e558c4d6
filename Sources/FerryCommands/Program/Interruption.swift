import UnixSignals

/// Runs a body until it ends or the process is asked to stop.
///
/// SIGINT and SIGTERM cancel the body, which saves its state and ends.
///
/// - Parameter body: the work.
/// - Returns: what the body returns.
/// - Throws: `CancellationError` when a signal came before the body ended; what the body throws.
package func untilInterrupted<Output: Sendable>(
    _ body: @escaping @Sendable () async throws -> Output
) async throws -> Output {
    try await withThrowingTaskGroup(of: Output?.self) { group in
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        group.addTask { try await body() }
        group.addTask {
            for await _ in signals { return nil }
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let output = first else {
            group.cancelAll()
            // The body must have ended before the process does: it may be writing its journal.
            do { while try await group.next() != nil {} } catch {}
            throw CancellationError()
        }
        return output
    }
}
