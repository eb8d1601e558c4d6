import FerryTestSupport
import Foundation
import OCIModel
import Testing

/// The reading half of the distribution specification, asked of `ferry serve` over a split media set, of its folder, and
/// of another implementation, which shows that the questions are right.
@Suite("Conformance of pulls") struct PullConformanceTests {
    private func ask(
        _ content: PullContent,
        _ registry: RegistryName,
        _ scopes: [PullCheck.Scope],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let client = RawHTTPClient(port: try #require(registry.port))
        for check in content.checks where scopes.contains(check.scope) {
            let answer = try await client.send(check.method, check.path, headers: check.headers)
            #expect(
                check.statuses.contains(answer.status) && check.isRight(answer),
                "\(check.name): \(check.method) \(check.path) gave \(answer.status) \(answer.headers) \(answer.text.prefix(300))",
                sourceLocation: sourceLocation
            )
        }
    }

    @Test("a split set, served as it lies")
    func mediaSet() async throws {
        try await withScene { scene, source in
            let content = try await PullContent(source, scene)
            #expect(scene.volumes(of: "set").count > 1)
            try await scene.withServing("file://set") { try await ask(content, $0, [.all, .ours, .readOnly]) }
        }
    }

    @Test("a folder that was filled from it, open and read-only")
    func folder() async throws {
        try await withScene { scene, source in
            let content = try await PullContent(source, scene)
            try await scene.withServing("store") { served in
                try await scene.ferry("mirror", "--from", "file://set", "docker://\(served)")
                try await ask(content, served, [.all, .ours])
            }
            try await scene.withServing("store", "--read-only") {
                try await ask(content, $0, [.all, .ours, .readOnly])
            }
        }
    }

    @Test("another implementation that was filled from it", .enabled(if: toolPath("docker-registry") != nil))
    func dockerRegistry() async throws {
        try await withScene { scene, source in
            let content = try await PullContent(source, scene)
            try await withDockerRegistry { docker in
                try await scene.ferry("mirror", "--from", "file://set", "docker://\(docker)")
                try await ask(content, docker, [.all])
            }
        }
    }
}
