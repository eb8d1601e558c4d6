import FerryTestSupport
import MirrorPlan
import OCIModel
import Releases
import SeededRandom
import SemanticVersion
import Testing

@Suite("Update paths")
struct UpdatePathsTests {
    /// 4.1.1 to 4.1.7: the plain way is 1 → 2 → 3 → 4; 5 is reached over risks only.
    private static let builder: GraphBuilder = {
        var graph = GraphBuilder((1...7).map { "4.1.\($0)" })
        graph.chain("4.1.1", "4.1.2", "4.1.3", "4.1.4")
        // Short with one risk, and long with the same one risk: the short way counts.
        graph.conditionalEdge("4.1.4", "4.1.5", risk: "A")
        graph.conditionalEdge("4.1.1", "4.1.4", risk: "B")
        // One step with two risks is one conditional update.
        graph.conditionalEdge("4.1.2", "4.1.5", risk: "C")
        graph.conditionalEdge("4.1.2", "4.1.5", risk: "D")
        // A cycle, and a release on its own.
        graph.edge("4.1.4", "4.1.1")
        graph.edge("4.1.6", "4.1.6")
        return graph
    }()

    private static func graph(_ builder: GraphBuilder = builder) throws -> UpdateGraph {
        try UpdateGraph(decoding: builder.json, channel: "c", architecture: "amd64", product: .ocp)
    }

    @Test(
        "paths",
        arguments: [
            // A plain way is taken although a shorter one over a risk is there.
            (1, 4, UpdatePaths.ConditionalUse.whereNeeded, [1, 2, 3, 4]),
            (1, 4, .always, [1, 4]),
            (1, 5, .whereNeeded, [1, 2, 5]),
            // Of two ways of two steps the one with fewer risks.
            (1, 5, .always, [1, 2, 5]),
            (4, 2, .whereNeeded, [4, 1, 2]),
            (3, 3, .whereNeeded, [3]),
            (1, 6, .whereNeeded, []),
            (6, 1, .always, []),
            (1, 7, .always, []),
        ]
    )
    func paths(_ from: Int, _ to: Int, _ use: UpdatePaths.ConditionalUse, _ expected: [Int]) throws {
        let path = UpdatePaths(try Self.graph()).path(from: from - 1, to: to - 1, conditional: use)
        #expect(path.map { $0.map { $0 + 1 } } ?? [] == expected)
    }

    @Test("fewer conditional updates go before a shorter way")
    func fewest() throws {
        var builder = GraphBuilder((1...6).map { "4.1.\($0)" })
        builder.conditionalEdge("4.1.1", "4.1.2")
        builder.conditionalEdge("4.1.2", "4.1.6")
        builder.chain("4.1.1", "4.1.3", "4.1.4", "4.1.5")
        builder.conditionalEdge("4.1.5", "4.1.6")
        let paths = UpdatePaths(try Self.graph(builder))
        #expect(paths.path(from: 0, to: 5, conditional: .whereNeeded) == [0, 2, 3, 4, 5])
        #expect(paths.path(from: 0, to: 5, conditional: .always) == [0, 1, 5])
    }

    @Test("conditional updates that are crossed come with all their risks, in the selection too")
    func crossed() async throws {
        let selection = try await ReleaseSelector(graphs: MadeGraphs(["c-4.1": Self.builder])).select(
            [try ChannelRequest(words: "c-4.1 min=4.1.1 max=4.1.5 shortest")],
            architectures: ["amd64"]
        )
        #expect(selection.versions == ["4.1.1", "4.1.2", "4.1.5"])
        let edge = try #require(selection.crossedEdges.first)
        #expect(selection.crossedEdges.count == 1)
        #expect("\(edge.from) \(edge.to) \(edge.channel) \(edge.architecture)" == "4.1.2 4.1.5 c-4.1 amd64")
        #expect(edge.risks.map(\.name) == ["C", "D"])
        #expect(selection.warnings.isEmpty)
        let all = try await ReleaseSelector(graphs: MadeGraphs(["c-4.1": Self.builder]), includesConditional: true)
            .select([try ChannelRequest(words: "c-4.1 min=4.1.1 max=4.1.4 shortest")], architectures: ["amd64"])
        #expect(all.versions == ["4.1.1", "4.1.4"])
        #expect(all.crossedEdges.count == 1)
    }

