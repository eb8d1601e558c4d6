package import OCIModel
package import SemanticVersion

/// One channel of a configuration, and which of its releases are wanted.
package struct ChannelRequest: Hashable, Sendable {
    /// The channel, `stable-4.18`.
    package let name: String
    /// The product.
    package let product: ReleaseProduct
    /// The lowest version wanted; nil when it is not said.
    package let minimum: SemanticVersion?
    /// The highest version wanted; nil when it is not said.
    package let maximum: SemanticVersion?
    /// Whether only the shortest path from the lowest to the highest is wanted.
    package let isShortestPath: Bool
    /// Whether the whole channel is wanted when no version is said.
    package let isFull: Bool
    /// How messages call it: `isc.yaml:7: channel stable-4.18`.
    package let place: String

    /// Joins the parts.
    package init(
        name: String,
        product: ReleaseProduct = .ocp,
        minimum: SemanticVersion? = nil,
        maximum: SemanticVersion? = nil,
        isShortestPath: Bool = false,
        isFull: Bool = false,
        place: String
    ) {
        self.name = name
        self.product = product
        self.minimum = minimum
        self.maximum = maximum
        self.isShortestPath = isShortestPath
        self.isFull = isFull
        self.place = place
    }
}

/// A release that channels ask for.
package struct SelectedRelease: Hashable, Sendable {
    /// Its version.
    package let version: SemanticVersion
    /// Its payload, by digest.
    package let payload: ImageReference
    /// The architecture that was asked for, in the update service's words.
    package let architecture: String
    /// The product.
    package let product: ReleaseProduct
    /// The channels that brought it, sorted.
    package let channels: [String]
    /// Why, for people: `in the range 4.18.1 to 4.18.5 of stable-4.18`, `on the path from … to …`; sorted.
    package let reasons: [String]

    /// Joins the parts.
    package init(
        version: SemanticVersion,
        payload: ImageReference,
        architecture: String,
        product: ReleaseProduct,
        channels: [String],
        reasons: [String]
    ) {
        self.version = version
        self.payload = payload
        self.architecture = architecture
        self.product = product
        self.channels = channels
        self.reasons = reasons
    }
}

/// A conditional update that a chosen path crosses.
package struct CrossedEdge: Hashable, Sendable {
    /// The channel.
    package let channel: String
    /// The architecture.
    package let architecture: String
    /// The version before.
    package let from: SemanticVersion
    /// The version after.
    package let to: SemanticVersion
    /// Its risks.
    package let risks: [UpdateRisk]

    /// Joins the parts.
    package init(
        channel: String,
        architecture: String,
        from: SemanticVersion,
        to: SemanticVersion,
        risks: [UpdateRisk]
    ) {
        self.channel = channel
        self.architecture = architecture
        self.from = from
        self.to = to
        self.risks = risks
    }
}

/// What channels come to.
package struct ReleaseSelection: Sendable {
    /// The releases, each payload once for an architecture, sorted by architecture and version.
    package var releases: [SelectedRelease]
    /// The paths, as versions from first to last, that were looked for: of `shortestPath` and between channels.
    package var paths: [[SemanticVersion]]
    /// The conditional updates that those paths cross.
    package var crossedEdges: [CrossedEdge]
    /// Oddities that the user should know of, each a sentence.
    package var warnings: [String]
    /// All graphs that were asked for, so that a part of them can be kept.
    package var graphs: [UpdateGraph]
    /// Releases that the ways between channels were measured by, chosen or not: without them the same request would find
    /// other ways in what is kept of the graphs.
    package var waypoints: Set<Waypoint>

    /// A release that decides over a way.
    package struct Waypoint: Hashable, Sendable {
        /// The channel that it was looked for in.
        let channel: String
        /// The architecture.
        let architecture: String
        /// The version.
        let version: SemanticVersion
    }

    /// Joins the parts.
    package init(
        releases: [SelectedRelease] = [],
        paths: [[SemanticVersion]] = [],
        crossedEdges: [CrossedEdge] = [],
        warnings: [String] = [],
        graphs: [UpdateGraph] = [],
        waypoints: Set<Waypoint> = []
    ) {
        self.releases = releases
        self.paths = paths
        self.crossedEdges = crossedEdges
        self.warnings = warnings
        self.graphs = graphs
        self.waypoints = waypoints
    }
}
