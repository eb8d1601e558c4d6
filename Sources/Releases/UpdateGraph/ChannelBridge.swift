import SemanticVersion

extension ReleasesError.Code {
    /// A channel that a path leads through is not called `PREFIX-X.Y`.
    package static let invalidChannelName = ReleasesError.Code("invalidChannelName")
    /// Two channels are further apart than paths are looked for.
    package static let channelsTooFarApart = ReleasesError.Code("channelsTooFarApart")
}

/// The path from the lowest release of several channels to their highest, through the channels between.
///
/// The rules are those of oc-mirror, so that both choose the same releases.
struct ChannelBridge: Sendable {
    private enum Route {
        /// Both ends are in one channel.
        case inside(String)
        /// Two channels of the same X.Y.
        case across(source: String, target: String)
        /// From minor version to minor version; the first is the source, the last the target.
        case along([String])
        /// Names that lead nowhere.
        case none(String)
    }

    private let start: ResolvedChannel
    private let target: ResolvedChannel
    private let route: Route

    /// Finds out which way the path goes; nil when fewer than two channels are left, or all ask for one version.
    ///
    /// - Parameter channels: the channels of one pass over an architecture; those of OKD are left out.
    /// - Throws: `ReleasesError.invalidChannelName`, `.channelsTooFarApart`.
    init?(_ channels: [ResolvedChannel]) throws(ReleasesError) {
        let channels = channels.filter { $0.request.product == .ocp }
        guard channels.count > 1, let first = channels.first else { return nil }
        let lowest = channels.reduce(first.minimum) { min($0, $1.minimum) }
        let highest = channels.reduce(first.maximum) { max($0, $1.maximum) }
        // One version is no path.
        guard lowest < highest else { return nil }
        let starts = channels.filter { $0.minimum == lowest }
        let targets = channels.filter { $0.maximum == highest }
        // Several may begin or end at the same version: one channel for both ends goes first, then the file's order.
        let both = starts.first { start in targets.contains { $0.request.name == start.request.name } }
        guard let start = both ?? starts.first, let target = both ?? targets.first else { return nil }
        self.start = start
        self.target = target
        route = try Self.route(from: start, to: target)
    }

    /// The graphs that the path leads through, in its order.
    var keys: [GraphKey] {
        let names: [String]
        switch route {
        case .inside(let channel): names = [channel]
        case .across(let source, let target): names = [source, target]
        case .along(let channels): names = channels
        case .none: names = []
        }
        return names.map { GraphKey(channel: $0, architecture: start.graph.architecture, product: .ocp) }
    }

    /// How messages call the path.
    var subject: String {
        "the path from \(start.minimum) (\(start.request.name)) to \(target.maximum) (\(target.request.name)) for "
            + start.graph.architecture
    }

    private static func route(from start: ResolvedChannel, to target: ResolvedChannel) throws(ReleasesError) -> Route {
        if start.request.name == target.request.name { return .inside(start.request.name) }
        let source = try name(of: start)
        let goal = try name(of: target)
        if (source.major, source.minor) == (goal.major, goal.minor) {
            return .across(source: start.request.name, target: target.request.name)
        }
        guard source.major == goal.major, source.minor < goal.minor else {
            return .none("\(target.request.name) does not follow \(start.request.name)")
        }
        guard goal.minor - source.minor <= ChannelName.maximumSteps else {
            throw ReleasesError(
                .channelsTooFarApart,
                subject: target.request.place,
                reason: "there are \(goal.minor - source.minor) minor versions from \(start.request.name) to "
                    + "\(target.request.name), and paths are looked for over at most \(ChannelName.maximumSteps)"
            )
        }
        let between = (source.minor + 1..<goal.minor).map {
            ChannelName(prefix: source.prefix, major: source.major, minor: $0).text
        }
        return .along([start.request.name] + between + [target.request.name])
    }

    private static func name(of channel: ResolvedChannel) throws(ReleasesError) -> ChannelName {
        if let name = ChannelName(channel.request.name) { return name }
        throw ReleasesError(
            .invalidChannelName,
            subject: channel.request.place,
            reason: "several channels are joined by the path from the lowest to the highest release, and the name "
                + "\"\(channel.request.name)\" does not say between which versions: it must end like stable-4.18"
        )
    }

