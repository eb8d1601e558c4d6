import OCIModel
import SemanticVersion

/// Gathers what channels come to; each thing once.
struct SelectionBuilder {
    private struct Key: Hashable {
        let architecture: String
        let payload: ImageReference
    }

    private struct Entry {
        let version: SemanticVersion
        let product: ReleaseProduct
        var channels: Set<String>
        var reasons: Set<String>
    }

    /// Whether conditional updates are as good as others.
    let includesConditional: Bool
    /// What went wrong.
    private(set) var failures: [ReleasesError] = []
    private var entries: [Key: Entry] = [:]
    private var paths: [[SemanticVersion]] = []
    private var crossed: Set<CrossedEdge> = []
    private var warnings: [String] = []
    private var waypoints: Set<ReleaseSelection.Waypoint> = []
    private var finders: [GraphKey: UpdatePaths] = [:]

    /// Begins with nothing.
    init(includesConditional: Bool) { self.includesConditional = includesConditional }

    /// Adds a release.
    mutating func add(_ node: UpdateGraph.Node, of graph: UpdateGraph, reason: String) {
        let key = Key(architecture: graph.architecture, payload: node.payload)
        var entry =
            entries[key] ?? Entry(version: node.version, product: graph.product, channels: [], reasons: [])
        entry.channels.insert(graph.channel)
        entry.reasons.insert(reason)
        entries[key] = entry
    }

    /// Adds a sentence for the user.
    mutating func warn(_ warning: String) {
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// Adds a failure.
    mutating func fail(_ failure: ReleasesError) { failures.append(failure) }

    /// Notes a path as the versions that it goes through.
    mutating func note(path: [SemanticVersion]) {
        if path.count > 1, !paths.contains(path) { paths.append(path) }
    }

    /// Notes a release that a way was measured by, whether it is chosen or not.
    mutating func note(waypoint version: SemanticVersion, in graph: UpdateGraph) {
        waypoints.insert(.init(channel: graph.channel, architecture: graph.architecture, version: version))
    }

    /// A shortest path in a graph; the conditional updates that it crosses are noted.
    ///
    /// - Returns: the indices of its nodes; nil when there is none.
    mutating func path(in graph: UpdateGraph, from start: Int, to end: Int) -> [Int]? {
        let finder = finders[graph.key] ?? UpdatePaths(graph)
        finders[graph.key] = finder
        guard let path = finder.path(from: start, to: end, conditional: includesConditional ? .always : .whereNeeded)
        else {
            return nil
        }
        crossed.formUnion(graph.conditionalUpdates(of: path))
        return path
    }

    /// What was gathered, in order.
    ///
    /// - Parameter graphs: all graphs that were asked for.
    /// - Returns: the releases, paths and warnings, each once.
    func selection(graphs: [UpdateGraph]) -> ReleaseSelection {
        let releases = entries.map { key, entry in
            SelectedRelease(
                version: entry.version,
                payload: key.payload,
                architecture: key.architecture,
                product: entry.product,
                channels: entry.channels.sorted(),
                reasons: entry.reasons.sorted()
            )
        }
        return ReleaseSelection(
            releases: releases.sorted {
                ($0.architecture, $0.version, $0.payload) < ($1.architecture, $1.version, $1.payload)
            },
            paths: paths,
            crossedEdges: crossed.sorted {
                ($0.architecture, $0.channel, $0.from, $0.to) < ($1.architecture, $1.channel, $1.from, $1.to)
            },
            warnings: warnings,
            graphs: graphs.sorted {
                ($0.product, $0.channel, $0.architecture) < ($1.product, $1.channel, $1.architecture)
            },
            waypoints: waypoints
        )
    }
}

extension UpdateGraph {
    /// The conditional updates among the steps of a path, as clusters see them.
    ///
    /// - Parameter path: indices of nodes.
    /// - Returns: one for each step that is conditional, in the path's order.
    package func conditionalUpdates(of path: [Int]) -> [CrossedEdge] {
        let steps = zip(path, path.dropFirst()).map { Edge(from: $0, to: $1) }
        let wanted = Set(steps)
        // A cluster takes an update that is listed both ways for a conditional one.
        var risks: [Edge: [UpdateRisk]] = [:]
        for edge in conditionalEdges where wanted.contains(edge.edge) { risks[edge.edge] = edge.risks }
        return steps.compactMap { step in
            risks[step].map { risks in
                CrossedEdge(
                    channel: channel,
                    architecture: architecture,
                    from: nodes[step.from].version,
                    to: nodes[step.to].version,
                    risks: risks
                )
            }
        }
    }
}
