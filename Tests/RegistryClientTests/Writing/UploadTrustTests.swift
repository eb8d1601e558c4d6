import HTTPTestSupport
import ImageStorage
import OCIModel
import RegistryClient
import Synchronization
import Testing

/// Uploads with pauses to registries that say something else about their sessions than they took.
struct UploadTrustTests {
    private let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    private let repository: RepositoryPath
    private let blob: Descriptor

    init() throws {
        repository = try RepositoryPath("org/app")
        blob = try RegistryFixture.blob(bytes)
    }

    private var source: BlobOpener {
        let whole = RegistryFixture.opener(bytes)
        return BlobOpener(pauses: [2_000, 4_000]) { try await whole.withStream(from: $0, $1) }
    }

    /// A registry that keeps what it gets, checks digests, and says what it likes.
    private final class Registry: Sendable {
        struct State {
            var sessions: [String: [UInt8]] = [:]
            var opened = 0
            /// What came, by the address that it was asked for at.
            var stored: [String: [UInt8]] = [:]
            /// How many bytes are left in a session when it is asked about, once for each entry.
            var losses: [Int] = []
        }

        let state = Mutex(State())
        /// The bytes with the digest that is asked for.
        let expected: [UInt8]
        /// What a part is answered that does not fit; nil to append it all the same.
        let refusal: Int?
        /// The field `Range` for what a session has, in the answer to a request of some method.
        let word: @Sendable (Int, String) -> String?

        init(
            _ expected: [UInt8],
            refusal: Int?,
            losses: [Int] = [],
            word: @escaping @Sendable (Int, String) -> String? = { have, _ in "0-\(max(0, have - 1))" }
        ) {
            self.expected = expected
            self.refusal = refusal
            self.word = word
            state.withLock { $0.losses = losses }
        }

        var opened: Int { state.withLock { $0.opened } }
        var stored: [[UInt8]] { state.withLock { Array($0.stored.values) } }

        func answer(_ request: ReceivedRequest) -> ScriptedAnswer {
            state.withLock { state in
                switch request.method {
                case "POST":
                    state.opened += 1
                    let session = request.path + "\(state.opened)"
                    state.sessions[session] = []
                    return .init(202, [("Location", session)])
                case "HEAD":
                    let repository = request.path.prefix { $0 != ":" }.dropLast("/blobs/sha256".count)
                    return .init(state.stored[String(repository)] == nil ? 404 : 200)
                case "GET":
                    guard let session = state.sessions[request.path] else { return .init(404) }
                    if !state.losses.isEmpty {
                        state.sessions[request.path] = Array(session.prefix(state.losses.removeFirst()))
                    }
                    return said(of: state.sessions[request.path]?.count ?? 0, 204, request)
                default: return body(request, &state)
                }
            }
        }

        private func body(_ request: ReceivedRequest, _ state: inout State) -> ScriptedAnswer {
            guard let known = state.sessions[request.path], let uploads = request.path.firstRange(of: "/blobs/uploads/")
            else { return .init(404, text: "{}") }
            let start = request["content-range"]?.split(separator: "-").first.flatMap { Int($0) } ?? known.count
            if start != known.count, let refusal { return .init(refusal, text: "{}") }
            let all = known + request.body
            guard request.method == "PUT" else {
                state.sessions[request.path] = all
                return said(of: all.count, 202, request)
            }
            state.sessions[request.path] = nil
            guard all == expected else {
                return .init(400, text: #"{"errors":[{"code":"DIGEST_INVALID"}]}"#)
            }
            state.stored[String(request.path.prefix(upTo: uploads.lowerBound))] = all
            return .init(201)
        }

        private func said(of size: Int, _ status: Int, _ request: ReceivedRequest) -> ScriptedAnswer {
            let range = word(size, request.method).map { [("Range", $0)] } ?? []
            return .init(status, [("Location", request.path)] + range)
        }
    }

    /// Uploads the blob twice with one client.
    private func upload(to registry: Registry) async throws {
        try await RegistryFixture.withRegistry({ registry.answer($0) }) { server, client in
            try await client.writeBlob(blob, to: repository, from: source)
            #expect(server.requests.count < 40, "\(server.lines)")
            let opened = registry.opened
            try await client.writeBlob(blob, to: RepositoryPath("org/other"), from: source)
            let isStored = registry.stored == [bytes, bytes]
            #expect(isStored)
            #expect(registry.opened == opened + 1, "what the first blob showed, the second need not")
        }
    }

    @Test(arguments: ["0-0", "0-99", "0-1999", "0-4998", "0-99999"], [416, 400, nil])
    func `A13.3 a state that is wrong or stuck does not end an upload`(range: String, refusal: Int?) async throws {
        try await upload(
            to: Registry(bytes, refusal: refusal) { have, method in method == "GET" ? range : "0-\(have - 1)" }
        )
    }

    @Test(arguments: ["0-0", "0-99", "0-1999", "0-4998", "0-99999"], [416, 400, nil])
    func `A13.3 nor does one that was wrong from the first part on`(range: String, refusal: Int?) async throws {
        let registry = Registry(bytes, refusal: refusal) { _, _ in range }
        try await upload(to: registry)
        #expect(registry.opened == 2, "a part that it took is not sent again")
    }

    @Test(arguments: [[1_000], [2_000, 3_000], [0], [1_000, 1_000, 500]], [416, 400])
    func `what a registry really lost is sent again`(losses: [Int], refusal: Int) async throws {
        let registry = Registry(bytes, refusal: refusal, losses: losses)
        try await RegistryFixture.withRegistry({ registry.answer($0) }) { server, client in
            try await client.writeBlob(blob, to: repository, from: source)
            let isStored = registry.stored == [bytes]
            #expect(isStored)
            #expect(server.requests.count < 40, "\(server.lines)")
        }
    }

    @Test(arguments: [416, 400])
    func `also by a registry whose word was known to be wrong`(refusal: Int) async throws {
        let registry = Registry(bytes, refusal: refusal) { have, method in
            method == "PATCH" ? "0-0" : have == 1_500 ? "0-1499" : "0-99"
        }
        try await RegistryFixture.withRegistry({ registry.answer($0) }) { _, client in
            try await client.writeBlob(blob, to: repository, from: source)
            registry.state.withLock { $0.losses = [1_500] }
            try await client.writeBlob(blob, to: RepositoryPath("org/other"), from: source)
            let isStored = registry.stored == [bytes, bytes]
            #expect(isStored)
        }
    }

    @Test(arguments: [416, 400])
    func `a registry that refuses all that comes behind a pause ends the upload`(status: Int) async throws {
        let registry = Registry(bytes, refusal: nil) { _, method in method == "GET" ? "0-999" : nil }
        let script: ScriptedServer.Script = { request in
            let range = request["content-range"] ?? "0-"
            return range.hasPrefix("0-") ? registry.answer(request) : .init(status, text: "{}")
        }
        try await RegistryFixture.withRegistry(script) { server, client in
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeBlob(blob, to: repository, from: source)
            }
            #expect(error?.code == .refused || error?.code == .unavailable, "\(String(describing: error))")
            #expect(registry.stored.isEmpty)
            #expect(server.requests.count < 120)
        }
    }
}
