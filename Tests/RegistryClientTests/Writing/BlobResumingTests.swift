import HTTPTestSupport
import ImageStorage
import NIOCore
import OCIModel
import RegistryClient
import Synchronization
import Testing

/// Uploads that break, against a scripted registry.
struct BlobResumingTests {
    private let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    private let repository: RepositoryPath
    private let blob: Descriptor

    init() throws {
        repository = try RepositoryPath("org/app")
        blob = try RegistryFixture.blob(bytes)
    }

    /// A registry that opens sessions `/u/0`, `/u/1`, … and answers PUT, PATCH and GET of uploads in turn.
    private func registry(
        puts: [ScriptedAnswer] = [.init(200, ending: .noAnswer), .init(201)],
        patches: [ScriptedAnswer] = [],
        states: [ScriptedAnswer]
    ) -> ScriptedServer.Script {
        let (sessions, put, patch, state) = (Counter(), Counter(), Counter(), Counter())
        return { request in
            switch request.method {
            case "POST": .init(202, [("Location", "/u/\(sessions.next())?s=0")])
            case "PUT": puts[min(put.next(), puts.count - 1)]
            case "PATCH": patches[min(patch.next(), patches.count - 1)]
            case "GET": states[min(state.next(), states.count - 1)]
            default: .init(404)
            }
        }
    }

    private static func at(_ range: String, _ location: String = "/u/0?s=1") -> ScriptedAnswer {
        .init(204, [("Range", range), ("Location", location)])
    }

    /// The requests without those that look for the blob.
    private func uploads(_ server: ScriptedServer) -> [ReceivedRequest] {
        server.requests.filter { $0.uri != "/v2/" && $0.method != "HEAD" }
    }

