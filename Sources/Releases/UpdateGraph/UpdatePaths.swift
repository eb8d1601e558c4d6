/// Finds paths in an update graph.
///
/// Nothing here recurses; a search takes time in proportion to the number of nodes and edges.
package struct UpdatePaths: Sendable {
    /// When conditional updates are part of a path.
    package enum ConditionalUse: Sendable {
        /// Only if there is no path without; then as few of them as possible, and of such paths a shortest.
        case whereNeeded
        /// Always; of the shortest paths one with the fewest of them.
        case always
    }

    /// Where the edges of a node begin in `targets`; one more entry than nodes.
    private let offsets: [Int]
    /// The ends of all edges; for each node from the highest version to the lowest.
    private let targets: [Int]
    /// Whether an edge is a conditional one.
    private let isConditional: [Bool]

    /// Arranges the edges of a graph; an update that is both recommended and conditional counts as recommended.
    package init(_ graph: UpdateGraph) {
        let plain = Set(graph.edges)
        let conditional = Set(graph.conditionalEdges.map(\.edge)).subtracting(plain)
        let edges =
            (plain.map { (edge: $0, isConditional: false) } + conditional.map { (edge: $0, isConditional: true) })
            // Nodes are in the order of versions.
            .sorted { ($0.edge.from, $1.edge.to) < ($1.edge.from, $0.edge.to) }
        var offsets = [Int](repeating: 0, count: graph.nodes.count + 1)
        for edge in edges { offsets[edge.edge.from + 1] += 1 }
        for node in graph.nodes.indices { offsets[node + 1] += offsets[node] }
        self.offsets = offsets
        targets = edges.map(\.edge.to)
        isConditional = edges.map(\.isConditional)
    }

    /// A shortest path, as oc-mirror finds it: breadth first, neighbours from the highest version to the lowest.
    ///
    /// - Parameters:
    ///   - start: the index of the first node.
    ///   - end: the index of the last node.
    ///   - use: when conditional updates are part of it.
    /// - Returns: the indices from first to last; nil when no path is there.
    // Swift 6.3.1's optimiser crashes when it puts this into its callers.
    @inline(never)
    package func path(from start: Int, to end: Int, conditional use: ConditionalUse) -> [Int]? {
        switch use {
        case .whereNeeded: best(from: start, to: end, first: { isConditional[$0] ? 1 : 0 }, then: { _ in 1 })
        case .always: best(from: start, to: end, first: { _ in 1 }, then: { isConditional[$0] ? 1 : 0 })
        }
    }

    /// Of the paths that are best by one measure, a best one by another.
    private func best(from start: Int, to end: Int, first: (Int) -> Int, then: (Int) -> Int) -> [Int]? {
        let distances = search(from: start, length: first, admits: { _, _ in true }).distances
        guard distances[end] != .max else { return nil }
        // Along these edges, and only along these, every way is a best one by the first measure; of recommended updates
        // alone where there is such a way.
        return search(from: start, length: then) { node, edge in
            distances[node] + first(edge) == distances[targets[edge]]
        }.path(to: end)
    }

    /// Searches from a node along the edges that are admitted, each of length 0 or 1.
    private func search(from start: Int, length: (Int) -> Int, admits: (Int, Int) -> Bool) -> Search {
        let count = offsets.count - 1
        var search = Search(
            distances: [Int](repeating: .max, count: count),
            previous: [Int](repeating: -1, count: count)
        )
        var isDone = [Bool](repeating: false, count: count)
        search.distances[start] = 0
        var level = [start]
        var next: [Int] = []
        var position = 0
        while position < level.count {
            let node = level[position]
            position += 1
            if !isDone[node] {
                isDone[node] = true
                for edge in offsets[node]..<offsets[node + 1] where admits(node, edge) {
                    let target = targets[edge]
                    let step = length(edge)
                    let distance = search.distances[node] + step
                    guard distance < search.distances[target] else { continue }
                    search.distances[target] = distance
                    search.previous[target] = node
                    if step == 0 { level.append(target) } else { next.append(target) }
                }
            }
            if position == level.count {
                (level, next, position) = (next, [], 0)
            }
        }
        return search
    }

    private struct Search {
        /// The distance of each node; `Int.max` for those that are out of reach.
        var distances: [Int]
        /// The node before each on a best way; -1 at the start and out of reach.
        var previous: [Int]

        func path(to end: Int) -> [Int]? {
            guard distances[end] != .max else { return nil }
            var path = [end]
            while previous[path[path.count - 1]] >= 0 { path.append(previous[path[path.count - 1]]) }
            return path.reversed()
        }
    }
}
