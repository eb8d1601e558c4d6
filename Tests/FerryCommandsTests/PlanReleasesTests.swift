import FerryTestSupport
import Foundation
import HTTPTestSupport
import Testing

@Suite("ferry plan --releases") struct PlanReleasesTests {
    private static func content() -> UpdateServiceContent {
        var content = UpdateServiceContent()
        var first = GraphBuilder(["4.17.1", "4.17.2", "4.17.3"])
        first.chain("4.17.1", "4.17.2", "4.17.3")
        var second = GraphBuilder(["4.17.3", "4.18.1", "4.18.2", "4.18.3"], channels: ["stable-4.18", "fast-4.18"])
        second.chain("4.17.3", "4.18.1", "4.18.2")
        second.conditionalEdge("4.18.2", "4.18.3", risk: "SlowDisks")
        content.set(first, channel: "stable-4.17")
        content.set(second, channel: "stable-4.18")
        content.set(second, channel: "stable-4.18", architecture: "multi")
        return content
    }

    private static func configuration(_ lines: String...) -> String {
        ImageSetText.make(more: ["platform:"] + lines.map { "  " + $0 })
    }

    /// Writes a configuration and runs the command on it.
    private func plan(
        _ configuration: String,
        _ more: [String] = [],
        content: UpdateServiceContent = Self.content(),
        with variables: [String: String] = [:],
        exits status: Int32 = 0,
        _ check: (CommandResult, TestUpdateService, Scene) throws -> Void
    ) async throws {
        try await withUpdateService(content) { service in
            try await withScene { scene in
                try scene.write(configuration, to: "isc.yaml")
                let result = try await scene.ferry(
                    arguments: ["plan", "-c", "isc.yaml", "--releases"] + more,
                    with: ["UPDATE_URL_OVERRIDE": service.graphURL].merging(variables) { $1 },
                    exits: status
                )
                try check(result, service, scene)
            }
        }
    }

    private struct Entry: Decodable {
        let channel: String
        let architecture: String
        let version: String
        let image: String
        let reasons: [String]
    }

