import SemanticVersion

/// Chooses the releases that channels ask for, as oc-mirror v2 does.
///
/// Beyond it, paths cross conditional updates where no other way is left (or freely, if so asked), and every failure of
/// every channel is told at once.
package struct ReleaseSelector: Sendable {
    private let graphs: any UpdateGraphProvider
    private let includesConditional: Bool
    private let versionFilter: (@Sendable (String) -> Bool)?

    /// Takes what it chooses by.
    ///
    /// - Parameters:
    ///   - graphs: gives the graphs; asked once for each channel and architecture.
    ///   - includesConditional: whether paths may cross conditional updates even where another way is left.
    ///   - versionFilter: which versions, as text, count when the lowest or highest of a channel is looked for; nil for
    ///     all.
    package init(
        graphs: any UpdateGraphProvider,
        includesConditional: Bool = false,
        versionFilter: (@Sendable (String) -> Bool)? = nil
    ) {
        self.graphs = graphs
        self.includesConditional = includesConditional
        self.versionFilter = versionFilter
    }

    /// Chooses.
    ///
    /// - Parameters:
    ///   - channels: what is asked for; none gives nothing.
    ///   - architectures: in the update service's words, `multi` among them; each is a choice of its own.
    /// - Returns: the releases, with the paths and all graphs that were asked for.
    /// - Throws: `ReleasesError`, joined when there is more than one: `.unknownChannel`, `.emptyVersionRange`,
    ///   `.reversedVersions`, `.versionNotFound`, `.versionFilterMatchesNothing`, `.invalidChannelName`,
    ///   `.channelsTooFarApart`, and what the provider throws; `CancellationError`.
    package func select(_ channels: [ChannelRequest], architectures: [String]) async throws -> ReleaseSelection {
        var seen: Set<String> = []
        let architectures = architectures.filter { seen.insert($0).inserted }
        var shelf = GraphShelf(provider: graphs)
        try await shelf.fetch(architectures.flatMap { name in channels.map { $0.key(name) } })
        var builder = SelectionBuilder(includesConditional: includesConditional)
        warnOfExtendedUpdates(channels, &builder)
        let bridges = architectures.compactMap { choose(channels, $0, shelf, &builder) }
        try await shelf.fetch(bridges.flatMap(\.keys))
        for bridge in bridges { add(bridge, shelf, &builder) }
        guard builder.failures.isEmpty else { throw ReleasesError(joining: builder.failures) }
        return builder.selection(graphs: shelf.known)
    }

    /// One pass: each channel by itself.
    ///
    /// - Returns: the path between the channels that is still to be looked for.
    private func choose(
        _ channels: [ChannelRequest],
        _ architecture: String,
        _ shelf: GraphShelf,
        _ builder: inout SelectionBuilder
    ) -> ChannelBridge? {
        var resolved: [ResolvedChannel] = []
        for request in channels {
            do throws(ReleasesError) {
                let channel = try ResolvedChannel(
                    request,
                    in: try shelf.graph(request.key(architecture)),
                    filter: passes,
                    hint: shelf.hint(for: request.key(architecture))
                )
                try take(channel, &builder)
                resolved.append(channel)
            } catch {
                builder.fail(error)
            }
        }
        // Without all ends nobody knows where the path goes, and the run has failed anyway.
        guard resolved.count == channels.count else { return nil }
        do throws(ReleasesError) {
            return try ChannelBridge(resolved)
        } catch {
            builder.fail(error)
            return nil
        }
    }

    private func take(_ channel: ResolvedChannel, _ builder: inout SelectionBuilder) throws(ReleasesError) {
        let graph = channel.graph
        guard channel.request.isShortestPath else {
            for node in try channel.nodes() { builder.add(node, of: graph, reason: channel.reason) }
            return
        }
        guard channel.minimum <= channel.maximum else {
            // Says which versions there are.
            _ = try channel.nodes()
            return
        }
        let subject = "\(channel.request.place) (\(graph.architecture))"
        let ends = [channel.minimum, channel.maximum]
        let start = try graph.requireIndex(of: ends[0], subject: subject, purpose: "shortestPath begins with it")
        let end = try graph.requireIndex(of: ends[1], subject: subject, purpose: "shortestPath ends with it")
        guard let path = builder.path(in: graph, from: start, to: end) else {
            builder.warn(
                "no update path leads from \(ends[0]) to \(ends[1]) in the channel \(graph.channel) for "
                    + "\(graph.architecture): only these two releases are taken"
            )
            for index in [start, end] {
                builder.add(
                    graph.nodes[index],
                    of: graph,
                    reason: "an end of \(ends[0]) to \(ends[1]) in \(graph.channel), between which there is no path"
                )
            }
            return
        }
        builder.note(path: path.map { graph.nodes[$0].version })
        let reason =
            path.count == 1 ? channel.reason : "on the shortest path from \(ends[0]) to \(ends[1]) in \(graph.channel)"
        for index in path { builder.add(graph.nodes[index], of: graph, reason: reason) }
    }

    private func add(_ bridge: ChannelBridge, _ shelf: GraphShelf, _ builder: inout SelectionBuilder) {
        do throws(ReleasesError) {
            try bridge.add(
                to: &builder,
                graphs: { key throws(ReleasesError) in
                    let graph = try shelf.graph(key)
                    try graph.requireReleases(subject: bridge.subject, hint: shelf.hint(for: key))
                    return graph
                },
                highest: { graph throws(ReleasesError) in
                    try graph.ends(filter: passes, subject: bridge.subject).highest
                }
            )
        } catch {
            builder.fail(error)
        }
    }

    private func passes(_ version: SemanticVersion) -> Bool { versionFilter?(version.description) ?? true }

    /// Says once that paths between EUS releases are not to be taken from here.
    private func warnOfExtendedUpdates(_ channels: [ChannelRequest], _ builder: inout SelectionBuilder) {
        let isAffected = channels.contains { channel in
            guard channel.name.contains("eus"), let low = channel.minimum, let high = channel.maximum,
                low.major == high.major, high.minor >= low.minor
            else {
                return false
            }
            return high.minor - low.minor >= 2
        }
        guard isAffected else { return }
        builder.warn(
            "an Extended Update Support (EUS) channel is asked for over 2 or more minor versions; see "
                + "https://access.redhat.com/labs/ocpupgradegraph/update_path for the update path between EUS releases"
        )
    }
}

extension ChannelRequest {
    fileprivate func key(_ architecture: String) -> GraphKey {
        GraphKey(channel: name, architecture: architecture, product: product)
    }
}
