/// Maps elements with at most `width` of them at work at a time; the results have the order of the elements.
///
/// - Parameters:
///   - elements: what to map.
///   - width: how many at a time, at least 1.
///   - transform: maps one.
/// - Returns: the results.
/// - Throws: the first error of `transform`, after the others at work were cancelled and have ended.
func mapConcurrently<Element: Sendable, Result: Sendable>(
    _ elements: [Element],
    _ width: Int,
    _ transform: @escaping @Sendable (Element) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results = [Result?](repeating: nil, count: elements.count)
        var next = elements.indices.makeIterator()
        func start() {
            guard let index = next.next() else { return }
            group.addTask { (index, try await transform(elements[index])) }
        }
        for _ in 0..<max(1, width) { start() }
        while let (index, result) = try await group.next() {
            results[index] = result
            start()
        }
        return results.compactMap(\.self)
    }
}
