import HTTPTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import Synchronization
import Testing

/// Uploads in chunks, against a scripted registry.
struct ChunkedUploadTests {
    private let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    private let repository: RepositoryPath
    private let blob: Descriptor
    private let configuration: RegistryClientConfiguration

    init() throws {
        repository = try RepositoryPath("org/app")
        blob = try RegistryFixture.blob(bytes)
        var configuration = RegistryClientConfiguration()
        configuration.chunking.smallestChunk = 500
        configuration.chunking.tellingCut = 1_000
        self.configuration = configuration
    }

    /// A registry that takes bodies up to a size, and keeps the bytes of its sessions.
    private final class Registry: Sendable {
        struct State {
            var sessions: [String: [UInt8]] = [:]
            var count = 0
            var stored: [[UInt8]] = []
        }

        let state = Mutex(State())
        let limit: Int
        /// Answers a request, or lets the registry do so; the number counts PATCH and PUT from 1.
        let change: @Sendable (ReceivedRequest, Int, () -> ScriptedAnswer) -> ScriptedAnswer
        let numbers = Counter()

        init(
            limit: Int = .max,
            _ change: @escaping @Sendable (ReceivedRequest, Int, () -> ScriptedAnswer) -> ScriptedAnswer = { $2() }
        ) {
            self.limit = limit
            self.change = change
        }

        var script: ScriptedServer.Script {
            { [self] request in
                switch request.method {
                case "POST":
                    let number = state.withLock { state in
                        state.count += 1
                        state.sessions["/u/\(state.count)"] = []
                        return state.count
                    }
                    return change(request, 0) { .init(202, [("Location", "/u/\(number)?s=0")]) }
                case "PATCH", "PUT": return change(request, numbers.next() + 1) { body(request) }
                case "HEAD": return .init(state.withLock { $0.stored.isEmpty } ? 404 : 200)
                case "GET":
                    let size = state.withLock { $0.sessions[request.path]?.count }
                    return change(request, 0) { size.map { .init(204, [("Range", "0-\($0 - 1)")]) } ?? .init(404) }
                default: return .init(404)
                }
            }
        }

        private func body(_ request: ReceivedRequest) -> ScriptedAnswer {
            guard request.body.count <= limit else {
                return .init(
                    413,
                    [("Server", "nginx/1.22.1"), ("Connection", "close")],
                    text: "<html>too large</html>"
                )
            }
            return state.withLock { state in
                guard let known = state.sessions[request.path] else { return .init(404, text: "{}") }
                let all = known + request.body
                guard request.method == "PUT" else {
                    state.sessions[request.path] = all
                    let location = "\(request.path)?s=\(all.count)"
                    return .init(202, [("Location", location), ("Range", "0-\(all.count - 1)")])
                }
                state.sessions[request.path] = nil
                state.stored.append(all)
                return .init(201)
            }
        }

        var stored: [[UInt8]] { state.withLock { $0.stored } }
    }

    private func upload(
        to registry: Registry,
        _ configuration: RegistryClientConfiguration? = nil,
        _ check: (ScriptedServer, RegistryClient) async throws -> Void = { _, _ in }
    ) async throws {
        try await RegistryFixture.withRegistry(configuration: configuration ?? self.configuration, registry.script) {
            server,
            client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            let isStored = registry.stored.last == bytes
            #expect(isStored)
            try await check(server, client)
        }
    }

    private func bodies(_ server: ScriptedServer) -> [String] {
        server.requests.filter { ["PATCH", "PUT"].contains($0.method) }
            .map { "\($0.method) \($0["content-range"] ?? "whole")" }
    }

