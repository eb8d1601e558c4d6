/// Runs a job for each item, a fixed number at a time, and gives the results in the items' order.
///
/// - Parameters:
///   - items: the items.
///   - width: how many at the same time, at least 1.
///   - job: the job.
/// - Returns: the results, one per item.
/// - Throws: the first error of a job; the others are cancelled.
package func mapConcurrently<Item: Sendable, Output: Sendable>(
    _ items: [Item],
    width: Int,
    _ job: @escaping @Sendable (Item) async throws -> Output
) async throws -> [Output] {
    try await withThrowingTaskGroup(of: (Int, Output).self) { group in
        var results: [Int: Output] = [:]
        results.reserveCapacity(items.count)
        var next = 0
        func start() {
            guard next < items.count else { return }
            let index = next
            let item = items[index]
            next += 1
            group.addTask { (index, try await job(item)) }
        }
        for _ in 0..<max(1, width) { start() }
        while let (index, output) = try await group.next() {
            results[index] = output
            start()
        }
        return items.indices.compactMap { results[$0] }
    }
}