    @Test("an update that is listed both ways is taken as recommended, and told as conditional")
    func both() async throws {
        var builder = GraphBuilder(["4.1.1", "4.1.2"])
        builder.edge("4.1.1", "4.1.2")
        builder.conditionalEdge("4.1.1", "4.1.2")
        let selection = try await ReleaseSelector(graphs: MadeGraphs(["c-4.1": builder])).select(
            [try ChannelRequest(words: "c-4.1 min=4.1.1 max=4.1.2 shortest")],
            architectures: ["amd64"]
        )
        #expect(selection.versions == ["4.1.1", "4.1.2"])
        #expect(selection.crossedEdges.count == 1)
    }

    @Test("random graphs: every path is one, and as good as an exhaustive search finds", arguments: 0..<60)
    func random(_ round: Int) throws {
        var generator = FuzzSeed.generator(UInt64(round))
        let count = Int.random(in: 1...9, using: &generator)
        var builder = GraphBuilder((0..<count).map { "4.1.\($0)" })
        var kinds: [[Bool?]] = Array(repeating: Array(repeating: nil, count: count), count: count)
        for from in 0..<count {
            for to in 0..<count where Int.random(in: 0..<10, using: &generator) < 3 {
                let isConditional = Bool.random(using: &generator)
                kinds[from][to] = isConditional
                if isConditional {
                    builder.conditionalEdge("4.1.\(from)", "4.1.\(to)")
                } else {
                    builder.edge("4.1.\(from)", "4.1.\(to)")
                }
            }
        }
        let paths = UpdatePaths(try Self.graph(builder))
        for (from, to) in (0..<count).flatMap({ from in (0..<count).map { (from, $0) } }) {
            let every = Self.everyPath(from, to, kinds)
            for use in [UpdatePaths.ConditionalUse.whereNeeded, .always] {
                let path = paths.path(from: from, to: to, conditional: use)
                #expect((path == nil) == every.isEmpty, "\(from) \(to) \(FuzzSeed.offset) \(round)")
                guard let path else { continue }
                let measure: ([Int]) -> [Int] = { use == .always ? $0.reversed() : $0 }
                let best = every.map(measure).min { $0.lexicographicallyPrecedes($1) }
                #expect(measure(Self.cost(path, kinds)) == best, "\(from) \(to) \(FuzzSeed.offset) \(round)")
            }
        }
    }

    /// The number of conditional updates and of all updates of a path.
    private static func cost(_ path: [Int], _ kinds: [[Bool?]]) -> [Int] {
        let steps = zip(path, path.dropFirst()).map { kinds[$0][$1] }
        #expect(!steps.contains(nil))
        return [steps.count { $0 == true }, steps.count]
    }

    /// The costs of every way without a cycle.
    private static func everyPath(_ from: Int, _ to: Int, _ kinds: [[Bool?]]) -> [[Int]] {
        var found: [[Int]] = []
        var open = [[from]]
        while let path = open.popLast() {
            let last = path[path.count - 1]
            if last == to {
                found.append(cost(path, kinds))
                continue
            }
            for next in kinds.indices where kinds[last][next] != nil && !path.contains(next) {
                open.append(path + [next])
            }
        }
        return found
    }

    @Test("a graph of 2,000 releases in one line needs no stack")
    func long() throws {
        let count = 2_000
        let nodes = try (0..<count).map {
            UpdateGraph.Node(
                version: try SemanticVersion("4.1.\($0)"),
                payload: try ImageReference(GraphBuilder.payload("4.1.\($0)"))
            )
        }
        let graph = UpdateGraph(
            channel: "c",
            architecture: "amd64",
            product: .ocp,
            nodes: nodes,
            edges: (1..<count).map { .init(from: $0 - 1, to: $0) }
        )
        let path = UpdatePaths(graph).path(from: 0, to: count - 1, conditional: .whereNeeded)
        #expect(path == Array(0..<count))
    }
}
