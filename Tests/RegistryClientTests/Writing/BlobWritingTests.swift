import HTTPTestSupport
import ImageStorage
import NIOCore
import OCIModel
import RegistryClient
import Testing

struct BlobWritingTests {
    private let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    private let repository: RepositoryPath
    private let blob: Descriptor

    init() throws {
        repository = try RepositoryPath("org/app")
        blob = try RegistryFixture.blob(bytes)
    }

    /// A registry that opens sessions 0, 1, … and answers each PUT in turn; the last answer is for all further ones.
    private func registry(
        puts: [ScriptedAnswer] = [.init(201)],
        location: @escaping @Sendable (Int) -> String = { "/v2/org/app/blobs/uploads/\($0)?_state=a%2F==" },
        head: Int = 404
    ) -> ScriptedServer.Script {
        let sessions = Counter()
        let sent = Counter()
        return { request in
            switch request.method {
            case "POST": .init(202, [("Location", location(sessions.next())), ("Range", "0-0")])
            case "PUT": puts[min(sent.next(), puts.count - 1)]
            default: .init(head)
            }
        }
    }

    @Test(arguments: [
        "/v2/org/app/blobs/uploads/0?_state=a%2F==", "0?_state=a%2F==",
        "http://HOST/v2/org/app/blobs/uploads/0?_state=a%2F==",
    ])
    func `sends the body to the location it is given`(location: String) async throws {
        let script: ScriptedServer.Script = { [registry = registry()] request in
            guard request.method == "POST" else { return registry(request) }
            return .init(202, [("Location", location.replacing("HOST", with: request["host"] ?? ""))])
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(
                RegistryFixture.lines(server) == [
                    "POST /v2/org/app/blobs/uploads/",
                    "PUT /v2/org/app/blobs/uploads/0?_state=a%2F==&digest=\(blob.digest)",
                ]
            )
            let put = try #require(server.requests.last)
            #expect(put.body == bytes)
            #expect(put["content-length"] == "5000")
            #expect(put["transfer-encoding"] == nil)
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `starts over with the source from its beginning`() async throws {
        let script = registry(puts: [.init(503), .init(200, ending: .noAnswer), .init(404, text: "{}"), .init(204)])
        try await RegistryFixture.withRegistry(script) { server, client in
            let opened = Counter()
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes, opened: opened))
            #expect(opened.count == 4)
            let puts = server.requests.filter { $0.method == "PUT" }
            #expect(puts.map { $0.path.last } == ["0", "1", "2", "3"])
            #expect(puts.allSatisfy { $0.body == bytes })
        }
    }

