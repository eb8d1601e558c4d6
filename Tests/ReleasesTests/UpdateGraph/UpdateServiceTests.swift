import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import NIOPosix
import Releases
import Testing

@Suite("The update service")
struct UpdateServiceTests {
    private static let identifier = "6f8a3d0e-0000-4000-8000-000000000001"

    private func withService<Result: Sendable>(
        _ content: UpdateServiceContent,
        query: String = "",
        _ body: (UpdateService, TestUpdateService) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPTransportConfiguration()
        configuration.retryPolicy.tries = 3
        let time = SteppedTime()
        return try await withUpdateService(content) { server in
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                time: time.time
            ) { transport in
                let url = try HTTPURL(server.graphURL + query)
                let service = UpdateService(
                    transport: transport,
                    addresses: .init(ocp: url, okd: url.with(pathAndQuery: "/graph?okd=1")),
                    identifier: Self.identifier
                )
                return try await body(service, server)
            }
        }
    }

    private static func content(_ answer: ScriptedAnswer? = nil) -> UpdateServiceContent {
        var content = UpdateServiceContent()
        content.set(answer ?? .json(GraphBuilder(["4.18.1"]).json), channel: "stable-4.18")
        return content
    }

    @Test("what is asked, and that a query of the address is kept")
    func request() async throws {
        try await withService(Self.content(), query: "?token=x") { service, server in
            let graph = try await service.graph(channel: "stable-4.18", architecture: "amd64", product: .ocp)
            #expect(graph.nodes.count == 1)
            let request = try #require(server.requests.first)
            #expect(
                request.queryItems == [
                    "token": "x", "id": Self.identifier, "arch": "amd64", "channel": "stable-4.18",
                ]
            )
            #expect(request["accept"] == "application/json")
            #expect(
                try await service.graph(channel: "stable-4.18", architecture: "amd64", product: .okd).nodes.count == 1
            )
            #expect(server.requests.last?.queryItems["okd"] == "1")
        }
    }

    @Test("identifiers are random UUIDs of version 4")
    func identifiers() async throws {
        try await withUpdateService(Self.content()) { server in
            let url = try HTTPURL(server.graphURL)
            try await HTTPTransport.withTransport(.init(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton) {
                transport in
                for _ in 0..<2 {
                    let service = UpdateService(transport: transport, addresses: .init(ocp: url))
                    _ = try await service.graph(channel: "stable-4.18", architecture: "amd64", product: .ocp)
                }
            }
            let ids = server.requests.compactMap { $0.queryItems["id"] }
            #expect(Set(ids).count == 2)
            for id in ids {
                #expect(id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
            }
        }
    }

    @Test("one request for a graph, however many want it at once")
    func once() async throws {
        try await withService(Self.content()) { service, server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        _ = try await service.graph(
                            channel: "stable-4.18",
                            architecture: index % 2 == 0 ? "amd64" : "arm64",
                            product: .ocp
                        )
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.count(channel: "stable-4.18") == 1)
            #expect(server.count(channel: "stable-4.18", architecture: "arm64") == 1)
        }
    }

    @Test(
        "answers that are none",
        arguments: [
            (ScriptedAnswer.html, ReleasesError.Code.invalidUpdateGraph, "HTML"),
            (.init(200, text: "[]"), .invalidUpdateGraph, "status 200"),
            (.init(200, body: [0xff, 0xfe, 0]), .invalidUpdateGraph, "not a JSON object"),
            (.init(404, text: "<html>not here</html>"), .updateServiceRefused, "status 404;"),
            (
                .init(400, text: #"{"kind":"invalid_params","value":"bad 6f8a3d0e-0000-4000-8000-000000000001"}"#),
                .updateServiceRefused, "invalid_params"
            ),
            (.init(204), .updateServiceRefused, "status 204"),
            (.init(503, text: "later"), .updateServiceUnreachable, "tried 3 times"),
            (.init(200, ending: .noAnswer), .updateServiceUnreachable, "tried 3 times"),
            (.init(200, [("content-length", "99999999999")], ending: .stall(after: 0)), .invalidUpdateGraph, "64 MiB"),
        ]
    )
    func faults(_ answer: ScriptedAnswer, _ code: ReleasesError.Code, _ says: String) async throws {
        try await withService(Self.content(answer), query: "?token=secret") { service, server in
            let error = await #expect(throws: ReleasesError.self) {
                try await service.graph(channel: "stable-4.18", architecture: "amd64", product: .ocp)
            }
            let text = "\(error.map { "\($0)" } ?? "")"
            #expect(error?.code == code)
            for words in [says, server.graphURL, "stable-4.18", "amd64", "UPDATE_URL_OVERRIDE"] {
                #expect(text.contains(words), "\(text)")
            }
            #expect(!text.contains(Self.identifier) && !text.contains("secret"))
        }
    }

    @Test("a failure is not kept: the next one asks again")
    func again() async throws {
        try await withService(Self.content(.init(404))) { service, server in
            for _ in 0..<2 {
                await #expect(throws: ReleasesError.self) {
                    try await service.graph(channel: "stable-4.18", architecture: "amd64", product: .ocp)
                }
            }
            #expect(server.count(channel: "stable-4.18") == 2)
        }
    }

    @Test("plain HTTP to another machine is refused without a request")
    func plainHTTP() async throws {
        try await HTTPTransport.withTransport(.init(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton) {
            transport in
            let service = UpdateService(
                transport: transport,
                addresses: .init(ocp: try HTTPURL("http://updates.example.com/graph"))
            )
            let error = await #expect(throws: ReleasesError.self) {
                try await service.graph(channel: "stable-4.18", architecture: "amd64", product: .ocp)
            }
            #expect(error?.code == .updateServiceUnreachable)
            #expect("\(error.map { "\($0)" } ?? "")".contains("--src-tls-verify=false"))
        }
    }
}
