import FerryTestSupport
import Releases
import SemanticVersion
import Testing

@Suite("Paths between channels")
struct ChannelBridgeTests {
    /// stable-4.16 to stable-4.18, as they overlap in reality.
    private static func graphs() -> [String: GraphBuilder] {
        var first = GraphBuilder(["4.16.1", "4.16.2", "4.16.3"])
        first.chain("4.16.1", "4.16.2", "4.16.3")
        first.edge("4.16.1", "4.16.3")
        var second = GraphBuilder(["4.16.2", "4.16.3", "4.17.4", "4.17.5", "4.17.6"])
        second.chain("4.16.3", "4.17.4", "4.17.5", "4.17.6")
        second.edge("4.16.3", "4.17.5")
        var third = GraphBuilder(["4.17.5", "4.17.6", "4.18.7", "4.18.8", "4.18.9"])
        third.chain("4.17.6", "4.18.7", "4.18.8", "4.18.9")
        third.edge("4.17.6", "4.18.8")
        return ["stable-4.16": first, "stable-4.17": second, "stable-4.18": third, "fast-4.18": third]
    }

    private func select(
        _ requests: [String],
        _ graphs: [String: GraphBuilder] = Self.graphs()
    ) async throws -> ReleaseSelection {
        try await ReleaseSelector(graphs: MadeGraphs(graphs)).select(
            try requests.map { try ChannelRequest(words: $0) },
            architectures: ["amd64"]
        )
    }

    /// What is asked for, and what comes out.
    struct Row: Sendable, CustomTestStringConvertible {
        let requests: [String]
        let expected: [String]

        var testDescription: String { requests.joined(separator: ", ") }
    }

    @Test(
        "several channels",
        arguments: [
            // Both heads, and the way from one to the other through the channel between.
            Row(
                requests: ["stable-4.16", "stable-4.18"],
                expected: ["4.16.3", "4.17.5", "4.17.6", "4.18.8", "4.18.9"]
            ),
            Row(requests: ["stable-4.18", "stable-4.17"], expected: ["4.17.6", "4.18.8", "4.18.9"]),
            Row(
                requests: ["stable-4.16 min=4.16.1 max=4.16.1", "stable-4.17 min=4.17.5 max=4.17.5"],
                expected: ["4.16.1", "4.16.3", "4.17.5"]
            ),
            // The last channel is the one that is named, whatever its prefix.
            Row(requests: ["stable-4.17", "fast-4.18 min=4.18.8 max=4.18.8"], expected: ["4.17.6", "4.18.8"]),
            // The same X.Y: inside the target channel.
            Row(
                requests: ["fast-4.18 min=4.17.6 max=4.17.6", "stable-4.18 min=4.18.9 max=4.18.9"],
                expected: ["4.17.6", "4.18.8", "4.18.9"]
            ),
            // Both ends in one channel.
            Row(
                requests: ["stable-4.18 min=4.17.5 max=4.18.9 shortest", "stable-4.17 min=4.17.5 max=4.17.5"],
                expected: ["4.17.5", "4.18.9"]
            ),
            // Channels of OKD are left out, and one channel needs no bridge.
            Row(requests: ["stable-4.16", "stable-4.18 okd"], expected: ["4.16.3", "4.18.9"]),
        ]
    )
    func severalChannels(_ row: Row) async throws {
        let selection = try await select(row.requests)
        #expect(selection.versions == row.expected)
    }

    @Test("the steps join to one path, and the graphs between are kept")
    func joined() async throws {
        let selection = try await select(["stable-4.16 min=4.16.1 max=4.16.1", "stable-4.18"])
        let expected = ["4.16.1", "4.16.3", "4.17.5", "4.17.6", "4.18.8", "4.18.9"]
        #expect(selection.paths.map { $0.map(\.description) } == [expected])
        #expect(selection.graphs.map(\.channel) == ["stable-4.16", "stable-4.17", "stable-4.18"])
        #expect(selection.warnings.isEmpty)
    }

    @Test("a release that the next channel does not have ends the path with a warning")
    func gap() async throws {
        var graphs = Self.graphs()
        graphs["stable-4.17"] = GraphBuilder(["4.17.5", "4.17.6"])
        let selection = try await select(["stable-4.16", "stable-4.17 min=4.17.5 max=4.17.5"], graphs)
        #expect(selection.versions == ["4.16.3", "4.17.5"])
        #expect(selection.warnings.count == 1)
        // In the middle of the way: what that step leads to, where the last channel has it.
        let further = try await select(["stable-4.16", "stable-4.18"], graphs)
        #expect(further.versions == ["4.16.3", "4.17.6", "4.18.9"])
        #expect(further.warnings.count == 1)
    }

    @Test("a start that the target channel of the same X.Y does not have ends the path with a warning")
    func gapAcross() async throws {
        let graphs = ["a-4.18": GraphBuilder(["4.18.1"]), "b-4.18": GraphBuilder(["4.18.2"])]
        let selection = try await select(["a-4.18", "b-4.18"], graphs)
        #expect(selection.versions == ["4.18.1", "4.18.2"])
        #expect(selection.warnings.count == 1)
    }

    @Test("a channel between without a way adds nothing and says so")
    func noWay() async throws {
        var graphs = Self.graphs()
        graphs["stable-4.17"] = GraphBuilder(["4.16.3", "4.17.5", "4.17.6"])
        let selection = try await select(["stable-4.16", "stable-4.18"], graphs)
        #expect(selection.versions == ["4.16.3", "4.17.6", "4.18.8", "4.18.9"])
        #expect(selection.warnings.count == 1)
        #expect(selection.paths.map { $0.map(\.description) } == [["4.17.6", "4.18.8", "4.18.9"]])
    }

    @Test("channels that do not follow each other are not joined")
    func order() async throws {
        let graphs = ["a-4.18": GraphBuilder(["4.17.1"]), "a-4.17": GraphBuilder(["4.17.2"])]
        let selection = try await select(["a-4.18", "a-4.17"], graphs)
        #expect(selection.versions == ["4.17.1", "4.17.2"])
        #expect(selection.warnings.count == 1)
    }

    @Test(
        "failures",
        arguments: [
            (["stable-4.16", "candidate"], ReleasesError.Code.invalidChannelName),
            (["stable-4.16", "stable-4.99999"], .channelsTooFarApart),
            (["stable-4.16", "stable-4.20"], .unknownChannel),
            // Not a real release: the path cannot begin there.
            (["stable-4.16 min=4.16.0 max=4.16.3", "stable-4.17"], .versionNotFound),
        ]
    )
    func failures(_ requests: [String], _ code: ReleasesError.Code) async throws {
        var graphs = Self.graphs()
        for name in ["candidate", "stable-4.99999", "stable-4.20"] { graphs[name] = GraphBuilder(["4.99.1"]) }
        let error = await #expect(throws: ReleasesError.self) { try await select(requests, graphs) }
        #expect(error?.failures.map(\.code) == [code])
    }
}
