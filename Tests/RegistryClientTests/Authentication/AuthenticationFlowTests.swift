import HTTPTestSupport
import HTTPTransport
import ImageStorage
import OCIModel
import RegistryClient
import Testing

struct AuthenticationFlowTests {
    private let login = #"{"auths":{"HOST":{"auth":"dXNlcjpwYXNz"}}}"#  // user:pass

    /// A registry that wants tokens `t0`, `t1`, …; each token is refused after `uses` requests.
    private func tokenRegistry(uses: Int = .max, _ content: @escaping ScriptedServer.Script) -> ScriptedServer.Script {
        let issued = Counter()
        let used = Counter()
        return { request in
            if request.path == "/token" { return .init(200, text: #"{"token":"t\#(issued.next())","expires_in":300}"#) }
            let valid = "Bearer t\(issued.count - 1)"
            guard issued.count > 0, request["authorization"] == valid, used.next() % uses < uses - 1 || uses == .max
            else {
                let challenge = #"Bearer realm="http://\#(request["host"] ?? "")/token",service="s v""#
                return .init(401, [("WWW-Authenticate", challenge)], text: "{}")
            }
            return content(request)
        }
    }

    @Test func `gets a token once and uses it`() async throws {
        let script = tokenRegistry { _ in .init(200, text: #"{"tags":["b","a"]}"#) }
        try await RegistryFixture.withRegistry(credentials: login, script) { server, client in
            let repository = try RepositoryPath("org/app")
            #expect(try await client.tags(in: repository).map(\.text) == ["a", "b"])
            #expect(try await client.tags(in: repository).count == 2)
            #expect(
                RegistryFixture.lines(server) == [
                    "GET /v2/org/app/tags/list?n=1000",
                    "GET /token?service=s%20v&scope=repository:org/app:pull",
                    "GET /v2/org/app/tags/list?n=1000",
                    "GET /v2/org/app/tags/list?n=1000",
                ]
            )
            #expect(server.requests.first { $0.path == "/token" }?["authorization"] == "Basic dXNlcjpwYXNz")
        }
    }

    @Test func `asks for the scope of the catalog`() async throws {
        let script = tokenRegistry { _ in .init(200, text: #"{"repositories":["a"]}"#) }
        try await RegistryFixture.withRegistry(credentials: login, script) { server, client in
            let repositories = try await client.repositories()
            #expect(repositories == [try RepositoryPath("a")])
            let queries = server.requests.filter { $0.path == "/token" }.map(\.query)
            #expect(queries == ["service=s%20v&scope=registry:catalog:%2A"])
        }
    }

    @Test func `asks the token service once for many at a time`() async throws {
        let script = tokenRegistry { _ in .init(200, text: #"{"tags":[]}"#) }
        try await RegistryFixture.withRegistry(script) { server, client in
            let repository = try RepositoryPath("org/app")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { _ = try await client.tags(in: repository) } }
                try await group.waitForAll()
            }
            #expect(server.requests.count { $0.path == "/token" } == 1)
            #expect(server.requests.first { $0.path == "/token" }?["authorization"] == nil)
        }
    }

    @Test func `gets a new token when one is refused`() async throws {
        let script = tokenRegistry(uses: 3) { _ in .init(200, text: #"{"tags":[]}"#) }
        try await RegistryFixture.withRegistry(script) { server, client in
            for _ in 0..<6 { _ = try await client.tags(in: RepositoryPath("a")) }
            #expect(server.requests.count { $0.path == "/token" } > 1)
        }
    }

    @Test func `uses Basic where that is offered`() async throws {
        let script: ScriptedServer.Script = { request in
            request["authorization"] == "Basic dXNlcjpwYXNz"
                ? .init(200, text: "{}") : .init(401, [("WWW-Authenticate", #"Basic realm="r""#)])
        }
        try await RegistryFixture.withRegistry(credentials: login, script) { server, client in
            try await client.ping()
            try await client.ping()
            #expect(server.requests.map { $0["authorization"] != nil } == [false, false, true, true])
        }
    }

    @Test func `names file and entry, never the secret, when credentials are refused`() async throws {
        let script: ScriptedServer.Script = { _ in .init(401, [("WWW-Authenticate", #"Basic realm="r""#)]) }
        try await RegistryFixture.withRegistry(credentials: login, script) { server, client in
            let error = await #expect(throws: RegistryClientError.self) { try await client.ping() }
            #expect(error?.code == .unauthorized)
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("ferry-auth-") == true)
            #expect(error?.message.contains(#"entry "\#(server.authority)""#) == true)
            #expect(error?.message.contains("pass") == false)
        }
    }

    @Test func `leaves the proof to the first request when some repositories have credentials of their own`()
        async throws
    {
        let script: ScriptedServer.Script = { request in
            request["authorization"] == "Basic dXNlcjpwYXNz"
                ? .init(200, text: #"{"tags":[]}"#) : .init(401, [("WWW-Authenticate", #"Basic realm="r""#)])
        }
        // The entry of the whole host, wrong:password, is no more than what other repositories would use.
        let entries = #"{"auths":{"HOST":{"auth":"d3Jvbmc6cGFzc3dvcmQ="},"HOST/team":{"auth":"dXNlcjpwYXNz"}}}"#
        try await RegistryFixture.withRegistry(credentials: entries, script) { _, client in
            try await client.ping()
            #expect(try await client.tags(in: RepositoryPath("team/app")).isEmpty)
            let error = await #expect(throws: RegistryClientError.self) {
                _ = try await client.tags(in: RepositoryPath("other/app"))
            }
            #expect(error?.code == .unauthorized)
        }
    }

    @Test func `says where it looked when there are no credentials`() async throws {
        let script: ScriptedServer.Script = { _ in .init(401, [("WWW-Authenticate", #"Basic realm="r""#)]) }
        try await RegistryFixture.withRegistry(credentials: #"{"auths":{}}"#, script) { _, client in
            let error = await #expect(throws: RegistryClientError.self) { try await client.ping() }
            #expect(error?.code == .unauthorized)
            #expect(error?.message.contains("ferry-auth-") == true)
        }
    }

    @Test func `says that the token service refused`() async throws {
        let script: ScriptedServer.Script = { request in
            if request.path == "/token" {
                return .init(403, text: #"{"errors":[{"code":"DENIED","message":"expired"}]}"#)
            }
            return .init(401, [("WWW-Authenticate", #"Bearer realm="/token""#)])
        }
        try await RegistryFixture.withRegistry(credentials: login, script) { _, client in
            let error = await #expect(throws: RegistryClientError.self) { try await client.ping() }
            #expect(error?.code == .unauthorized)
            #expect(error?.message.contains("DENIED: expired") == true)
        }
    }

    @Test func `exchanges an identity token`() async throws {
        let script: ScriptedServer.Script = { request in
            if request.path == "/token" { return .init(200, text: #"{"access_token":"x"}"#) }
            return request["authorization"] == "Bearer x"
                ? .init(200) : .init(401, [("WWW-Authenticate", #"Bearer realm="/token",service="s""#)])
        }
        try await RegistryFixture.withRegistry(
            credentials: #"{"auths":{"HOST":{"identitytoken":"id/+"}}}"#,
            script
        ) { server, client in
            try await client.ping()
            let request = try #require(server.requests.first { $0.path == "/token" })
            #expect(request.method == "POST")
            #expect(
                String(decoding: request.body, as: UTF8.self)
                    == "grant_type=refresh_token&client_id=ferry&refresh_token=id/%2B&service=s"
            )
        }
    }

    @Test(arguments: [true, false])
    func `may be unknown where everybody may read`(hasCredentials: Bool) async throws {
        let script: ScriptedServer.Script = { request in
            request.path == "/token"
                ? .init(200, text: #"{"token":"t"}"#) : .init(401, [("WWW-Authenticate", #"Bearer realm="/token""#)])
        }
        try await RegistryFixture.withRegistry(credentials: hasCredentials ? login : nil, script) { _, client in
            if hasCredentials {
                let error = await #expect(throws: RegistryClientError.self) { try await client.ping() }
                #expect(error?.code == .unauthorized)
            } else {
                try await client.ping()
            }
        }
    }

    @Test func `is told within seconds when nobody listens`() async throws {
        try await withDeafPort { port in
            let time = SteppedTime()
            try await RegistryFixture.withClient(port: port, time: time.time) { client, transport in
                let error = await #expect(throws: RegistryClientError.self) { try await client.ping() }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("connection refused") == true)
                // The search for the scheme has tries of its own, which must not multiply with those of the request.
                #expect(error?.attempts == 6)
                #expect(transport.counters.retries == 5)
                #expect(time.time.now() <= .seconds(8))
            }
        }
    }

    @Test func `asks for the right to write where a target is looked at`() async throws {
        let script = tokenRegistry { _ in .init(404) }
        try await RegistryFixture.withRegistry(script) { server, client in
            let repository = try RepositoryPath("org/new")
            #expect(try await client.containsBlob(RegistryFixture.blob([1]), in: repository) == false)
            #expect(try await client.readBack(.tag(Tag("v1")), in: repository) == nil)
            let queries = server.requests.filter { $0.path == "/token" }.map(\.query)
            #expect(queries == ["service=s%20v&scope=repository:org/new:pull%2Cpush"])
        }
    }

    @Test(arguments: [(404, RegistryClientError.Code.notARegistry), (403, .denied), (418, .refused)])
    func `tells what stands in the way`(status: Int, code: RegistryClientError.Code) async throws {
        try await RegistryFixture.withRegistry({ _ in .init(status) }) { _, client in
            let error = await #expect(throws: RegistryClientError.self) { try await client.ping() }
            #expect(error?.code == code)
            #expect(error?.status == status)
        }
    }
}
