import Foundation

/// Makes answers of an update service.
///
/// ```swift
/// var graph = GraphBuilder(["4.18.1", "4.18.2", "4.18.3"])
/// graph.edge("4.18.1", "4.18.2")
/// graph.conditionalEdge("4.18.2", "4.18.3", risk: "Slow")
/// ```
package struct GraphBuilder: Sendable {
    private struct Release: Sendable {
        var version: String
        var payload: String
        var channels: [String]
    }

    /// The repository of payloads that are not named.
    package static let repository = "quay.io/openshift-release-dev/ocp-release"

    private var releases: [Release] = []
    private var edges: [[Int]] = []
    private var conditionalEdges: [[String: any Sendable]] = []

    /// Begins with releases.
    ///
    /// - Parameters:
    ///   - versions: their versions; each gets a payload of its own.
    ///   - channels: what their metadata say of their channels.
    package init(_ versions: [String] = [], channels: [String] = []) {
        for version in versions { add(version, channels: channels) }
    }

    /// The payload of a version that was added without one: the same in every graph.
    package static func payload(_ version: String) -> String {
        // Nothing has these digests; they only differ.
        let words = (0..<4).map { seed in
            version.utf8.reduce(0xcbf2_9ce4_8422_2325 &+ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
        let hex = words.map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return "\(repository)@sha256:\(hex.joined())"
    }

    /// Adds a release.
    ///
    /// - Parameters:
    ///   - version: its version.
    ///   - payload: its payload, by digest.
    ///   - channels: what its metadata say of its channels.
    package mutating func add(_ version: String, payload: String? = nil, channels: [String] = []) {
        releases.append(Release(version: version, payload: payload ?? Self.payload(version), channels: channels))
    }

    /// Adds a recommended update; versions that were not added become index 999.
    package mutating func edge(_ from: String, _ to: String) { edges.append([index(from), index(to)]) }

    /// Adds a recommended update from each version to the next.
    package mutating func chain(_ versions: String...) {
        for (from, to) in zip(versions, versions.dropFirst()) { edge(from, to) }
    }

    /// Adds an update with a risk.
    package mutating func conditionalEdge(_ from: String, _ to: String, risk: String = "Risk") {
        conditionalEdges.append([
            "edges": [["from": from, "to": to]],
            "risks": [
                [
                    "name": risk, "message": "Clusters may see \(risk).", "url": "https://example.com/\(risk)",
                ] as [String: any Sendable]
            ],
        ])
    }

    /// The answer as JSON.
    package var json: [UInt8] {
        let document: [String: any Sendable] = [
            "version": 1,
            "nodes": releases.map { release -> [String: any Sendable] in
                var metadata = ["url": "https://example.com/\(release.version)"]
                if !release.channels.isEmpty {
                    metadata["io.openshift.upgrades.graph.release.channels"] = release.channels.joined(separator: ",")
                }
                return ["version": release.version, "payload": release.payload, "metadata": metadata]
            },
            "edges": edges,
            "conditionalEdges": conditionalEdges,
        ]
        let data = try? JSONSerialization.data(withJSONObject: document, options: [.sortedKeys])
        return Array(data ?? Data())
    }

    private func index(_ version: String) -> Int { releases.firstIndex { $0.version == version } ?? 999 }
}
