import HTTPTestSupport
import HTTPTransport
import ImageStorage
import OCIModel
import RegistryClient
import Synchronization
import Testing

/// Uploads over slow lines with tokens that live for 2 s.
struct TokenRenewalTests {
    private let bytes = (0..<24_000).map { UInt8(truncatingIfNeeded: $0 / 7) }

    /// A registry with its token service; it looks at the token when it has all of a body.
    private final class Registry: Sendable {
        struct State {
            var ends: [String: Duration] = [:]
            var have: [UInt8] = []
            var stored: [UInt8] = []
            var parts = 0
        }

        let state = Mutex(State())
        let time: SteppedTime
        /// How long a body takes, by its number from 0 and its length.
        let delay: @Sendable (Int, Int) -> Duration
        /// Whether no token is good for writing.
        let refuses: Bool

        init(_ time: SteppedTime, refuses: Bool = false, _ delay: @escaping @Sendable (Int, Int) -> Duration) {
            self.time = time
            self.refuses = refuses
            self.delay = delay
        }

        var tokens: Int { state.withLock { $0.ends.count } }

        func answer(_ request: ReceivedRequest) -> ScriptedAnswer {
            state.withLock { state in
                let now = time.time.now
                if request.path == "/token" {
                    let token = "t\(state.ends.count)"
                    state.ends["Bearer \(token)"] = now() + .seconds(2)
                    return .init(200, text: #"{"token":"\#(token)","expires_in":2}"#)
                }
                let isBody = request.method == "PATCH" || request.method == "PUT"
                if isBody {
                    time.advance(by: delay(state.parts, request.body.count))
                    state.parts += 1
                }
                guard let end = request["authorization"].flatMap({ state.ends[$0] }), now() < end, !(isBody && refuses)
                else { return .init(401, [("WWW-Authenticate", #"Bearer realm="/token",service="s""#)]) }
                switch request.method {
                case "POST": return .init(202, [("Location", "/u/1")])
                case "PATCH":
                    state.have += request.body
                    return .init(202, [("Location", "/u/1"), ("Range", "0-\(state.have.count - 1)")])
                case "PUT":
                    state.stored = state.have + request.body
                    return .init(201)
                default: return .init(404)
                }
            }
        }
    }

    private func upload(to registry: Registry) async throws {
        var configuration = RegistryClientConfiguration()
        configuration.chunking.largeBlobSize = 1
        configuration.chunking.firstChunk = 4_000
        configuration.chunking.chunks = 1_000...4_000
        configuration.chunking.smallestChunk = 500
        let blob = try RegistryFixture.blob(bytes)
        try await RegistryFixture.withRegistry(time: registry.time, configuration: configuration, registry.answer) {
            _,
            client in
            try await client.writeBlob(blob, to: RepositoryPath("org/app"), from: RegistryFixture.opener(bytes))
        }
        let isStored = registry.state.withLock { $0.stored == bytes }
        #expect(isStored)
    }

    @Test func `tokens that end before a part is through are renewed while parts get through at all`() async throws {
        // The line is slow for a while, again and again.
        let registry = Registry(SteppedTime()) { part, _ in part % 7 < 5 ? .seconds(3) : .milliseconds(500) }
        try await upload(to: registry)
        #expect(registry.tokens > 10)
    }

    @Test func `parts become so small that they are through before their tokens end`() async throws {
        // 1 kB/s: the first part takes 4 s.
        let registry = Registry(SteppedTime()) { _, length in .milliseconds(length) }
        try await upload(to: registry)
    }

    @Test(arguments: [(Duration.zero, 5), (.seconds(3), 25)])
    func `tokens that are refused for ever end the upload`(each time: Duration, atMost tries: Int) async throws {
        let registry = Registry(SteppedTime(), refuses: true) { _, _ in time }
        let error = await #expect(throws: RegistryClientError.self) { try await upload(to: registry) }
        #expect(error?.code == .unauthorized)
        #expect(registry.tokens <= tries)
    }
}
