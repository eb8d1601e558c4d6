package import MirrorPlan
package import OCIModel
package import SemanticVersion

/// Which product a release is of; decides over the update service.
package enum ReleaseProduct: String, Hashable, Sendable, Codable, Comparable {
    /// OpenShift Container Platform.
    case ocp
    /// The community distribution.
    case okd

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The releases of one channel and architecture, and which updates lead from one to another.
package struct UpdateGraph: Hashable, Sendable {
    /// One release.
    package struct Node: Hashable, Sendable {
        /// Its version.
        package let version: SemanticVersion
        /// Its payload, by digest.
        package let payload: ImageReference
        /// The channels that it is in, as its metadata say; empty when they do not.
        package let channels: [String]

        /// Joins the parts.
        package init(version: SemanticVersion, payload: ImageReference, channels: [String] = []) {
            self.version = version
            self.payload = payload
            self.channels = channels
        }
    }

    /// An update that is always recommended, from one node to another, as indices of ``nodes``.
    package struct Edge: Hashable, Sendable {
        /// The index of the release before.
        package let from: Int
        /// The index of the release after.
        package let to: Int

        /// Joins the two.
        package init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }
    }

    /// An update that is recommended to clusters only that are not exposed to its risks.
    package struct ConditionalEdge: Hashable, Sendable {
        /// The update.
        package let edge: Edge
        /// The risks, at least one.
        package let risks: [UpdateRisk]

        /// Joins the two.
        package init(edge: Edge, risks: [UpdateRisk]) {
            self.edge = edge
            self.risks = risks
        }
    }

    /// The channel, `stable-4.18`.
    package let channel: String
    /// The architecture in the update service's words: `amd64`, `multi`.
    package let architecture: String
    /// The product.
    package let product: ReleaseProduct
    /// The releases, ascending by version.
    package let nodes: [Node]
    /// The updates, sorted.
    package let edges: [Edge]
    /// The updates with risks, sorted.
    package let conditionalEdges: [ConditionalEdge]
    /// Whether it is what a media set has kept of a graph, and not an update service's answer.
    package let isOfMediaSet: Bool

    /// Joins the parts; indices must be those of `nodes`, which are in the order given.
    package init(
        channel: String,
        architecture: String,
        product: ReleaseProduct,
        nodes: [Node],
        edges: [Edge],
        conditionalEdges: [ConditionalEdge] = [],
        isOfMediaSet: Bool = false
    ) {
        self.channel = channel
        self.architecture = architecture
        self.product = product
        self.nodes = nodes
        self.edges = edges
        self.conditionalEdges = conditionalEdges
        self.isOfMediaSet = isOfMediaSet
    }
}

/// A known risk of an update.
package typealias UpdateRisk = PlannedReleases.Risk

/// Something that knows update graphs: the update service, or what was kept of its answers.
package protocol UpdateGraphProvider: Sendable {
    /// The graph of a channel.
    ///
    /// - Parameters:
    ///   - channel: the channel's name.
    ///   - architecture: in the update service's words.
    ///   - product: decides which service is asked.
    /// - Returns: the graph; one without nodes for a channel that nobody knows.
    /// - Throws: `ReleasesError`; `CancellationError`.
    func graph(channel: String, architecture: String, product: ReleaseProduct) async throws -> UpdateGraph
}
