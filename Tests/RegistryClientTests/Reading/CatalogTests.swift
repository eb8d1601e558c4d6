import HTTPTestSupport
import OCIModel
import RegistryClient
import Testing

@Suite struct CatalogTests {
    @Test func `reads the catalog page by page, and only what is asked for`() async throws {
        let script: ScriptedServer.Script = { request in
            switch request.query {
            case "n=1000":
                .init(
                    200,
                    [("Link", #"</v2/_catalog?last=b&n=1000>; rel="next""#)],
                    text: #"{"repositories":["ns/b","other/x","ns","nsx/y","ns/Bad"]}"#
                )
            default: .init(200, text: #"{"repositories":["ns/a/c","ns/b"]}"#)
            }
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let below = try await client.repositories(below: RepositoryPath("ns"))?.map(\.text)
            #expect(below == ["ns", "ns/a/c", "ns/b"])
            let all = try await client.repositories()?.map(\.text)
            #expect(all == ["ns", "ns/a/c", "ns/b", "nsx/y", "other/x"])
            #expect(RegistryFixture.lines(server).last == "GET /v2/_catalog?last=b&n=1000")
        }
    }

    @Test(arguments: [401, 403, 404, 405])
    func `says when there is no catalog`(status: Int) async throws {
        try await RegistryFixture.withRegistry { _ in
            .init(status)
        } _: { _, client in
            let repositories = try await client.repositories()
            #expect(repositories == nil)
        }
    }

    @Test func `a catalog that is none is an error`() async throws {
        try await RegistryFixture.withRegistry { _ in
            .init(200, text: "[]")
        } _: { _, client in
            let error = await #expect(throws: RegistryClientError.self) { try await client.repositories() }
            #expect(error?.code == .invalidAnswer)
        }
    }
}
