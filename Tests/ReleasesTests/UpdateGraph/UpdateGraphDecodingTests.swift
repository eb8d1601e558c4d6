import FerryTestSupport
import Foundation
import MirrorPlan
import Releases
import SeededRandom
import SemanticVersion
import Testing

@Suite("Answers of the update service")
struct UpdateGraphDecodingTests {
    private func decode(_ text: String) throws -> UpdateGraph {
        try UpdateGraph(decoding: Array(text.utf8), channel: "c", architecture: "amd64", product: .ocp)
    }

    private static let digest = String(repeating: "a", count: 64)

    private static func node(_ version: String) -> String {
        #"{"version":"\#(version)","payload":"quay.io/a/b@sha256:\#(digest)"}"#
    }

    @Test("nodes are put in order with their edges, and what is unknown is ignored")
    func order() throws {
        let graph = try decode(
            #"""
             {"version":1,"more":[],"nodes":[
              {"version":"4.1.10","payload":"quay.io/a/b@sha256:\#(Self.digest)","also":1,
               "metadata":{"io.openshift.upgrades.graph.release.channels":"b, a,,b","n":5,"u":null}},
              \#(Self.node("4.1.2")),\#(Self.node("4.1.2-rc.1"))],
             "edges":[[2,1],[1,0],[1,0]],
             "conditionalEdges":[
              {"edges":[{"from":"4.1.2","to":"4.1.10"},{"from":"4.1.1","to":"4.1.10"}],"also":{},
               "risks":[{"name":"A","message":"m","url":"u","matchingRules":[{"type":"Always"}]}]}]}
            """#
        )
        #expect(graph.nodes.map(\.version.description) == ["4.1.2-rc.1", "4.1.2", "4.1.10"])
        #expect(graph.nodes.map(\.channels) == [[], [], ["a", "b"]])
        #expect(graph.edges == [.init(from: 0, to: 1), .init(from: 1, to: 2)])
        // The update from a version that is not there is left out.
        #expect(graph.conditionalEdges.map(\.edge) == [.init(from: 1, to: 2)])
        #expect(graph.conditionalEdges.first?.risks == [UpdateRisk(name: "A", message: "m", url: "u")])
        #expect(graph.nodes.indices.map { graph.index(of: graph.nodes[$0].version) } == [0, 1, 2])
        #expect(graph.index(of: try SemanticVersion("4.1.3")) == nil)
    }

    @Test("an empty graph", arguments: [#"{"nodes":[],"edges":[]}"#, #" {"nodes":null}"#])
    func empty(_ text: String) throws {
        #expect(try decode(text).nodes.isEmpty)
    }

    @Test(
        "what is no graph",
        arguments: [
            ("", "empty"), ("  \n", "empty"), ("<html>", "HTML"), ("[]", "not a JSON object"),
            ("null", "not a JSON object"), (#""text""#, "not a JSON object"), ("{", "not JSON"),
            ("{}", "nodes is missing"),
            (#"{"nodes":{}}"#, "nodes has the wrong type"), (#"{"nodes":[{}]}"#, "version is missing"),
            (#"{"nodes":[{"version":"1.0.0"}]}"#, "payload is missing"),
            (#"{"nodes":[{"version":"4.1","payload":"x"}]}"#, "nodes[0]"),
            (#"{"nodes":[{"version":"v4.1.0","payload":"x"}]}"#, "nodes[0]"),
            (#"{"nodes":[{"version":"4.1.0","payload":""}]}"#, "payload of 4.1.0"),
            (#"{"nodes":[{"version":"4.1.0","payload":"a b"}]}"#, "payload of 4.1.0"),
            (#"{"nodes":[{"version":"4.1.0","payload":"quay.io/a/b:tag"}]}"#, "not named by digest"),
            ("TWICE", "twice"), (#"{"nodes":[],"edges":[[0,0]]}"#, "edges[0] names node 0"),
            ("NODE,\"edges\":[[0,1]]}", "names node 1"), ("NODE,\"edges\":[[-1,0]]}", "names node -1"),
            ("NODE,\"edges\":[[0]]}", "edges"), ("NODE,\"edges\":[[0,0,0]]}", "edges"),
            ("NODE,\"edges\":[[0,0.5]]}", "JSON"), ("NODE,\"edges\":[[0,99999999999999999999]]}", "JSON"),
            ("NODE,\"edges\":[[\"0\",0]]}", "edges"), ("NODE,\"conditionalEdges\":[{}]}", "edges is missing"),
            (#"NODE,"conditionalEdges":[{"edges":[{"from":"4.1.0","to":"4.1.0"}],"risks":[]}]}"#, "no risks"),
            (
                #"NODE,"conditionalEdges":[{"edges":[{"from":"x","to":"4.1.0"}],"risks":[{"name":"","message":"","url":""}]}]}"#,
                "version that is none"
            ),
        ]
    )
    func mistakes(_ text: String, _ says: String) throws {
        let text = text.replacingOccurrences(of: "NODE", with: #"{"nodes":[\#(Self.node("4.1.0"))]"#)
            .replacingOccurrences(of: "TWICE", with: #"{"nodes":[\#(Self.node("4.1.0+a")),\#(Self.node("4.1.0+b"))]}"#)
        let mistake = #expect(throws: UpdateGraph.DecodingMistake.self) { try decode(text) }
        #expect(mistake?.reason.contains(says) == true, "\(mistake?.reason ?? "")")
    }

    @Test("spoilt graphs never trap", arguments: 0..<300)
    func fuzz(_ round: Int) throws {
        var generator = FuzzSeed.generator(UInt64(round))
        var builder = GraphBuilder(["4.1.1", "4.1.2", "4.1.3"], channels: ["a"])
        builder.chain("4.1.1", "4.1.2", "4.1.3")
        builder.conditionalEdge("4.1.1", "4.1.3")
        var bytes = builder.json
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 32...126, using: &generator)
        }
        do {
            let graph = try UpdateGraph(decoding: bytes, channel: "c", architecture: "a", product: .ocp)
            let paths = UpdatePaths(graph)
            for node in graph.nodes.indices { _ = paths.path(from: 0, to: node, conditional: .whereNeeded) }
        } catch {
            #expect(!error.reason.isEmpty)
        }
    }
}
