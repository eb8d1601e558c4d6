import MirrorPlan
import OCIModel
import Releases
import SemanticVersion
import Testing

@Suite("Update paths in large graphs")
struct LargeUpdateGraphTests {
    private static let count = 10_000

    /// 10,000 releases: from each to each of the next 50, and back to the first, so it is full of cycles; the second half
    /// is cut off but for one conditional update.
    private static func graph() throws -> UpdateGraph {
        let repository = try ImageReference("quay.io/ocp/release:x").repository
        let digest = try Digest("sha256:\(String(repeating: "a", count: 64))")
        let nodes = try (0..<count).map { number in
            UpdateGraph.Node(
                version: try SemanticVersion("4.18.\(number)"),
                payload: ImageReference(repository: repository, digest: digest)
            )
        }
        let half = count / 2
        var edges: [UpdateGraph.Edge] = []
        for from in 0..<count {
            let isFirstHalf = from < half
            let end = isFirstHalf ? half : count
            for to in (from + 1)..<max(from + 1, min(from + 51, end)) { edges.append(.init(from: from, to: to)) }
            edges.append(.init(from: from, to: isFirstHalf ? 0 : half))
        }
        let risk = UpdateRisk(name: "Bridge", message: "The only way.", url: "https://example.com/bridge")
        return UpdateGraph(
            channel: "stable-4.18",
            architecture: "amd64",
            product: .ocp,
            nodes: nodes,
            edges: edges,
            conditionalEdges: [.init(edge: .init(from: half - 1, to: half), risks: [risk])]
        )
    }

    @Test("paths of 100 steps, over the one bridge, and none", .timeLimit(.minutes(1)))
    func paths() throws {
        let half = Self.count / 2
        let finder = UpdatePaths(try Self.graph())
        let clock = ContinuousClock()
        var longest = Duration.zero
        for (from, to, steps) in [(0, half - 1, 100), (0, Self.count - 1, 201), (half, half - 1, nil)] {
            var path: [Int]?
            longest = max(longest, clock.measure { path = finder.path(from: from, to: to, conditional: .whereNeeded) })
            #expect(path.map { $0.count - 1 } == steps)
        }
        // A release build takes milliseconds; this one is unoptimised, and shares the processors.
        #expect(longest < .seconds(10))
    }
}
