import FerryTestSupport
import HTTPTransport
import ImageStorage
import OCIModel
import Testing

/// The rules of all stores, over the wire.
@Suite("A registry keeps the rules of all stores")
struct ConformanceTests {
    @Test("of this program, in memory", arguments: StoreConformance.allCases)
    func memory(_ rule: StoreConformance) async throws {
        try await withRegistry { registry in try await Self.check(rule, at: registry.name) }
    }

    @Test("of this program, in a folder", arguments: StoreConformance.allCases)
    func folder(_ rule: StoreConformance) async throws {
        try await withTemporaryFolder { path in
            try await withRegistry(.folder(path)) { registry in try await Self.check(rule, at: registry.name) }
        }
    }

    @Test(
        "of docker-registry",
        .enabled(if: toolPath("docker-registry") != nil, "docker-registry is not installed"),
        arguments: StoreConformance.allCases
    )
    func dockerRegistry(_ rule: StoreConformance) async throws {
        try await withDockerRegistry { name in try await Self.check(rule, at: name) }
    }

    private static func check(_ rule: StoreConformance, at name: RegistryName) async throws {
        try await RegistryFixture.withClient(port: #require(name.port), time: .system) { client, _ in
            try await rule.check(client)
        }
    }
}