    @Test("data: one object for each channel and release, sorted, and nothing else is made or asked for")
    func json() async throws {
        let configuration = Self.configuration(
            "channels:",
            "- name: stable-4.18",
            "- name: stable-4.17",
            "  minVersion: 4.17.2",
            "  maxVersion: 4.17.2"
        )
        try await plan(configuration, ["--output", "json"]) { result, service, scene in
            let entries = try JSONDecoder().decode([Entry].self, from: Data(result.stdout.utf8))
            #expect(
                entries.map { "\($0.channel) \($0.architecture) \($0.version)" } == [
                    "stable-4.17 amd64 4.17.2", "stable-4.17 amd64 4.17.3", "stable-4.18 amd64 4.17.3",
                    "stable-4.18 amd64 4.18.1", "stable-4.18 amd64 4.18.2", "stable-4.18 amd64 4.18.3",
                ]
            )
            #expect(entries.allSatisfy { $0.image == GraphBuilder.payload($0.version) && !$0.reasons.isEmpty })
            let first = try #require(
                (try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [[String: Any]])?.first
            )
            #expect(Set(first.keys) == ["channel", "architecture", "version", "image", "reasons"])
            #expect(result.stdout.contains("SlowDisks"))
            #expect(service.count("/graph") == 2)
            #expect(scene.names(in: ".") == ["isc.yaml"])
        }
    }

    @Test("text: releases with reasons, the path, the conditional updates")
    func text() async throws {
        let configuration = Self.configuration(
            "channels:",
            "- name: stable-4.18",
            "  minVersion: 4.18.1",
            "  maxVersion: 4.18.3",
            "  shortestPath: true"
        )
        try await plan(configuration) { result, _, _ in
            for words in [
                "stable-4.18 (amd64)", "4.18.2  \(GraphBuilder.payload("4.18.2"))",
                "on the shortest path from 4.18.1 to 4.18.3 in stable-4.18", "4.18.1 → 4.18.2 → 4.18.3",
                "4.18.2 → 4.18.3 in stable-4.18 (amd64)", "SlowDisks: Clusters may see SlowDisks.",
                "https://example.com/SlowDisks", "3 releases in 1 channel",
            ] {
                #expect(result.stdout.contains(words), "\(words) in \(result)")
            }
            #expect(result.stderr.contains("SlowDisks"))
        }
    }

    @Test("platforms ask for multi, and VERSION_FILTER counts")
    func settings() async throws {
        let configuration = Self.configuration(
            "channels:",
            "- name: stable-4.18",
            "platforms:",
            "- os: linux",
            "  architecture: amd64"
        )
        try await plan(configuration, ["--output=json"], with: ["VERSION_FILTER": "[.]2$"]) { result, service, _ in
            let entries = try JSONDecoder().decode([Entry].self, from: Data(result.stdout.utf8))
            #expect(entries.map { "\($0.architecture) \($0.version)" } == ["multi 4.18.2"])
            #expect(result.stderr.contains("VERSION_FILTER"))
            #expect(service.count(channel: "stable-4.18", architecture: "multi") == 1)
        }
    }

    @Test("--include-conditional takes the shorter way over a risk")
    func includesConditional() async throws {
        var content = UpdateServiceContent()
        var graph = GraphBuilder(["4.18.1", "4.18.2", "4.18.3"])
        graph.chain("4.18.1", "4.18.2", "4.18.3")
        graph.conditionalEdge("4.18.1", "4.18.3")
        content.set(graph, channel: "stable-4.18")
        let configuration = Self.configuration(
            "channels:",
            "- name: stable-4.18",
            "  minVersion: 4.18.1",
            "  shortestPath: true"
        )
        for (more, count) in [([], 3), (["--include-conditional"], 2)] {
            try await plan(configuration, ["--output=json"] + more, content: content) { result, _, _ in
                let entries = try JSONDecoder().decode([Entry].self, from: Data(result.stdout.utf8))
                #expect(entries.count == count)
            }
        }
    }

    @Test("every channel that cannot be had is told with its line; exit code 2")
    func failures() async throws {
        let configuration = Self.configuration(
            "channels:",
            "- name: stable-4.18",
            "  minVersion: 4.18.7",
            "- name: stble-4.18",
            "- name: stable-4.17"
        )
        try await plan(configuration, exits: 2) { result, _, _ in
            #expect(result.stdout.isEmpty)
            #expect(
                result.stderr.contains(
                    "isc.yaml:6: channel stable-4.18 (amd64): the channel stable-4.18 has no version from 4.18.7"
                )
            )
            #expect(result.stderr.contains("isc.yaml:8: channel stble-4.18 (amd64)"))
            #expect(result.stderr.contains("there are fast-4.18, stable-4.18"))
        }
    }

    @Test(
        "what cannot be asked",
        arguments: [
            (
                ["UPDATE_URL_OVERRIDE": "http://127.0.0.1:1/graph"], ["--retry-times", "0"], Int32(2),
                "update service http://127.0.0.1:1/graph"
            ),
            (["UPDATE_URL_OVERRIDE": "http://updates.example.com/graph"], [], 2, "--src-tls-verify=false"),
            (
                ["UPDATE_URL_OVERRIDE": "updates.example.com/graph"], [], 1,
                "UPDATE_URL_OVERRIDE must be the whole address"
            ),
            (["UPDATE_URL_OVERRIDE": "https://user:secret@updates.example.com/graph"], [], 1, "user name"),
            (["VERSION_FILTER": "("], [], 1, "VERSION_FILTER is no regular expression"),
            ([:], ["--lock", "lock.json"], 1, "no --lock"), ([:], ["--check"], 1, "--releases only lists"),
        ]
    )
    func mistakes(_ variables: [String: String], _ more: [String], _ status: Int32, _ says: String) async throws {
        let configuration = Self.configuration("channels:", "- name: stable-4.18")
        try await plan(configuration, more, with: variables, exits: status) { result, _, _ in
            #expect(result.stderr.contains(says), "\(result)")
            #expect(!result.stderr.contains("secret"))
        }
    }

    @Test("a configuration without channels has nothing to look for")
    func noChannels() async throws {
        try await plan(ImageSetText.make(images: [["quay.io/a/b:c"]]), exits: 1) { result, service, _ in
            #expect(result.stderr.contains("asks for no release channel"))
            #expect(service.requests.isEmpty)
        }
    }
}
