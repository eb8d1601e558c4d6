import FerryTestSupport
import Foundation
import Releases
import SemanticVersion
import Testing

@Suite("Releases of channels")
struct ReleaseSelectorTests {
    /// What is asked of a channel, and what comes out.
    struct Row: Sendable, CustomTestStringConvertible {
        let request: String
        let expected: [String]

        var testDescription: String { request }
    }

    private static let stable: GraphBuilder = {
        var graph = GraphBuilder(
            ["4.17.9", "4.18.0-rc.1", "4.18.1", "4.18.2", "4.18.3", "4.18.10"],
            channels: ["stable-4.18", "fast-4.18"]
        )
        graph.chain("4.17.9", "4.18.1", "4.18.2", "4.18.3")
        graph.edge("4.18.1", "4.18.3")
        graph.edge("4.18.2", "4.18.10")
        graph.edge("4.18.3", "4.18.10")
        return graph
    }()

    @Test(
        "one channel",
        arguments: [
            Row(request: "stable-4.18", expected: ["4.18.10"]),
            Row(request: "stable-4.18 shortest", expected: ["4.18.10"]),
            Row(
                request: "stable-4.18 full",
                expected: ["4.17.9", "4.18.0-rc.1", "4.18.1", "4.18.2", "4.18.3", "4.18.10"]
            ),
            Row(request: "stable-4.18 min=4.18.3", expected: ["4.18.3", "4.18.10"]),
            Row(request: "stable-4.18 min=4.18.4", expected: ["4.18.10"]),
            Row(request: "stable-4.18 min=4.18.3 full", expected: ["4.18.3", "4.18.10"]),
            Row(request: "stable-4.18 max=4.18.1", expected: ["4.17.9", "4.18.0-rc.1", "4.18.1"]),
            Row(request: "stable-4.18 min=4.18.0-rc.0 max=4.18.2", expected: ["4.18.0-rc.1", "4.18.1", "4.18.2"]),
            Row(request: "stable-4.18 min=4.18.0 max=4.18.2", expected: ["4.18.1", "4.18.2"]),
            Row(request: "stable-4.18 min=4.18.2 max=4.18.3 full", expected: ["4.18.2", "4.18.3"]),
            // Of two ways of one length the one over the highest version.
            Row(
                request: "stable-4.18 min=4.17.9 max=4.18.10 shortest",
                expected: ["4.17.9", "4.18.1", "4.18.3", "4.18.10"]
            ),
            Row(request: "stable-4.18 max=4.18.2 shortest", expected: ["4.17.9", "4.18.1", "4.18.2"]),
            Row(request: "stable-4.18 min=4.18.2 shortest", expected: ["4.18.2", "4.18.10"]),
        ]
    )
    func oneChannel(_ row: Row) async throws {
        let graphs = MadeGraphs(["stable-4.18": Self.stable])
        let selection = try await ReleaseSelector(graphs: graphs).select(
            [try ChannelRequest(words: row.request)],
            architectures: ["amd64"]
        )
        #expect(selection.versions == row.expected)
        #expect(selection.warnings.isEmpty)
        #expect(graphs.asked == ["amd64 stable-4.18"])
    }

    @Test("a shortest path without any way takes both ends and says so")
    func noPath() async throws {
        let selection = try await ReleaseSelector(graphs: MadeGraphs(["stable-4.18": Self.stable])).select(
            [try ChannelRequest(words: "stable-4.18 min=4.18.0-rc.1 max=4.18.2 shortest")],
            architectures: ["amd64"]
        )
        #expect(selection.versions == ["4.18.0-rc.1", "4.18.2"])
        #expect(selection.warnings.count == 1)
        #expect(selection.paths.isEmpty)
    }

    @Test("the version filter counts only where the ends are looked for")
    func filter() async throws {
        let selector = ReleaseSelector(graphs: MadeGraphs(["stable-4.18": Self.stable])) { $0.hasSuffix(".3") }
        let head = try await selector.select([try ChannelRequest(words: "stable-4.18")], architectures: ["amd64"])
        #expect(head.versions == ["4.18.3"])
        let range = try await selector.select(
            [try ChannelRequest(words: "stable-4.18 min=4.18.1")],
            architectures: ["amd64"]
        )
        #expect(range.versions == ["4.18.1", "4.18.2", "4.18.3"])
        let said = try await selector.select(
            [try ChannelRequest(words: "stable-4.18 min=4.18.1 max=4.18.2")],
            architectures: ["amd64"]
        )
        #expect(said.versions == ["4.18.1", "4.18.2"])
    }

    @Test("architectures are choices of their own, each once")
    func architectures() async throws {
        var multi = GraphBuilder()
        multi.add("4.18.2", payload: "quay.io/a/b@sha256:" + String(repeating: "e", count: 64))
        let graphs = MadeGraphs(["stable-4.18": Self.stable, "multi stable-4.18": multi])
        let selection = try await ReleaseSelector(graphs: graphs).select(
            [try ChannelRequest(words: "stable-4.18")],
            architectures: ["multi", "amd64", "multi"]
        )
        #expect(selection.releases.map { "\($0.architecture) \($0.version)" } == ["amd64 4.18.10", "multi 4.18.2"])
        #expect(graphs.asked == ["amd64 stable-4.18", "multi stable-4.18"])
        #expect(selection.graphs.map(\.architecture) == ["amd64", "multi"])
    }

    @Test("a release of two channels is one release with both names")
    func shared() async throws {
        let graphs = MadeGraphs(["stable-4.18": Self.stable, "fast-4.18": Self.stable])
        let selection = try await ReleaseSelector(graphs: graphs).select(
            [try ChannelRequest(words: "stable-4.18"), try ChannelRequest(words: "fast-4.18")],
            architectures: ["amd64"]
        )
        let release = try #require(selection.releases.first)
        #expect(selection.releases.count == 1)
        #expect(release.channels == ["fast-4.18", "stable-4.18"])
        #expect(release.reasons.count == 2)
    }

    @Test(
        "EUS channels over two minor versions",
        arguments: [
            ("eus-4.18 min=4.16.1 max=4.18.1", 1), ("eus-4.18 min=4.17.9 max=4.18.1", 0),
            ("stable-4.18 min=4.16.1 max=4.18.1", 0), ("eus-4.18 min=4.16.1", 0),
        ]
    )
    func extendedUpdates(_ request: String, _ warnings: Int) async throws {
        let graphs = MadeGraphs(["stable-4.18": Self.stable, "eus-4.18": Self.stable])
        let selection = try await ReleaseSelector(graphs: graphs).select(
            [try ChannelRequest(words: request)],
            architectures: ["amd64"]
        )
        #expect(selection.warnings.count { $0.contains("EUS") } == warnings)
    }
}

extension ReleaseSelection {
    /// The versions of all releases, as text.
    var versions: [String] { releases.map(\.version.description) }
}

extension ChannelRequest {
    /// Parses `NAME [min=V] [max=V] [shortest] [full] [okd]`.
    init(words: String) throws {
        let parts = words.split(separator: " ")
        func value(_ key: String) throws -> SemanticVersion? {
            try parts.first { $0.hasPrefix(key + "=") }.map { try SemanticVersion($0.dropFirst(key.count + 1)) }
        }
        self.init(
            name: String(try #require(parts.first)),
            product: parts.contains("okd") ? .okd : .ocp,
            minimum: try value("min"),
            maximum: try value("max"),
            isShortestPath: parts.contains("shortest"),
            isFull: parts.contains("full"),
            place: "isc.yaml:7: channel \(parts[0])"
        )
    }
}
