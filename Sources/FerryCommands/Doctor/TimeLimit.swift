/// Work that may take only so long.
enum TimeLimit {
    /// Runs a body, and cancels it when it takes too long.
    ///
    /// - Returns: what the body returns; nil when it took too long.
    /// - Throws: what the body throws in time; `CancellationError`.
    static func run<Output: Sendable>(
        _ limit: Duration,
        _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> Output? {
        try await withThrowingTaskGroup(of: Output?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Runs a body although the task that asks for it may be cancelled, but not for longer than a limit.
    static func despiteCancellation(_ limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
        // Awaited here and nowhere else; as a child it would be cancelled with what it cleans up after.
        await Task {
            // The limit's own errors have nobody to go to: what was not done in time is told by who asked.
            _ = try? await run(limit) { await body() }
        }.value
    }
}
