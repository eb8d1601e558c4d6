import Foundation
package import HTTPTestSupport

/// What a test's update service answers.
package struct UpdateServiceContent: Sendable {
    fileprivate var graphs: [String: ScriptedAnswer] = [:]
    /// The bytes at `/graph-data`; 404 when nil.
    package var graphData: [UInt8]?
    /// The bytes below `/signatures/`, by `sha256=<hex>/signature-<number>`; 404 for others.
    package var signatures: [String: [UInt8]] = [:]

    /// Begins with nothing: every channel is answered as one that nobody knows.
    package init() {}

    /// Sets the graph of a channel.
    package mutating func set(_ graph: GraphBuilder, channel: String, architecture: String = "amd64") {
        set(.json(graph.json), channel: channel, architecture: architecture)
    }

    /// Sets any answer for a channel.
    package mutating func set(_ answer: ScriptedAnswer, channel: String, architecture: String = "amd64") {
        graphs["\(architecture) \(channel)"] = answer
    }

    fileprivate func answer(_ request: ReceivedRequest) -> ScriptedAnswer {
        switch request.path {
        case "/graph":
            let query = request.queryItems
            let key = "\(query["arch"] ?? "") \(query["channel"] ?? "")"
            return graphs[key] ?? .json(GraphBuilder().json)
        case "/graph-data":
            return graphData.map { ScriptedAnswer(200, [("content-type", "application/gzip")], body: $0) }
                ?? ScriptedAnswer(404)
        default:
            guard request.path.hasPrefix("/signatures/") else { return ScriptedAnswer(404) }
            let name = String(request.path.dropFirst("/signatures/".count))
            return signatures[name.removingPercentEncoding ?? name].map {
                ScriptedAnswer(200, body: $0)
            }
                ?? ScriptedAnswer(404)
        }
    }
}

/// An update service in this process.
package final class TestUpdateService: Sendable {
    private let server: ScriptedServer

    fileprivate init(_ server: ScriptedServer) { self.server = server }

    /// The address for `UPDATE_URL_OVERRIDE` and `OKD_UPDATE_URL_OVERRIDE`.
    package var graphURL: String { "http://\(server.authority)/graph" }

    /// The address of the graph data.
    package var graphDataURL: String { "http://\(server.authority)/graph-data" }

    /// The address that signatures are below, with `/` at its end.
    package var signatureURL: String { "http://\(server.authority)/signatures/" }

    /// What came so far, in order.
    package var requests: [ReceivedRequest] { server.requests }

    /// How often a path was asked for: `/graph`, `/graph-data`, `/signatures/…`.
    package func count(_ path: String) -> Int { requests.count { $0.path == path } }

    /// How often the graph of a channel was asked for.
    package func count(channel: String, architecture: String = "amd64") -> Int {
        requests.count { request in
            let query = request.queryItems
            return request.path == "/graph" && query["channel"] == channel && query["arch"] == architecture
        }
    }

    /// Runs a service for as long as `body` runs.
    fileprivate static func run<Result: Sendable>(
        _ content: UpdateServiceContent,
        _ body: (TestUpdateService) async throws -> Result
    ) async throws -> Result {
        try await ScriptedServer.withServer({ content.answer($0) }) { server in
            try await body(TestUpdateService(server))
        }
    }
}

/// Runs an update service on a free port of this machine for as long as `body` runs.
///
/// - Parameters:
///   - content: what it answers.
///   - body: what to do meanwhile.
/// - Returns: what `body` returns.
/// - Throws: what the socket or `body` throws.
package func withUpdateService<Result: Sendable>(
    _ content: UpdateServiceContent,
    _ body: (TestUpdateService) async throws -> Result
) async throws -> Result {
    try await TestUpdateService.run(content, body)
}

extension ScriptedAnswer {
    /// A document.
    package static func json(_ bytes: [UInt8]) -> ScriptedAnswer {
        ScriptedAnswer(200, [("content-type", "application/json")], body: bytes)
    }

    /// A page, as a proxy sends it.
    package static var html: ScriptedAnswer {
        ScriptedAnswer(200, [("content-type", "text/html")], text: "<!DOCTYPE html><html><body>Log in</body></html>")
    }
}

extension ReceivedRequest {
    /// The items of the query, by name; of several the last.
    package var queryItems: [String: String] {
        query.split(separator: "&").reduce(into: [:]) { items, item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.removingPercentEncoding ?? String($0)
            }
            items[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
    }
}
