package import SemanticVersion

extension ReleasesError.Code {
    /// The update service knows no release in a channel.
    package static let unknownChannel = ReleasesError.Code("unknownChannel")
    /// No release of a channel lies in the range that is asked for.
    package static let emptyVersionRange = ReleasesError.Code("emptyVersionRange")
    /// The lowest version asked for is above the highest.
    package static let reversedVersions = ReleasesError.Code("reversedVersions")
    /// A version that a path begins or ends with is not in its channel.
    package static let versionNotFound = ReleasesError.Code("versionNotFound")
    /// No update path leads from one version to another.
    package static let noUpdatePath = ReleasesError.Code("noUpdatePath")
    /// The version filter lets no version of a channel through.
    package static let versionFilterMatchesNothing = ReleasesError.Code("versionFilterMatchesNothing")
}

/// A request for a channel with its graph and both ends of its range.
struct ResolvedChannel: Sendable {
    /// Where the ends come from.
    enum Extent: Sendable {
        /// The highest version alone.
        case head
        /// All of the channel.
        case full
        /// A range of which at least one end is said.
        case range
    }

    /// The request.
    let request: ChannelRequest
    /// The graph.
    let graph: UpdateGraph
    /// The lowest version.
    let minimum: SemanticVersion
    /// The highest version.
    let maximum: SemanticVersion
    /// Where the two come from.
    let extent: Extent

    /// Fills in what the request leaves open, as oc-mirror does.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - graph: its channel's graph.
    ///   - filter: which versions count when the lowest or highest is looked for.
    ///   - hint: what to say of a channel that nobody knows.
    /// - Throws: `ReleasesError.unknownChannel`, `.versionFilterMatchesNothing`, `.reversedVersions`.
    init(
        _ request: ChannelRequest,
        in graph: UpdateGraph,
        filter: (SemanticVersion) -> Bool,
        hint: @autoclosure () -> String
    ) throws(ReleasesError) {
        self.request = request
        self.graph = graph
        let subject = "\(request.place) (\(graph.architecture))"
        if let low = request.minimum, let high = request.maximum, low > high {
            throw ReleasesError(
                .reversedVersions,
                subject: subject,
                reason: "no release lies between minVersion \(low) and maxVersion \(high); swap the two"
            )
        }
        try graph.requireReleases(subject: subject, hint: hint())
        if let low = request.minimum, let high = request.maximum {
            (minimum, maximum, extent) = (low, high, .range)
            return
        }
        let ends = try graph.ends(filter: filter, subject: subject)
        maximum = request.maximum ?? ends.highest
        if request.minimum == nil, request.maximum == nil {
            minimum = request.isFull ? ends.lowest : ends.highest
            extent = request.isFull ? .full : .head
        } else {
            minimum = request.minimum ?? ends.lowest
            extent = .range
        }
    }

    /// The nodes of the range.
    ///
    /// - Throws: `ReleasesError.emptyVersionRange`.
    func nodes() throws(ReleasesError) -> [UpdateGraph.Node] {
        let nodes = graph.nodes.filter { minimum <= $0.version && $0.version <= maximum }
        guard nodes.isEmpty else { return nodes }
        throw ReleasesError(
            .emptyVersionRange,
            subject: "\(request.place) (\(graph.architecture))",
            reason: "\(graph.title) has no version from \(minimum) to \(maximum); "
                + graph.neighbourhood(from: minimum, to: maximum)
        )
    }

    /// Why a release of the range is wanted.
    var reason: String {
        switch extent {
        case .head: "the highest version of \(graph.channel)"
        case .full: "in \(graph.channel), which is wanted in full"
        case .range: "in the range \(minimum) to \(maximum) of \(graph.channel)"
        }
    }
}

extension UpdateGraph {
    /// What messages call it: `the channel stable-4.18`, and whether only a media set's part of it is meant.
    var title: String { "the channel \(channel)" + (isOfMediaSet ? " of the media set" : "") }

    /// Refuses a graph without releases.
    ///
    /// - Parameters:
    ///   - subject: what the message begins with.
    ///   - hint: the end of its sentence.
    /// - Throws: `ReleasesError.unknownChannel`.
    package func requireReleases(
        subject: String,
        hint: @autoclosure () -> String
    ) throws(ReleasesError) {
        guard nodes.isEmpty else { return }
        guard !isOfMediaSet else {
            throw ReleasesError(
                .unknownChannel,
                subject: subject,
                reason:
                    "the media set has no release of the channel \"\(channel)\" for \(architecture): only what its own "
                    + "configuration asked for can be taken out of it"
            )
        }
        throw ReleasesError(
            .unknownChannel,
            subject: subject,
            reason: "the update service knows no release in the channel \"\(channel)\" for \(architecture)\(hint())"
        )
    }

    /// The lowest and the highest version that a filter lets through.
    ///
    /// - Throws: `ReleasesError.versionFilterMatchesNothing`.
    func ends(
        filter: (SemanticVersion) -> Bool,
        subject: String
    ) throws(ReleasesError) -> (lowest: SemanticVersion, highest: SemanticVersion) {
        if let lowest = nodes.first(where: { filter($0.version) }),
            let highest = nodes.last(where: { filter($0.version) })
        {
            return (lowest.version, highest.version)
        }
        throw ReleasesError(
            .versionFilterMatchesNothing,
            subject: subject,
            reason: "the version filter (VERSION_FILTER) matches none of the \(nodes.count) versions of \(channel) for "
                + architecture
        )
    }

    /// Which versions there are instead of those from one to another: the nearest, how many, the lowest and highest.
    func neighbourhood(from low: SemanticVersion, to high: SemanticVersion) -> String {
        guard let first = nodes.first, let last = nodes.last else { return "it has no versions" }
        let below = nodes.last { $0.version < low }
        let above = nodes.first { $0.version > high }
        let nearest = [below, above].compactMap { $0?.version.description }
        let all =
            nodes.count == 1
            ? "its only version is \(first.version)"
            : "it has \(nodes.count) versions from \(first.version) to \(last.version)"
        guard nodes.count > 1, !nearest.isEmpty else { return all }
        return all + (nearest.count == 1 ? ", the nearest is " : ", the nearest are ")
            + nearest.joined(separator: " and ")
    }

    /// The index of a version that must be there.
    ///
    /// - Parameters:
    ///   - version: the version.
    ///   - subject: what the message begins with.
    ///   - purpose: what needs the version.
    /// - Returns: the index.
    /// - Throws: `ReleasesError.versionNotFound`, which names the nearest versions.
    package func requireIndex(
        of version: SemanticVersion,
        subject: String,
        purpose: String
    ) throws(ReleasesError) -> Int {
        if let index = index(of: version) { return index }
        throw ReleasesError(
            .versionNotFound,
            subject: subject,
            reason: "the version \(version) is not in \(title) (\(architecture)), and \(purpose); "
                + neighbourhood(from: version, to: version)
        )
    }
}
