import MirrorPlan
import OCIModel
import SemanticVersion
import Testing

@testable import Releases

@Suite("Update graphs kept in lock files")
struct LockedUpdateGraphsTests {
    private static func node(_ version: String, _ digit: Character) throws -> UpdateGraph.Node {
        UpdateGraph.Node(
            version: try SemanticVersion(version),
            payload: try ImageReference("quay.io/ocp/release@sha256:\(String(repeating: digit, count: 64))")
        )
    }

    private static func graph() throws -> UpdateGraph {
        let risk = UpdateRisk(name: "Slow", message: "It is slow.", url: "https://example.com/slow")
        return UpdateGraph(
            channel: "stable-4.18",
            architecture: "amd64",
            product: .ocp,
            nodes: [try node("4.18.1", "a"), try node("4.18.2", "b"), try node("4.18.3", "c")],
            edges: [.init(from: 0, to: 1), .init(from: 1, to: 2)],
            conditionalEdges: [.init(edge: .init(from: 0, to: 2), risks: [risk])]
        )
    }

    private static func selection(_ positions: [Int]) throws -> ReleaseSelection {
        let graph = try graph()
        return ReleaseSelection(
            releases: positions.map { position in
                SelectedRelease(
                    version: graph.nodes[position].version,
                    payload: graph.nodes[position].payload,
                    architecture: "amd64",
                    product: .ocp,
                    channels: ["stable-4.18"],
                    reasons: []
                )
            },
            graphs: [graph]
        )
    }

    @Test("a graph of which all releases are kept comes back as it was")
    func whole() async throws {
        let kept = LockedUpdateGraphs(try Self.selection([0, 1, 2]).planned)
        let graph = try await kept.graph(channel: "stable-4.18", architecture: "amd64", product: .ocp)
        let all = try Self.graph()
        #expect(graph.nodes == all.nodes && graph.edges == all.edges)
        #expect(graph.conditionalEdges == all.conditionalEdges)
    }

    @Test("of a part the updates between its releases are kept, with their risks")
    func part() async throws {
        let kept = LockedUpdateGraphs(try Self.selection([0, 2]).planned)
        let graph = try await kept.graph(channel: "stable-4.18", architecture: "amd64", product: .ocp)
        #expect(graph.nodes.map(\.version.description) == ["4.18.1", "4.18.3"])
        #expect(graph.edges.isEmpty)
        #expect(graph.conditionalEdges.map(\.edge) == [.init(from: 0, to: 1)])
        #expect(graph.conditionalEdges.first?.risks.first?.name == "Slow")
    }

    @Test("channels, architectures and products that were not kept have no releases")
    func others() async throws {
        let kept = LockedUpdateGraphs(try Self.selection([0]).planned)
        for (channel, architecture, product) in [
            ("fast-4.18", "amd64", ReleaseProduct.ocp), ("stable-4.18", "multi", .ocp), ("stable-4.18", "amd64", .okd),
        ] {
            let graph = try await kept.graph(channel: channel, architecture: architecture, product: product)
            #expect(graph.nodes.isEmpty)
        }
    }

    @Test(
        "a lock file with a graph that cannot be is refused",
        arguments: [("4.18.x", 0), ("4.18.1", 7), ("4.18.1", -1)]
    )
    func damaged(version: String, target: Int) async throws {
        let channel = PlannedReleases.Channel(
            name: "stable-4.18",
            architecture: "amd64",
            product: "ocp",
            releases: [
                .init(
                    version: version,
                    digest: try Digest("sha256:\(String(repeating: "a", count: 64))"),
                    repository: try ImageReference("quay.io/ocp/release:x").repository
                )
            ],
            updates: [.init(from: 0, to: target)]
        )
        let kept = LockedUpdateGraphs(PlannedReleases(channels: [channel]))
        let error = await #expect(throws: ReleasesError.self) {
            try await kept.graph(channel: "stable-4.18", architecture: "amd64", product: .ocp)
        }
        #expect(error?.code == .invalidLockedGraph)
    }
}