    @Test func `does not send again what has arrived`() async throws {
        let script = registry(puts: [.init(200, ending: .noAnswer)], head: 200)
        try await RegistryFixture.withRegistry(script) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(server.requests.count { $0.method == "PUT" } == 1)
        }
    }

    @Test func `gives up in the end`() async throws {
        try await RegistryFixture.withRegistry(
            registry(puts: [.init(502, text: #"{"errors":[{"code":"UNKNOWN","message":"disk"}]}"#)])
        ) { server, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            }
            #expect(error?.code == .unavailable)
            #expect(error?.status == 502)
            #expect(error?.message.contains("UNKNOWN: disk") == true)
            #expect(error?.attempts == 8)
            #expect(server.requests.count { $0.method == "PUT" } == 8)
        }
    }

    @Test func `never completes wrong bytes`() async throws {
        var wrong = bytes
        wrong[4_999] ^= 1
        for source in [wrong, Array(bytes.dropLast()), bytes + [0]] {
            try await RegistryFixture.withRegistry(registry()) { server, client in
                let error = await #expect(throws: ImageStorageError.self) {
                    try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(source))
                }
                #expect(error?.kind == .integrity)
                #expect(!server.requests.contains { $0.method == "PUT" })
            }
        }
    }

    @Test func `passes a failure of the source on`() async throws {
        struct SourceFailure: Error {}
        try await RegistryFixture.withRegistry(registry()) { _, client in
            await #expect(throws: SourceFailure.self) {
                try await client.writeBlob(blob, to: repository, from: BlobOpener { _, _ in throw SourceFailure() })
            }
            await #expect(throws: SourceFailure.self) {
                let source = BlobOpener { _, body in try await body(BlobStream { throw SourceFailure() }) }
                try await client.writeBlob(blob, to: repository, from: source)
            }
        }
    }

    @Test func `writes an empty blob`() async throws {
        try await RegistryFixture.withRegistry(registry()) { server, client in
            try await client.writeBlob(RegistryFixture.blob([]), to: repository, from: RegistryFixture.opener([]))
            #expect(server.requests.last?["content-length"] == "0")
        }
    }

    @Test(arguments: [
        (400, #"{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}"#, RegistryClientError.Code.digestMismatch),
        (400, #"{"errors":[{"code":"SIZE_INVALID","message":"no"}]}"#, .refused), (403, "{}", .denied),
        (413, "<html>", .tooLarge),
    ])
    func `takes a refusal for an answer`(status: Int, text: String, code: RegistryClientError.Code) async throws {
        try await RegistryFixture.withRegistry(registry(puts: [.init(status, text: text)])) { server, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            }
            #expect(error?.code == code)
            #expect(error?.status == status || code == .digestMismatch)
            #expect(server.requests.count { $0.method == "PUT" } == 1)
        }
    }

    @Test func `notices another digest in the answer`() async throws {
        let other = try RegistryFixture.blob([1]).digest
        let puts = [ScriptedAnswer(201, [("Docker-Content-Digest", other.description)])]
        try await RegistryFixture.withRegistry(registry(puts: puts)) { _, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            }
            #expect(error?.code == .digestMismatch)
            #expect(error?.kind == .integrity)
        }
    }

    @Test func `gets a new token for the body`() async throws {
        let inner = registry()
        let tokens = Counter()
        let script: ScriptedServer.Script = { request in
            if request.path == "/token" { return .init(200, text: #"{"token":"t\#(tokens.next())"}"#) }
            let valid = tokens.count > 0 && request["authorization"] == "Bearer t\(tokens.count - 1)"
            guard valid, request.method != "PUT" || tokens.count == 2 else {
                return .init(401, [("WWW-Authenticate", #"Bearer realm="/token",service="s""#)])
            }
            return inner(request)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            let puts = server.requests.filter { $0.method == "PUT" }
            #expect(puts.count == 2)
            let scope = "service=s&scope=repository:org/app:pull%2Cpush"
            let queries = server.requests.filter { $0.path == "/token" }.map(\.query)
            #expect(queries == [scope, scope])
        }
    }

    @Test func `follows a redirect of the body without credentials`() async throws {
        try await ScriptedServer.withServer({ _ in .init(201) }) { storage in
            let puts = [ScriptedAnswer(307, [("Location", "http://127.0.0.1:\(storage.port)/s?x=y")])]
            try await RegistryFixture.withRegistry(registry(puts: puts)) { _, client in
                try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            }
            #expect(storage.requests.map(\.body) == [bytes])
            #expect(storage.requests.first?["authorization"] == nil)
        }
    }

    @Test(arguments: [
        (200, "5000", true), (200, "0", true), (200, "4999", false), (404, "0", false), (405, "0", false),
    ])
    func `looks for a blob`(status: Int, length: String, expected: Bool) async throws {
        let script: ScriptedServer.Script = { _ in .init(status, [("Content-Length", length)]) }
        try await RegistryFixture.withRegistry(script) { server, client in
            let isThere = try await client.containsBlob(blob, in: repository)
            #expect(isThere == expected)
            #expect(RegistryFixture.lines(server) == ["HEAD /v2/org/app/blobs/\(blob.digest)"])
        }
    }
}
