import HTTPTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import Testing

struct MountTests {
    private let bytes: [UInt8] = [1, 2, 3]
    private let origin: RepositoryPath
    private let repository: RepositoryPath
    private let blob: Descriptor

    init() throws {
        origin = try RepositoryPath("from/here")
        repository = try RepositoryPath("to/there")
        blob = try RegistryFixture.blob(bytes)
    }

    private var line: String { "POST /v2/to/there/blobs/uploads/?mount=\(blob.digest)&from=from/here" }

    @Test func `mounts`() async throws {
        let script: ScriptedServer.Script = { [blob] _ in
            .init(201, [("Docker-Content-Digest", blob.digest.description)])
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let isMounted = try await client.mountBlob(blob, from: origin, to: repository)
            #expect(isMounted)
            #expect(RegistryFixture.lines(server) == [line])
        }
    }

    @Test func `goes on in the session that comes instead`() async throws {
        let script: ScriptedServer.Script = { request in
            request.method == "POST" ? .init(202, [("Location", "/u/1?s=x")]) : .init(201)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let isMounted = try await client.mountBlob(blob, from: origin, to: repository)
            #expect(isMounted == false)
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(RegistryFixture.lines(server) == [line, "PUT /u/1?s=x&digest=\(blob.digest)"])
            // A session serves once.
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(RegistryFixture.lines(server).dropFirst(2).first == "POST /v2/to/there/blobs/uploads/")
        }
    }

    @Test(arguments: [401, 403, 404, 405, 400])
    func `does not try a refused pair again`(status: Int) async throws {
        try await RegistryFixture.withRegistry({ _ in .init(status, text: "{}") }) { server, client in
            let first = try await client.mountBlob(blob, from: origin, to: repository)
            #expect(first == false)
            let second = try await client.mountBlob(blob, from: origin, to: repository)
            #expect(second == false)
            #expect(RegistryFixture.lines(server) == [line])
            let third = try await client.mountBlob(blob, from: RepositoryPath("other"), to: repository)
            #expect(third == false)
            #expect(RegistryFixture.lines(server).count == 2)
        }
    }

    @Test func `asks for both repositories`() async throws {
        let script: ScriptedServer.Script = { request in
            if request.path == "/token" { return .init(200, text: #"{"token":"t"}"#) }
            return request["authorization"] == nil
                ? .init(401, [("WWW-Authenticate", #"Bearer realm="/token""#)]) : .init(201)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let isMounted = try await client.mountBlob(blob, from: origin, to: repository)
            #expect(isMounted)
            #expect(
                server.requests.first { $0.path == "/token" }?.query
                    == "scope=repository:to/there:pull%2Cpush&scope=repository:from/here:pull"
            )
        }
    }

    @Test func `fails when the registry cannot be reached`() async throws {
        try await RegistryFixture.withRegistry({ _ in .init(503) }) { _, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.mountBlob(blob, from: origin, to: repository)
            }
            #expect(error?.code == .unavailable)
        }
    }
}
