import Foundation
import OCIModel
package import SemanticVersion

extension UpdateGraph {
    /// The metadata of a node that names its channels, joined by commas.
    private static let channelsKey = "io.openshift.upgrades.graph.release.channels"

    /// Why an answer is no update graph: the second half of a sentence.
    package struct DecodingMistake: Error {
        /// What is wrong.
        package let reason: String
    }

    /// Decodes an answer of the update service.
    ///
    /// https://github.com/openshift/cincinnati/blob/master/docs/design/openshift.md; members that are unknown are
    /// ignored, and so are conditional updates from or to a version that the graph does not have.
    ///
    /// - Parameters:
    ///   - bytes: the answer.
    ///   - channel: the channel that was asked for.
    ///   - architecture: the architecture that was asked for.
    ///   - product: the product.
    /// - Throws: ``DecodingMistake`` for the first mistake: no JSON object, a version that is none or is there twice,
    ///   a payload without digest, an index that no node has, a conditional update without risks.
    package init(
        decoding bytes: [UInt8],
        channel: String,
        architecture: String,
        product: ReleaseProduct
    ) throws(DecodingMistake) {
        let wire = try Self.wire(bytes)
        let nodes = try (wire.nodes ?? []).enumerated().map { index, node throws(DecodingMistake) in
            try Self.node(node, at: index)
        }
        let order = nodes.indices.sorted { nodes[$0].version < nodes[$1].version }
        let sorted = order.map { nodes[$0] }
        for (node, next) in zip(sorted, sorted.dropFirst()) where node.version == next.version {
            throw DecodingMistake(reason: "the version \(node.version) is there twice")
        }
        var ranks = [Int](repeating: 0, count: nodes.count)
        for (rank, index) in order.enumerated() { ranks[index] = rank }
        self.init(
            channel: channel,
            architecture: architecture,
            product: product,
            nodes: sorted,
            edges: try Self.edges(wire.edges ?? [], ranks: ranks),
            conditionalEdges: try Self.conditionalEdges(wire.conditionalEdges ?? [], nodes: sorted)
        )
    }

    /// The index of the node with a version; nil when there is none.
    package func index(of version: SemanticVersion) -> Int? {
        var (low, high) = (0, nodes.count)
        while low < high {
            let middle = low + (high - low) / 2
            if nodes[middle].version < version { low = middle + 1 } else { high = middle }
        }
        return low < nodes.count && nodes[low].version == version ? low : nil
    }

    private static func wire(_ bytes: [UInt8]) throws(DecodingMistake) -> Wire {
        let first = bytes.first { !" \t\r\n".utf8.contains($0) }
        guard first == UInt8(ascii: "{") else {
            switch first {
            case nil: throw DecodingMistake(reason: "it is empty")
            case UInt8(ascii: "<"):
                throw DecodingMistake(reason: "it is HTML or XML, as a proxy or a login page sends it")
            default: throw DecodingMistake(reason: "it is not a JSON object")
            }
        }
        do {
            return try JSONText.decode(Wire.self, from: bytes)
        } catch {
            throw DecodingMistake(reason: error.reason)
        }
    }

    private static func node(_ node: Wire.Node, at index: Int) throws(DecodingMistake) -> Node {
        let version: SemanticVersion
        do {
            version = try SemanticVersion(node.version)
        } catch {
            throw DecodingMistake(reason: "the version of nodes[\(index)] is none: \(error)")
        }
        let payload: ImageReference
        do {
            payload = try ImageReference(node.payload)
        } catch {
            throw DecodingMistake(reason: "the payload of \(version) is no image: \(error)")
        }
        guard payload.digest != nil else {
            throw DecodingMistake(reason: "the payload of \(version) is not named by digest: \(payload)")
        }
        let channels = node.metadata?.values[channelsKey] ?? ""
        return Node(
            version: version,
            payload: payload,
            channels: Set(channels.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
                .filter { !$0.isEmpty }.sorted()
        )
    }

    private static func edges(_ pairs: [Wire.Pair], ranks: [Int]) throws(DecodingMistake) -> [Edge] {
        var edges: [Edge] = []
        edges.reserveCapacity(pairs.count)
        for (index, pair) in pairs.enumerated() {
            for end in [pair.from, pair.to] where !ranks.indices.contains(end) {
                throw DecodingMistake(
                    reason: "edges[\(index)] names node \(end), and there are \(ranks.count) nodes, counted from 0"
                )
            }
            edges.append(Edge(from: ranks[pair.from], to: ranks[pair.to]))
        }
        edges.sort { ($0.from, $0.to) < ($1.from, $1.to) }
        return edges.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    private static func conditionalEdges(
        _ groups: [Wire.ConditionalGroup],
        nodes: [Node]
    ) throws(DecodingMistake) -> [ConditionalEdge] {
        var indices: [SemanticVersion: Int] = [:]
        for (index, node) in nodes.enumerated() { indices[node.version] = index }
        var risks: [Edge: [UpdateRisk]] = [:]
        for (index, group) in groups.enumerated() {
            guard !group.risks.isEmpty || group.edges.isEmpty else {
                throw DecodingMistake(reason: "conditionalEdges[\(index)] has no risks")
            }
            for pair in group.edges {
                let (from, to): (SemanticVersion, SemanticVersion)
                do {
                    (from, to) = (try SemanticVersion(pair.from), try SemanticVersion(pair.to))
                } catch {
                    throw DecodingMistake(reason: "conditionalEdges[\(index)] has a version that is none: \(error)")
                }
                guard let from = indices[from], let to = indices[to] else { continue }
                // Several groups may have the same update; all their risks count.
                var known = risks[Edge(from: from, to: to)] ?? []
                for risk in group.risks where !known.contains(risk) { known.append(risk) }
                risks[Edge(from: from, to: to)] = known
            }
        }
        return risks.map { ConditionalEdge(edge: $0.key, risks: $0.value) }
            .sorted { ($0.edge.from, $0.edge.to) < ($1.edge.from, $1.edge.to) }
    }
}

/// The answer as it is on the wire.
private struct Wire: Decodable {
    struct Node: Decodable {
        let version: String
        let payload: String
        let metadata: Metadata?
    }

    /// Free-form; only members that are texts are of use.
    struct Metadata: Decodable {
        let values: [String: String]

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            var values: [String: String] = [:]
            for key in container.allKeys {
                // Anything is allowed here, so another type is not a mistake.
                if let text = try? container.decode(String.self, forKey: key) { values[key.stringValue] = text }
            }
            self.values = values
        }
    }

    /// `[from, to]`.
    struct Pair: Decodable {
        let from: Int
        let to: Int

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            from = try container.decode(Int.self)
            to = try container.decode(Int.self)
            guard container.isAtEnd else {
                throw DecodingError.typeMismatch(
                    Self.self,
                    .init(codingPath: decoder.codingPath, debugDescription: "more than two numbers")
                )
            }
        }
    }

    struct ConditionalGroup: Decodable {
        struct Pair: Decodable {
            let from: String
            let to: String
        }

        let edges: [Pair]
        let risks: [UpdateRisk]
    }

    let nodes: [Node]?
    let edges: [Pair]?
    let conditionalEdges: [ConditionalGroup]?

    private enum Key: String, CodingKey {
        case nodes
        case edges
        case conditionalEdges
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        // `null` is what Go makes of an empty list; without the member it is something else than a graph.
        nodes = try container.decode([Node]?.self, forKey: .nodes)
        edges = try container.decodeIfPresent([Pair].self, forKey: .edges)
        conditionalEdges = try container.decodeIfPresent([ConditionalGroup].self, forKey: .conditionalEdges)
    }
}
