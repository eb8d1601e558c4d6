package import MirrorPlan
import OCIModel
import SemanticVersion

/// The update graphs that a lock file has kept: those of its releases, so that a part of them can be chosen offline.
package struct LockedUpdateGraphs: UpdateGraphProvider {
    private let channels: [PlannedReleases.Channel]

    /// Takes what a plan knows of its releases.
    package init(_ releases: PlannedReleases?) {
        channels = releases?.channels ?? []
    }

    /// The graph of a channel as far as the plan has its releases; one without nodes for any other.
    ///
    /// - Throws: `ReleasesError.invalidLockedGraph` for versions that are none and updates from or to nowhere.
    package func graph(channel: String, architecture: String, product: ReleaseProduct) async throws -> UpdateGraph {
        let kept = channels.first {
            $0.name == channel && $0.architecture == architecture && $0.product == product.rawValue
        }
        guard let kept else {
            return UpdateGraph(
                channel: channel,
                architecture: architecture,
                product: product,
                nodes: [],
                edges: [],
                isOfMediaSet: true
            )
        }
        let nodes = try kept.releases.map { release in
            do {
                return UpdateGraph.Node(
                    version: try SemanticVersion(release.version),
                    payload: ImageReference(repository: release.repository, digest: release.digest)
                )
            } catch {
                throw Self.invalid(channel, "\"\(release.version)\" is no version", underlying: error)
            }
        }
        var edges: [UpdateGraph.Edge] = []
        var conditional: [UpdateGraph.ConditionalEdge] = []
        for update in kept.updates {
            guard nodes.indices.contains(update.from), nodes.indices.contains(update.to) else {
                throw Self.invalid(
                    channel,
                    "an update leads from \(update.from) to \(update.to), which are no releases"
                )
            }
            let edge = UpdateGraph.Edge(from: update.from, to: update.to)
            if update.risks.isEmpty {
                edges.append(edge)
            } else {
                conditional.append(UpdateGraph.ConditionalEdge(edge: edge, risks: update.risks))
            }
        }
        return UpdateGraph(
            channel: channel,
            architecture: architecture,
            product: product,
            nodes: nodes,
            edges: edges,
            conditionalEdges: conditional,
            isOfMediaSet: true
        )
    }

    private static func invalid(_ channel: String, _ reason: String, underlying: (any Error)? = nil) -> ReleasesError {
        ReleasesError(
            .invalidLockedGraph,
            reference: "channel \(channel)",
            reason: "the lock file's update graph is damaged: \(reason)",
            underlying: underlying
        )
    }
}

extension ReleaseSelection {
    /// What a lock file keeps of the selection: graphs reduced to the chosen releases and waypoints, paths with risks,
    /// warnings.
    package var planned: PlannedReleases {
        let chosen = Set(releases.map { Chosen(architecture: $0.architecture, payload: $0.payload) })
        let channels = graphs.map { graph in
            Self.channel(graph) { node in
                chosen.contains(Chosen(architecture: graph.architecture, payload: node.payload))
                    || waypoints.contains(
                        Waypoint(channel: graph.channel, architecture: graph.architecture, version: node.version)
                    )
            }
        }
        return PlannedReleases(
            channels: channels.filter { !$0.releases.isEmpty }
                .sorted { ($0.architecture, $0.name, $0.product) < ($1.architecture, $1.name, $1.product) },
            conditionalUpdates: crossedEdges.map { edge in
                PlannedReleases.ConditionalUpdate(
                    channel: edge.channel,
                    architecture: edge.architecture,
                    from: edge.from.description,
                    to: edge.to.description,
                    risks: edge.risks
                )
            },
            warnings: warnings
        )
    }

    private struct Chosen: Hashable {
        let architecture: String
        let payload: ImageReference
    }

    private static func channel(
        _ graph: UpdateGraph,
        keeping isKept: (UpdateGraph.Node) -> Bool
    ) -> PlannedReleases.Channel {
        var positions: [Int: Int] = [:]
        var releases: [PlannedReleases.Channel.Release] = []
        for (index, node) in graph.nodes.enumerated() where isKept(node) {
            guard let digest = node.payload.digest else { continue }
            positions[index] = releases.count
            releases.append(
                PlannedReleases.Channel.Release(
                    version: node.version.description,
                    digest: digest,
                    repository: node.payload.repository
                )
            )
        }
        let plain = graph.edges.map { ($0, [UpdateRisk]()) }
        let all = plain + graph.conditionalEdges.map { ($0.edge, $0.risks) }
        let updates = all.compactMap { edge, risks -> PlannedReleases.Channel.Update? in
            guard let from = positions[edge.from], let to = positions[edge.to] else { return nil }
            return PlannedReleases.Channel.Update(from: from, to: to, risks: risks)
        }
        return PlannedReleases.Channel(
            name: graph.channel,
            architecture: graph.architecture,
            product: graph.product.rawValue,
            releases: releases,
            updates: updates.sorted { ($0.from, $0.to, $0.risks.count) < ($1.from, $1.to, $1.risks.count) }
        )
    }
}

extension ReleasesError.Code {
    /// A lock file has an update graph that cannot be.
    package static let invalidLockedGraph = ReleasesError.Code("invalidLockedGraph")
}
