import HTTPTestSupport
import HTTPTransport
import ImageStorage
import OCIModel
import RegistryClient
import Testing

struct BlobReadingTests {
    private let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 / 7) }

    /// Serves `bytes` with ranges; `faults` says how each request in turn ends.
    private func store(
        _ faults: [ScriptedAnswer.Ending] = [],
        statuses: [Int] = [],
        ranges: Bool = true
    ) -> ScriptedServer.Script {
        let count = Counter()
        return { [bytes] request in
            let index = count.next()
            if index < statuses.count, statuses[index] != 200 { return .init(statuses[index], text: "{}") }
            let start =
                ranges
                ? request["range"].flatMap { Int($0.dropFirst("bytes=".count).prefix { $0 != "-" }) } : nil
            var answer = ScriptedAnswer(200, body: Array(bytes.dropFirst(start ?? 0)))
            if let start {
                answer.status = 206
                answer.fields = [("Content-Range", "bytes \(start)-\(bytes.count - 1)/\(bytes.count)")]
            }
            if index < faults.count { answer.ending = faults[index] }
            return answer
        }
    }

    private func read(
        _ client: RegistryClient,
        from offset: Int64 = 0,
        size: Int64? = nil
    ) async throws -> [UInt8] {
        var blob = try RegistryFixture.blob(bytes)
        if let size { blob = try Descriptor(mediaType: blob.mediaType, digest: blob.digest, size: size) }
        return try await client.withBlob(blob, in: RepositoryPath("org/app"), from: offset) { stream in
            try await RegistryFixture.collect(stream)
        }
    }

    private func expectBytes(
        _ client: RegistryClient,
        from offset: Int64 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let read = try await read(client, from: offset)
        #expect(read == Array(bytes.dropFirst(Int(offset))), sourceLocation: sourceLocation)
    }

    @Test(arguments: [0, 1, 4_999, 5_000] as [Int64])
    func `begins where it is told`(offset: Int64) async throws {
        try await RegistryFixture.withRegistry(store()) { server, client in
            try await expectBytes(client, from: offset)
            #expect(RegistryFixture.lines(server).count == (offset == 5_000 ? 0 : 1))
            #expect(server.requests.last?["range"] == ((1..<5_000).contains(offset) ? "bytes=\(offset)-" : nil))
        }
    }

    @Test func `goes on at the byte reached when a connection breaks`() async throws {
        let script = store([.cut(after: 1_234), .cut(after: 0), .noAnswer, .cut(after: 3_000)])
        try await RegistryFixture.withRegistry(script) { server, client in
            try await expectBytes(client)
            #expect(
                server.requests.suffix(5).map { $0["range"] }
                    == [nil, "bytes=1234-", "bytes=1234-", "bytes=1234-", "bytes=4234-"]
            )
        }
    }

    @Test func `goes on where ranges are ignored`() async throws {
        try await RegistryFixture.withRegistry(store([.cut(after: 1_234)], ranges: false)) { _, client in
            try await expectBytes(client)
            try await expectBytes(client, from: 4_000)
        }
    }

    @Test func `breaks as often as there is progress`() async throws {
        let script = store((0..<40).map { _ in .cut(after: 100) })
        try await RegistryFixture.withRegistry(script) { _, client in
            try await expectBytes(client)
        }
    }

    @Test func `gives up without progress`() async throws {
        let script = store([.cut(after: 100)] + (0..<20).map { _ in .cut(after: 0) })
        try await RegistryFixture.withRegistry(script) { server, client in
            let error = await #expect(throws: RegistryClientError.self) { try await read(client) }
            #expect(error?.code == .unavailable)
            #expect(error?.kind == .unavailable)
            #expect(error?.attempts == 8)
            #expect(RegistryFixture.lines(server).count == 8)
        }
    }

    @Test(arguments: [429, 500, 503])
    func `survives faults in between`(status: Int) async throws {
        let script = store([.complete, .cut(after: 10)], statuses: [status, 200, status, status, 200])
        try await RegistryFixture.withRegistry(script) { _, client in
            try await expectBytes(client)
        }
    }

    @Test(arguments: [4_999, 5_001] as [Int64])
    func `notices another size`(size: Int64) async throws {
        try await RegistryFixture.withRegistry(store()) { _, client in
            let error = await #expect(throws: RegistryClientError.self) { try await read(client, size: size) }
            #expect(error?.code == .sizeMismatch)
            #expect(error?.kind == .integrity)
        }
    }

    @Test func `never delivers more than the blob has`() async throws {
        let endless: ScriptedServer.Script = { [bytes] _ in
            let text = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
            return .init(200, ending: .raw(Array(text.utf8) + bytes + [1, 2, 3]))
        }
        try await RegistryFixture.withRegistry(endless) { _, client in
            let error = await #expect(throws: RegistryClientError.self) { try await read(client) }
            #expect(error?.code == .sizeMismatch)
        }
    }

    @Test func `says that a blob is not there`() async throws {
        try await RegistryFixture.withRegistry({ _ in .init(404, text: "{}") }) { server, client in
            let error = await #expect(throws: RegistryClientError.self) { try await read(client) }
            #expect(error?.code == .blobNotFound)
            #expect(error?.kind == .notFound)
            #expect(RegistryFixture.lines(server).count == 1)
        }
    }

    @Test func `gets a new token in the middle`() async throws {
        let tokens = Counter()
        let serve = store([.cut(after: 2_000)])
        let served = Counter()
        let script: ScriptedServer.Script = { request in
            if request.path == "/token" { return .init(200, text: #"{"token":"t\#(tokens.next())"}"#) }
            // The second request finds its token expired.
            let wanted = served.count == 0 ? "Bearer t0" : "Bearer t1"
            guard request["authorization"] == wanted else {
                return .init(401, [("WWW-Authenticate", #"Bearer realm="/token""#)])
            }
            _ = served.next()
            return serve(request)
        }
        try await RegistryFixture.withRegistry(script) { _, client in
            try await expectBytes(client)
            #expect(tokens.count == 2)
        }
    }
}