    @Test func `A13.6 halves what is refused, in the same session, and goes on so`() async throws {
        let registry = Registry(limit: 1_300)
        try await upload(to: registry) { server, client in
            #expect(
                bodies(server) == [
                    "PUT whole", "PATCH 0-2499", "PATCH 0-1249", "PATCH 1250-2499", "PATCH 2500-3749", "PUT 3750-4999",
                ]
            )
            #expect(server.requests.count { $0.method == "POST" } == 1)
            let last = try #require(server.requests.last)
            #expect(last.uri == "/u/1?s=3750&digest=\(blob.digest)")
            // The next blob begins with what passed.
            try await client.writeBlob(blob, to: RepositoryPath("other"), from: RegistryFixture.opener(bytes))
            #expect(bodies(server).count == 10)
            let isStored = registry.stored == [bytes, bytes]
            #expect(isStored)
        }
    }

    @Test func `A13.6 says who refuses even the smallest chunk, and which setting it is`() async throws {
        let registry = Registry(limit: 400)
        try await RegistryFixture.withRegistry(configuration: configuration, registry.script) { server, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            }
            #expect(error?.code == .tooLarge)
            #expect(error?.message.contains("nginx/1.22.1 refused the size of the body") == true)
            #expect(error?.message.contains("client_max_body_size") == true)
            #expect(bodies(server).last == "PATCH 0-499")
        }
    }

    @Test func `blobs over the limit for large ones go in chunks`() async throws {
        var configuration = configuration
        configuration.chunking.largeBlobSize = 4_999
        configuration.chunking.firstChunk = 2_000
        configuration.chunking.chunks = 2_000...2_000
        try await upload(to: Registry(), configuration) { server, _ in
            #expect(bodies(server) == ["PATCH 0-1999", "PATCH 2000-3999", "PUT 4000-4999"])
        }
        configuration.chunking.largeBlobSize = 5_000
        try await upload(to: Registry(), configuration) { server, _ in #expect(bodies(server) == ["PUT whole"]) }
    }

    @Test func `the source is opened once for all chunks`() async throws {
        var configuration = configuration
        configuration.chunking.largeBlobSize = 1
        // Neither the source's chunks nor those of the registry fit the other.
        configuration.chunking.firstChunk = 700
        configuration.chunking.chunks = 700...700
        let registry = Registry()
        try await RegistryFixture.withRegistry(configuration: configuration, registry.script) { server, client in
            let opened = Counter()
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes, opened: opened))
            #expect(opened.count == 1)
            #expect(bodies(server).count == 8)
            let isStored = registry.stored == [bytes]
            #expect(isStored)
        }
    }

    @Test func `wrong bytes in chunks never become a blob`() async throws {
        var configuration = configuration
        configuration.chunking.largeBlobSize = 1
        configuration.chunking.firstChunk = 1_000
        configuration.chunking.chunks = 1_000...1_000
        var wrong = bytes
        wrong[10] ^= 1
        let registry = Registry()
        try await RegistryFixture.withRegistry(configuration: configuration, registry.script) { server, client in
            let error = await #expect(throws: ImageStorageError.self) {
                try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(wrong))
            }
            #expect(error?.code == .digestMismatch)
            #expect(!server.requests.contains { $0.method == "PUT" })
        }
    }

    @Test func `obeys the least length that the registry states`() async throws {
        let registry = Registry(limit: 2_400) { request, _, answer in
            let answer = answer()
            guard request.method == "POST" else { return answer }
            return .init(answer.status, answer.fields + [("OCI-Chunk-Min-Length", "2000")])
        }
        try await upload(to: registry) { server, _ in
            #expect(
                bodies(server) == ["PUT whole", "PATCH 0-2499", "PATCH 0-1999", "PATCH 2000-3999", "PUT 4000-4999"]
            )
        }
    }

    @Test(arguments: [200, 201, 204])
    func `A13.2 takes any success for a chunk`(status: Int) async throws {
        let registry = Registry(limit: 2_500) { request, _, answer in
            let answer = answer()
            return request.method == "PATCH" && answer.status == 202 ? .init(status, answer.fields) : answer
        }
        try await upload(to: registry) { server, _ in
            #expect(bodies(server) == ["PUT whole", "PATCH 0-2499", "PUT 2500-4999"])
        }
    }

    @Test(arguments: ["/u/1?_state=2", "1?_state=2", "http://HOST/u/1?_state=2", "//HOST/u/1?_state=2"])
    func `A13.1 goes on at the last Location, whatever its form`(location: String) async throws {
        let registry = Registry(limit: 2_500) { request, _, answer in
            let answer = answer()
            guard request.method == "PATCH", answer.status == 202 else { return answer }
            return .init(202, [("Location", location.replacing("HOST", with: request["host"] ?? ""))])
        }
        try await upload(to: registry) { server, _ in
            #expect(server.requests.last?.uri == "/u/1?_state=2&digest=\(blob.digest)")
        }
    }

    @Test(arguments: ["0-0", "0-10", "0-99999", "nonsense", "bytes=0-2499", "0-2499"])
    func `A13.3 a Range that is wrong or stuck is a hint`(range: String) async throws {
        let registry = Registry(limit: 2_500) { request, _, answer in
            let answer = answer()
            guard request.method == "PATCH", answer.status == 202, let location = answer.fields.first else {
                return answer
            }
            return .init(202, [location, ("Range", range)])
        }
        try await upload(to: registry) { server, _ in
            #expect(bodies(server).last == "PUT 2500-4999")
            // Such a registry is asked whether it has the blob.
            let isOdd = ["0-0", "0-10", "0-99999"].contains(range)
            #expect(server.requests.count { $0.method == "HEAD" } == (isOdd ? 1 : 0))
        }
    }

    @Test func `A13.3 bytes that were lost although the registry is content cost a whole upload`() async throws {
        var configuration = configuration
        configuration.chunking.largeBlobSize = 1
        configuration.chunking.firstChunk = 2_500
        let registry = Registry { request, _, answer in
            let answer = answer()
            guard request.method == "PATCH", let location = answer.fields.first else { return answer }
            return .init(202, [location, ("Range", "0-0")])
        }
        let heads = Counter()
        let script: ScriptedServer.Script = { request in
            request.method == "HEAD" && heads.next() == 0 ? .init(404) : registry.script(request)
        }
        try await RegistryFixture.withRegistry(configuration: configuration, script) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(bodies(server) == ["PATCH 0-2499", "PUT 2500-4999", "PUT whole"])
            #expect(heads.count == 1)
        }
    }

    @Test(arguments: [404, 400, 409])
    func `A13.5 a session that is lost between requests is followed by one PUT`(status: Int) async throws {
        var configuration = configuration
        configuration.chunking.largeBlobSize = 1
        configuration.chunking.firstChunk = 1_000
        configuration.chunking.chunks = 1_000...1_000
        let text = #"{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}"#
        let registry = Registry { request, _, answer in
            request["content-range"]?.hasPrefix("1000-") == true ? .init(status, text: text) : answer()
        }
        try await RegistryFixture.withRegistry(configuration: configuration, registry.script) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(bodies(server) == ["PATCH 0-999", "PATCH 1000-1999", "PUT whole"])
            // The next blob does not try again.
            try await client.writeBlob(blob, to: RepositoryPath("other"), from: RegistryFixture.opener(bytes))
            #expect(bodies(server).count == 4)
            let isStored = registry.stored == [bytes, bytes]
            #expect(isStored)
        }
    }

    @Test(arguments: [405, 501])
    func `a registry that takes no chunks gets the blob as a whole`(status: Int) async throws {
        var configuration = configuration
        configuration.chunking.largeBlobSize = 1
        configuration.chunking.firstChunk = 1_000
        let registry = Registry { request, _, answer in request.method == "PATCH" ? .init(status) : answer() }
        try await upload(to: registry, configuration) { server, _ in
            #expect(bodies(server) == ["PATCH 0-999", "PUT whole"])
            #expect(server.requests.count { $0.method == "POST" } == 1)
        }
    }

    @Test func `A13.7 after a lost session chunks go on connections of their own`() async throws {
        let registry = Registry { request, number, answer in
            if number == 1 { return .init(200, ending: .noAnswer) }
            return request.method == "GET" ? .init(404) : answer()
        }
        try await upload(to: registry) { server, _ in
            #expect(bodies(server) == ["PUT whole", "PATCH 0-2499", "PUT 2500-4999"])
            let chunks = server.requests.filter { ["PATCH", "PUT"].contains($0.method) }
            #expect(chunks.map { $0["connection"] } == [nil, "close", "close"])
        }
    }

    @Test func `a session that keeps what it got is gone on with, without chunks`() async throws {
        let puts = Counter()
        let script: ScriptedServer.Script = { request in
            switch request.method {
            case "POST": .init(202, [("Location", "/u/1")])
            case "PUT": puts.next() == 0 ? .init(200, ending: .noAnswer) : .init(201)
            case "GET": .init(204, [("Range", "0-2999")])
            default: .init(404)
            }
        }
        try await RegistryFixture.withRegistry(configuration: configuration, script) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(bodies(server) == ["PUT whole", "PUT 3000-4999"])
            #expect(server.requests.last?["connection"] == nil)
        }
    }

    /// What is remembered between runs, in memory.
    private final class Memory: RegistryMemory {
        let limits = Mutex<[RegistryName: UploadLimits]>([:])

        func uploadLimits(of registry: RegistryName) async -> UploadLimits? { limits.withLock { $0[registry] } }

        func remember(_ limits: UploadLimits, of registry: RegistryName) async {
            self.limits.withLock { $0[registry] = limits }
        }
    }

    @Test func `a later run begins with what was learnt`() async throws {
        let (memory, registry) = (Memory(), Registry(limit: 1_300))
        try await RegistryFixture.withRegistry(configuration: configuration, registry.script) { server, client in
            await client.remember(in: memory)
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(memory.limits.withLock { $0[client.registry] } == UploadLimits(largestBody: 1_250))
            let count = bodies(server).count
            try await RegistryFixture.withClient(port: server.port, configuration: configuration) { later, _ in
                await later.remember(in: memory)
                try await later.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            }
            #expect(Array(bodies(server).dropFirst(count)).first == "PATCH 0-1249")
            #expect(!server.requests.dropFirst(count).contains { $0.body.count > 1_300 })
        }
    }
}