    /// Adds the releases of the path.
    ///
    /// - Parameters:
    ///   - builder: where to.
    ///   - graphs: gives the graphs of ``keys``.
    ///   - highest: gives the highest version of a graph.
    /// - Throws: `ReleasesError.versionNotFound`; what `graphs` and `highest` throw.
    func add(
        to builder: inout SelectionBuilder,
        graphs: (GraphKey) throws(ReleasesError) -> UpdateGraph,
        highest: (UpdateGraph) throws(ReleasesError) -> SemanticVersion
    ) throws(ReleasesError) {
        let (first, last) = (start.minimum, target.maximum)
        switch route {
        case .none(let reason): builder.warn("\(subject) is not looked for: \(reason)")
        case .inside:
            // Releases of a range are all there already, so a missing end costs nothing.
            guard let from = start.graph.index(of: first), let to = start.graph.index(of: last) else { return }
            _ = addPath(in: start.graph, from: from, to: to, &builder)
        case .across:
            let to = try require(last, in: target.graph)
            guard let from = target.graph.index(of: first) else {
                warnOfGap(first, in: target.graph, &builder)
                builder.add(target.graph.nodes[to], of: target.graph, reason: "the end of \(subject)")
                return
            }
            _ = addPath(in: target.graph, from: from, to: to, &builder)
        case .along: try addSteps(&builder, graphs: graphs, highest: highest)
        }
    }

    private func addSteps(
        _ builder: inout SelectionBuilder,
        graphs: (GraphKey) throws(ReleasesError) -> UpdateGraph,
        highest: (UpdateGraph) throws(ReleasesError) -> SemanticVersion
    ) throws(ReleasesError) {
        var version = start.minimum
        var walked: [SemanticVersion] = []
        builder.add(
            start.graph.nodes[try require(version, in: start.graph)],
            of: start.graph,
            reason: "the begin of \(subject)"
        )
        let keys = self.keys
        for (step, key) in keys.enumerated() {
            let graph = try graphs(key)
            let isLast = step == keys.count - 1
            let goal = isLast ? target.maximum : try highest(graph)
            if !isLast { builder.note(waypoint: goal, in: graph) }
            guard let from = graph.index(of: version) else {
                builder.note(path: walked)
                warnOfGap(version, in: graph, &builder)
                // As oc-mirror: the version that this step leads to, if the last channel has it.
                let end = target.graph.index(of: goal) == nil ? target.maximum : goal
                let node = target.graph.nodes[try require(end, in: target.graph)]
                builder.add(node, of: target.graph, reason: "the end of \(subject)")
                return
            }
            builder.note(waypoint: version, in: graph)
            let to = try require(goal, in: graph)
            if let path = addPath(in: graph, from: from, to: to, &builder, notes: false) {
                walked += walked.last == path.first ? path.dropFirst() : path[...]
            } else {
                builder.note(path: walked)
                walked = []
            }
            if isLast { builder.add(graph.nodes[to], of: graph, reason: "the end of \(subject)") }
            version = goal
        }
        builder.note(path: walked)
    }

    /// Adds the releases of a path inside a channel.
    ///
    /// - Returns: its versions; nil when there is none, of which the user is told.
    private func addPath(
        in graph: UpdateGraph,
        from start: Int,
        to end: Int,
        _ builder: inout SelectionBuilder,
        notes: Bool = true
    ) -> [SemanticVersion]? {
        guard let path = builder.path(in: graph, from: start, to: end) else {
            builder.warn(
                "no update path leads from \(graph.nodes[start].version) to \(graph.nodes[end].version) in the channel "
                    + "\(graph.channel) for \(graph.architecture): nothing is added for this part of \(subject)"
            )
            return nil
        }
        for index in path { builder.add(graph.nodes[index], of: graph, reason: "on \(subject)") }
        let versions = path.map { graph.nodes[$0].version }
        if notes { builder.note(path: versions) }
        return versions
    }

    private func require(_ version: SemanticVersion, in graph: UpdateGraph) throws(ReleasesError) -> Int {
        try graph.requireIndex(
            of: version,
            subject: "several channels",
            purpose: "\(subject) needs it: write the versions of real releases into minVersion and maxVersion"
        )
    }

    private func warnOfGap(_ version: SemanticVersion, in graph: UpdateGraph, _ builder: inout SelectionBuilder) {
        builder.warn(
            "\(version) is not in the channel \(graph.channel) for \(graph.architecture), so no update leads on from it "
                + "there; \(subject) has a gap"
        )
    }
}
