import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import NIOPosix
import Testing

@testable import ClusterAccess

/// Applying objects to an API server.
struct ClusterClientTests {
    private static let path = "/api/v1/namespaces/openshift-config-managed/configmaps/sha256-abc"

    private func object(
        _ value: String = "a",
        namespace: String = "openshift-config-managed"
    ) throws -> ResourceObject {
        let json = #"""
            {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"sha256-abc","namespace":"\#(namespace)"},
            "binaryData":{"sha256-abc-1":"\#(value)"}}
            """#
        return try ResourceObject(parsing: Array(json.utf8), name: "test")
    }

    private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private func withClient<Result: Sendable>(
        _ server: String,
        cluster: [String]? = nil,
        user: [String] = ["token: SECRET"],
        tries: Int = 1,
        _ body: (ClusterClient) async throws -> Result
    ) async throws -> Result {
        let trusted = "certificate-authority-data: \(base64(TestIdentity.localhost.certificate))"
        let text = FakeCluster.kubeconfig(server: server, cluster: cluster ?? [trusted], user: user)
        let connection = try loadFiles(
            ["/k/config": Array(text.utf8)],
            KubeconfigLocations(explicit: "/k/config", environment: [:])
        )
        var base = HTTPTransportConfiguration()
        base.retryPolicy.tries = tries
        return try await HTTPTransport.withTransport(
            connection.transport(from: base),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            time: SteppedTime().time
        ) { try await body(ClusterClient(connection, transport: $0)) }
    }

    private func failure(
        _ server: String,
        cluster: [String]? = nil,
        user: [String] = ["token: SECRET"],
        tries: Int = 1,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (ClusterClient) async throws -> Void
    ) async -> ClusterAccessError? {
        let error = await #expect(throws: ClusterAccessError.self, sourceLocation: sourceLocation) {
            try await withClient(server, cluster: cluster, user: user, tries: tries, body)
        }
        #expect(error?.message.contains("SECRET") == false, sourceLocation: sourceLocation)
        #expect(error?.message.contains(server) == true, sourceLocation: sourceLocation)
        return error
    }

    private func expect(
        _ expected: ClusterClient.Outcome,
        _ client: ClusterClient,
        _ value: String = "a",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await client.apply(object(value))
        #expect(outcome == expected, sourceLocation: sourceLocation)
    }

    @Test func `creates, leaves alone and changes`() async throws {
        try await FakeCluster.withCluster(authorization: "Bearer SECRET") { cluster, server in
            try await withClient("https://\(server.authority)") { client in
                try await client.checkAccess(toApply: object())
                try await expect(.created, client)
                try await expect(.unchanged, client)
                try await expect(.configured, client, "b")
                #expect(cluster.objects.keys.sorted() == [Self.path])
            }
            let patch = try #require(server.requests.first { $0.method == "PATCH" })
            #expect(patch.uri == "\(Self.path)?fieldManager=ferry&force=true")
            #expect(patch["content-type"] == "application/apply-patch+yaml")
            #expect(patch.body == (try object().json))
            let review = try #require(server.requests.first)
            #expect(
                String(decoding: review.body, as: UTF8.self)
                    == #"{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":"#
                    + #"{"resourceAttributes":{"group":"","namespace":"openshift-config-managed","#
                    + #""resource":"configmaps","verb":"patch"}}}"#
            )
        }
    }

    @Test func `keeps the path of the server`() async throws {
        let script: @Sendable (ReceivedRequest) -> ScriptedAnswer? = { request in
            request.path.hasPrefix("/k8s/clusters/c-1/api/v1/") ? nil : .init(404)
        }
        try await FakeCluster.withCluster(disturbance: script) { cluster, server in
            try await withClient("https://\(server.authority)/k8s/clusters/c-1/") { client in
                try await expect(.created, client)
            }
            #expect(cluster.objects.keys.sorted() == ["/k8s/clusters/c-1\(Self.path)"])
        }
    }

    @Test func `identifies itself by a certificate, by a password, or not at all`() async throws {
        let named = TestIdentity.named
        let identity = [
            "client-certificate-data: \(base64(named.certificate))", "client-key-data: \(base64(named.privateKey))",
        ]
        try await FakeCluster.withCluster(clientAuthority: named.certificate) { _, server in
            let address = "https://\(server.authority)"
            try await withClient(address, user: identity) { try await expect(.created, $0) }
            let error = await failure(address) { _ = try await $0.apply(object()) }
            #expect(error?.code == .unauthorized)
        }
        try await FakeCluster.withCluster(authorization: "Basic YTpi") { _, server in
            try await withClient("https://\(server.authority)", user: ["username: a", "password: b"]) {
                try await expect(.created, $0)
            }
        }
        try await FakeCluster.withCluster(usesTLS: false) { _, server in
            try await withClient("http://\(server.authority)", cluster: [], user: []) { try await expect(.created, $0) }
        }
    }

    @Test func `trusts whom the kubeconfig trusts`() async throws {
        let other = base64(TestIdentity.named.certificate)
        try await FakeCluster.withCluster { _, server in
            let address = "https://\(server.authority)"
            for cluster in [[], ["certificate-authority-data: \(other)"]] {
                let error = await failure(address, cluster: cluster) { _ = try await $0.apply(object()) }
                #expect(error?.code == .certificateNotTrusted)
                #expect(error?.message.contains("cluster \"c\" in /k/config") == true)
            }
            try await withClient(address, cluster: ["insecure-skip-tls-verify: true"]) {
                try await expect(.created, $0)
            }
        }
        try await FakeCluster.withCluster(identity: .named) { _, server in
            let cluster = ["certificate-authority-data: \(other)", "tls-server-name: api.ferry.test"]
            try await withClient("https://\(server.authority)", cluster: cluster) { try await expect(.created, $0) }
        }
    }

    @Test(
        arguments: [
            (400, "BadRequest", .invalidObject), (401, "Unauthorized", .unauthorized), (403, "Forbidden", .forbidden),
            (404, "NotFound", .notFound), (409, "Conflict", .conflict), (422, "Invalid", .invalidObject),
            (418, "Teapot", .serverFailed), (429, "TooManyRequests", .serverFailed),
            (500, "InternalError", .serverFailed),
            (503, "ServiceUnavailable", .serverFailed), (507, "Full", .serverFailed),
        ] as [(Int, String, ClusterAccessError.Code)]
    )
    func `tells what the server says`(status: Int, reason: String, code: ClusterAccessError.Code) async throws {
        let script: @Sendable (ReceivedRequest) -> ScriptedAnswer? = { request in
            request.method == "PATCH" ? FakeCluster.status(status, reason, "because\nof this") : nil
        }
        try await FakeCluster.withCluster(disturbance: script) { _, server in
            for tries in [1, 3] {
                let before = server.requests.count
                let error = await failure("https://\(server.authority)", tries: tries) {
                    _ = try await $0.apply(object())
                }
                #expect(error?.code == code)
                #expect(error?.message.contains("\(reason): because of this") == true)
                #expect(error?.message.contains("ConfigMap openshift-config-managed/sha256-abc") == true)
                let isRetried = [429, 500, 503].contains(status)
                #expect(server.requests.count - before == 1 + (isRetried ? tries : 1))
            }
        }
    }

    @Test func `tries again after failures that pass`() async throws {
        let failures = FailureCounter(2)
        try await FakeCluster.withCluster(
            disturbance: { _ in failures.next() ? FakeCluster.status(500, "InternalError", "etcd") : nil }
        ) { _, server in
            try await withClient("https://\(server.authority)", tries: 3) { client in
                try await expect(.created, client)
            }
        }
    }

    @Test func `has created an object even if the first answer is lost`() async throws {
        let failures = FailureCounter(1)
        try await FakeCluster.withCluster(losesAnswer: { $0.method == "PATCH" && failures.next() }) { _, server in
            try await withClient("https://\(server.authority)", tries: 3) { client in
                try await expect(.created, client)
            }
        }
    }

    @Test func `applies what it may not read`() async throws {
        let script: @Sendable (ReceivedRequest) -> ScriptedAnswer? = { request in
            request.method == "GET" ? FakeCluster.status(403, "Forbidden", "no") : nil
        }
        try await FakeCluster.withCluster(disturbance: script) { _, server in
            try await withClient("https://\(server.authority)") { client in
                try await expect(.created, client)
                try await expect(.applied, client)
            }
        }
    }

    @Test func `tells that the namespace is missing`() async throws {
        try await FakeCluster.withCluster(namespaces: []) { _, server in
            let error = await failure("https://\(server.authority)") { _ = try await $0.apply(object()) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("the namespace openshift-config-managed") == true)
        }
    }

    private struct ForeignAnswer: CustomTestStringConvertible {
        let testDescription: String
        let answer: ScriptedAnswer
    }

    private static let foreignAnswers = [
        ForeignAnswer(testDescription: "a page", answer: .init(200, text: "<html>log in</html>")),
        ForeignAnswer(testDescription: "an empty object", answer: .init(200, text: "{}")),
        ForeignAnswer(testDescription: "nothing", answer: .init(200)),
        ForeignAnswer(
            testDescription: "a redirect",
            answer: .init(302, [("location", "https://elsewhere.test/login")])
        ),
        ForeignAnswer(
            testDescription: "another object",
            answer: .init(200, text: #"{"kind":"ConfigMap","metadata":{"name":"other","resourceVersion":"1"}}"#)
        ),
        ForeignAnswer(testDescription: "nesting", answer: .init(200, text: String(repeating: "[", count: 100_000))),
        ForeignAnswer(
            testDescription: "too much",
            answer: .init(200, body: Array(repeating: 0x20, count: 9 << 20))
        ),
        ForeignAnswer(
            testDescription: "another protocol",
            answer: .init(200, ending: .raw(Array("SSH-2.0-OpenSSH_9\r\n".utf8)))
        ),
    ]

    @Test(arguments: foreignAnswers)
    private func `refuses what no API server answers`(foreign: ForeignAnswer) async throws {
        for method in ["GET", "PATCH"] {
            let script: @Sendable (ReceivedRequest) -> ScriptedAnswer? = { $0.method == method ? foreign.answer : nil }
            // Without TLS, which would wait for the other side to agree that a connection with too much in it ends.
            try await FakeCluster.withCluster(usesTLS: false, disturbance: script) { _, server in
                let error = await failure("http://\(server.authority)", cluster: []) {
                    _ = try await $0.apply(object())
                }
                #expect(error?.code == .invalidAnswer)
            }
        }
    }

    @Test func `tells before anything is applied what is not allowed`() async throws {
        let denial = #"{"kind":"SelfSubjectAccessReview","status":{"allowed":false,"reason":"no role"}}"#
        let table: [(ScriptedAnswer?, ClusterAccessError.Code?)] = [
            (ScriptedAnswer(201, text: denial), .forbidden),
            (FakeCluster.status(401, "Unauthorized", "x"), .unauthorized),
            (ScriptedAnswer(200, text: "<html>"), .invalidAnswer), (ScriptedAnswer(302), .invalidAnswer),
            (FakeCluster.status(500, "InternalError", "x"), .serverFailed), (ScriptedAnswer(403), nil),
            (ScriptedAnswer(404), nil), (nil, nil),
        ]
        for (answer, code) in table {
            try await FakeCluster.withCluster(disturbance: { _ in answer }) { cluster, server in
                let address = "https://\(server.authority)"
                if let code {
                    let error = await failure(address) { try await $0.checkAccess(toApply: object()) }
                    #expect(error?.code == code)
                } else {
                    try await withClient(address) { try await $0.checkAccess(toApply: object()) }
                }
                #expect(cluster.objects.isEmpty)
            }
        }
    }

    @Test func `tells that nobody answers`() async throws {
        let port = try await ScriptedServer.withServer({ _ in .init(200) }, { $0.port })
        let error = await failure("https://127.0.0.1:\(port)", tries: 3) { _ = try await $0.apply(object()) }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("tried 3 times") == true)
    }
}