    @Test(
        arguments: ["/u/0?_state=b%2F==", "0?_state=b%2F==", "http://HOST/u/0?_state=b%2F=="],
        ["0-2999", "bytes=0-2999"]
    )
    func `goes on at the byte that the registry has`(location: String, range: String) async throws {
        let states = registry(states: [])
        let script: ScriptedServer.Script = { request in
            guard request.method == "GET" else { return states(request) }
            return Self.at(range, location.replacing("HOST", with: request["host"] ?? ""))
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let opened = Mutex<[Int64]>([])
            let plain = RegistryFixture.opener(bytes)
            let source = BlobOpener { offset, body in
                opened.withLock { $0.append(offset) }
                try await plain.withStream(from: offset, body)
            }
            try await client.writeBlob(blob, to: repository, from: source)
            #expect(opened.withLock { $0 } == [0, 3_000])
            let requests = uploads(server)
            #expect(
                requests.map(\.line) == [
                    "POST /v2/org/app/blobs/uploads/", "PUT /u/0?s=0&digest=\(blob.digest)", "GET /u/0?s=0",
                    "PUT /u/0?_state=b%2F==&digest=\(blob.digest)",
                ]
            )
            #expect(requests[3]["content-range"] == "3000-4999")
            #expect(requests[3].body == Array(bytes[3_000...]))
        }
    }

    @Test(arguments: [
        ScriptedAnswer(404, text: "{}"), .init(405), .init(416), .init(403), .init(500), .init(200), at("0-0"),
        at("0-5000"), at("1-3"), at("0--4"), at("0-9223372036854775807"), at("-"), at("0-1-2"),
    ])
    func `begins that blob anew where the state is of no use`(state: ScriptedAnswer) async throws {
        try await RegistryFixture.withRegistry(registry(states: [state])) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            let puts = uploads(server).filter { $0.method == "PUT" }
            #expect(puts.map(\.path) == ["/u/0", "/u/1"])
            #expect(puts.last?.body == bytes)
            #expect(puts.last?["content-range"] == nil)
        }
    }

    @Test func `asks a busy registry for the state again`() async throws {
        let states = [ScriptedAnswer(503), .init(429, [("Retry-After", "1")]), Self.at("0-999")]
        try await RegistryFixture.withRegistry(registry(states: states)) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(uploads(server).last?["content-range"] == "1000-4999")
            #expect(uploads(server).count { $0.method == "POST" } == 1)
        }
    }

    @Test(arguments: [
        // The session vanishes between state and body.
        ([404], ["0-2999", "gone"]),
        // It says less than it has, or more, and says so again.
        ([416], ["0-2999", "0-2999"]),
        // It never had those bytes.
        ([400], ["0-2999"]),
    ])
    func `begins anew when a session lies`(refusals: [Int], ranges: [String]) async throws {
        let puts =
            [ScriptedAnswer(200, ending: .noAnswer)]
            + refusals.map { .init($0, text: #"{"errors":[{"code":"DIGEST_INVALID"}]}"#) } + [.init(201)]
        let states = ranges.map { $0 == "gone" ? .init(404) : Self.at($0) }
        try await RegistryFixture.withRegistry(registry(puts: puts, states: states)) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            let requests = uploads(server)
            #expect(requests.count { $0.method == "POST" } == 2)
            #expect(requests.last?.path == "/u/1")
            #expect(requests.last?.body == bytes)
        }
    }

    @Test func `follows a session that stands elsewhere`() async throws {
        let puts = [ScriptedAnswer(200, ending: .noAnswer), .init(416), .init(201)]
        let script = registry(puts: puts, states: [Self.at("0-2999"), Self.at("0-3999")])
        try await RegistryFixture.withRegistry(script) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(uploads(server).last?["content-range"] == "4000-4999")
            #expect(uploads(server).count { $0.method == "POST" } == 1)
        }
    }

    @Test func `has as many tries as there are steps forward`() async throws {
        let breaks = Array(repeating: ScriptedAnswer(200, ending: .noAnswer), count: 24)
        let states = (1...24).map { Self.at("0-\($0 * 200 - 1)") }
        try await RegistryFixture.withRegistry(registry(puts: breaks + [.init(201)], states: states)) {
            server,
            client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(uploads(server).last?["content-range"] == "4800-4999")
        }
    }

    @Test func `begins anew when a session does not move on, and gives up in the end`() async throws {
        let breaks = [ScriptedAnswer(200, ending: .noAnswer)]
        try await RegistryFixture.withRegistry(registry(puts: breaks, states: [Self.at("0-999")])) { server, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            }
            #expect(error?.code == .unavailable)
            let puts = uploads(server).filter { $0.method == "PUT" }
            #expect(puts.count == 9)
            // A whole body, three times the rest, and then another session.
            let starts = puts.map { $0["content-range"] ?? "whole" }
            #expect(Array(starts.prefix(5)) == ["whole", "1000-4999", "1000-4999", "1000-4999", "whole"])
        }
    }

    @Test func `leaves a session that another connection holds`() async throws {
        let busy = ScriptedAnswer(429, [("Retry-After", "1")])
        let puts = [ScriptedAnswer(200, ending: .noAnswer), busy, busy, busy, .init(201)]
        try await RegistryFixture.withRegistry(registry(puts: puts, states: [Self.at("0-999")])) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            #expect(uploads(server).last?.path == "/u/1")
            #expect(uploads(server).last?.body == bytes)
        }
    }

    @Test func `ends a session that has all bytes with an empty body`() async throws {
        try await RegistryFixture.withRegistry(registry(states: [Self.at("0-4999")])) { server, client in
            try await client.writeBlob(blob, to: repository, from: RegistryFixture.opener(bytes))
            let last = try #require(uploads(server).last)
            #expect(last.body.isEmpty && last["content-length"] == "0" && last["content-range"] == nil)
        }
    }

    @Test func `never completes wrong bytes of the rest`() async throws {
        var wrong = bytes
        wrong[4_999] ^= 1
        let script = registry(puts: [.init(201)], patches: [.init(202)], states: [Self.at("0-1999")])
        try await RegistryFixture.withRegistry(script) { server, client in
            let source = BlobOpener(pauses: [2_000], Self.open(wrong))
            let error = await #expect(throws: ImageStorageError.self) {
                try await client.writeBlob(blob, to: repository, from: source)
            }
            #expect(error?.code == .digestMismatch)
            #expect(!server.requests.contains { $0.method == "PUT" })
        }
    }

    /// Opens bytes in pieces of 700, so that a piece lies across every pause.
    private static func open(
        _ bytes: [UInt8],
        _ note: @escaping @Sendable (String) -> Void = { _ in }
    ) -> @Sendable (Int64, @escaping @Sendable (BlobStream) async throws -> Void) async throws -> Void {
        { offset, body in
            note("open \(offset)")
            let position = Mutex(Int(offset))
            try await body(
                BlobStream {
                    position.withLock { position in
                        guard position < bytes.count else { return nil }
                        let end = min(bytes.count, position + 700)
                        note("read \(position)")
                        defer { position = end }
                        return ByteBuffer(bytes: bytes[position..<end])
                    }
                }
            )
        }
    }

    @Test func `stores what comes before a pause, and only then opens what comes behind it`() async throws {
        let log = Mutex<[String]>([])
        let inner = registry(
            puts: [.init(201)],
            patches: [.init(202, [("Location", "/u/0?s=a")]), .init(202, [("Location", "/u/0?s=b")])],
            states: [Self.at("0-1399", "/u/0?s=A"), Self.at("0-2999", "/u/0?s=B")]
        )
        let script: ScriptedServer.Script = { request in
            log.withLock { $0.append("\(request.method) \(request["content-range"] ?? "")") }
            return inner(request)
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let source = BlobOpener(
                pauses: [0, 1_400, 3_000, 5_000],
                Self.open(bytes) { line in log.withLock { $0.append(line) } }
            )
            try await client.writeBlob(blob, to: repository, from: source)
            let steps = log.withLock { $0 }
            // Nothing behind 1400 is read, and nothing is sent, before the first part is stored.
            let second = try #require(steps.firstIndex(of: "open 1400"))
            #expect(Array(steps[..<second]) == ["POST ", "open 0", "read 0", "read 700", "PATCH 0-1399"])
            #expect(steps[second + 1] == "read 1400")
            #expect(steps[second + 2] == "GET ")
            let requests = uploads(server)
            #expect(
                requests.map(\.line) == [
                    "POST /v2/org/app/blobs/uploads/", "PATCH /u/0?s=0", "GET /u/0?s=a", "PATCH /u/0?s=A",
                    "GET /u/0?s=b", "PUT /u/0?s=B&digest=\(blob.digest)",
                ]
            )
            #expect(requests.map { $0["content-range"] ?? "" } == ["", "0-1399", "", "1400-2999", "", "3000-4999"])
            #expect(requests.flatMap(\.body) == bytes)
        }
    }

    @Test(arguments: [405, 200])
    func `trusts its own count where a registry does not tell`(status: Int) async throws {
        let script = registry(puts: [.init(201)], patches: [.init(202)], states: [.init(status)])
        try await RegistryFixture.withRegistry(script) { server, client in
            let source = BlobOpener(pauses: [2_000], Self.open(bytes))
            try await client.writeBlob(blob, to: repository, from: source)
            #expect(uploads(server).map(\.method) == ["POST", "PATCH", "GET", "PUT"])
        }
    }

    @Test func `goes back to what a registry has kept over the pause`() async throws {
        let states = ["0-999", "0-999", "0-1999"].map { Self.at($0) }
        try await RegistryFixture.withRegistry(
            registry(puts: [.init(201)], patches: [.init(202)], states: states)
        ) { server, client in
            let source = BlobOpener(pauses: [2_000], Self.open(bytes))
            try await client.writeBlob(blob, to: repository, from: source)
            let requests = uploads(server)
            #expect(requests.map(\.method) == ["POST", "PATCH", "GET", "GET", "PATCH", "GET", "PUT"])
            let ranges = requests.compactMap { $0["content-range"] }
            #expect(ranges == ["0-1999", "1000-1999", "2000-4999"])
        }
    }

    @Test func `begins anew when the session is gone after the pause`() async throws {
        let script = registry(
            puts: [.init(201)],
            patches: [.init(202)],
            states: [.init(404), .init(404), Self.at("0-1999", "/u/1?s=1")]
        )
        try await RegistryFixture.withRegistry(script) { server, client in
            let source = BlobOpener(pauses: [2_000], Self.open(bytes))
            try await client.writeBlob(blob, to: repository, from: source)
            let requests = uploads(server)
            #expect(requests.map(\.method) == ["POST", "PATCH", "GET", "GET", "POST", "PATCH", "GET", "PUT"])
            #expect(requests.suffix(4).flatMap(\.body) == bytes)
        }
    }
}
