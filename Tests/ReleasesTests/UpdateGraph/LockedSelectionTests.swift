import FerryTestSupport
import Releases
import SemanticVersion
import Testing

/// What a lock file keeps of graphs is enough to come to the same releases without the network.
@Suite("Selections from update graphs kept in lock files")
struct LockedSelectionTests {
    /// Chooses by graphs, then by what a lock file keeps of them.
    private func expectSame(
        _ requests: [ChannelRequest],
        architectures: [String] = ["amd64"],
        from graphs: any UpdateGraphProvider
    ) async throws {
        let first = try await ReleaseSelector(graphs: graphs).select(requests, architectures: architectures)
        let second = try await ReleaseSelector(graphs: LockedUpdateGraphs(first.planned))
            .select(requests, architectures: architectures)
        #expect(second.releases.map(\.payload) == first.releases.map(\.payload))
        #expect(second.paths == first.paths)
        #expect(second.crossedEdges == first.crossedEdges)
        #expect(second.planned == first.planned)
    }

    @Test("the measured cases of a real graph", arguments: GraphFiles.cases(in: GraphFiles.fixtures))
    func measured(_ expected: GraphFiles.Case) async throws {
        try await expectSame(
            try expected.requests(),
            architectures: expected.architectures,
            from: try GraphFiles.provider(in: GraphFiles.fixtures)
        )
    }

    /// What the channel between has: all it should, a gap at its begin, or no way through.
    private static let between = [
        ["4.16.2", "4.16.3", "4.17.4", "4.17.5", "4.17.6"], ["4.17.5", "4.17.6"], ["4.16.3", "4.17.5", "4.17.6"],
    ]

    @Test("several channels, also with gaps between them", arguments: between, [true, false])
    func bridges(_ versions: [String], hasEdges: Bool) async throws {
        var first = GraphBuilder(["4.16.1", "4.16.2", "4.16.3"])
        if hasEdges { first.chain("4.16.1", "4.16.2", "4.16.3") }
        var second = GraphBuilder(versions)
        if versions.count == 5, hasEdges { second.chain("4.16.3", "4.17.4", "4.17.5", "4.17.6") }
        var third = GraphBuilder(["4.17.5", "4.17.6", "4.18.7", "4.18.8", "4.18.9"])
        if hasEdges { third.chain("4.17.6", "4.18.7", "4.18.8", "4.18.9") }
        let graphs = MadeGraphs(["stable-4.16": first, "stable-4.17": second, "stable-4.18": third])
        let cases = [
            ["stable-4.16", "stable-4.18"], ["stable-4.16 min=4.16.1 max=4.16.1", "stable-4.18"],
            ["stable-4.16 min=4.16.1 max=4.16.2", "stable-4.18 min=4.18.7 max=4.18.8"],
            ["stable-4.16 min=4.16.1 max=4.16.1", "stable-4.17 min=4.17.5 max=4.17.5"],
        ]
        for words in cases {
            try await expectSame(try words.map { try ChannelRequest(words: $0) }, from: graphs)
        }
    }
}
