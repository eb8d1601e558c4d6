import FerryTestSupport
import Foundation
import HTTPTestSupport
import ImageStorage
import OCIModel
import Testing

@Suite("ferry list releases") struct ListReleasesTests {
    private static func content() -> UpdateServiceContent {
        var content = UpdateServiceContent()
        var graph = GraphBuilder(
            ["4.17.9", "4.18.1", "4.18.10", "4.18.2"],
            channels: ["stable-4.18", "fast-4.18", "candidate-4.18"]
        )
        graph.chain("4.17.9", "4.18.1", "4.18.2")
        graph.conditionalEdge("4.18.2", "4.18.10", risk: "SlowDisks")
        content.set(graph, channel: "stable-4.18")
        content.set(graph, channel: "fast-4.18")
        content.set(graph, channel: "4-stable")
        content.set(GraphBuilder(["4.18.1"]), channel: "stable-4.18", architecture: "arm64")
        return content
    }

    @Test(
        "a channel's releases, as oc-mirror prints them",
        arguments: [
            (
                ["--version", "4.18"],
                """
                Listing stable channels. Use --channel=<name> to filter.
                Use ferry list releases --channels --version=4.18 to discover other channels.

                Channel: stable-4.18
                Architecture: amd64
                4.17.9
                4.18.1
                4.18.2
                4.18.10

                """
            ),
            (
                ["--channel=fast-4.18"],
                "Channel: fast-4.18\nArchitecture: amd64\n4.17.9\n4.18.1\n4.18.2\n4.18.10\n"
            ),
            (
                ["--channel", "stable-4.18", "--filter-by-archs", "arm64"],
                """
                Listing stable channels. Use --channel=<name> to filter.
                Use ferry list releases --channels --version=4.18 to discover other channels.

                Channel: stable-4.18
                Architecture: arm64
                4.18.1

                """
            ),
            (
                ["--channels", "--version", "4.18"],
                "Listing channels for version 4.18:\n\ncandidate-4.18\nfast-4.18\nstable-4.18\n"
            ),
            (
                ["--okd", "--channel", "4-stable"],
                "Channel: 4-stable\nArchitecture: amd64\n4.17.9\n4.18.1\n4.18.2\n4.18.10\n"
            ),
        ]
    )
    func texts(_ arguments: [String], _ expected: String) async throws {
        try await withUpdateService(Self.content()) { service in
            try await withScene { scene in
                let isOKD = arguments.contains("--okd")
                let variable = isOKD ? "OKD_UPDATE_URL_OVERRIDE" : "UPDATE_URL_OVERRIDE"
                let result = try await scene.ferry(
                    arguments: ["list", "releases"] + arguments,
                    with: [variable: service.graphURL]
                )
                #expect(result.stdout == expected)
                #expect(result.stderr.isEmpty)
            }
        }
    }

    @Test("called as oc-mirror it says oc-mirror, wherever --v2 stands")
    func link() async throws {
        try await withUpdateService(Self.content()) { service in
            try await withScene { scene in
                let name = try scene.link(named: "oc-mirror")
                for arguments in [["--v2", "list", "releases"], ["list", "releases", "--v2"]] {
                    let result = try await scene.ferry(
                        arguments: arguments + ["--version", "4.18"],
                        with: ["UPDATE_URL_OVERRIDE": service.graphURL],
                        calledAs: name
                    )
                    #expect(
                        result.stdout.contains(
                            "Use oc-mirror --v2 list releases --channels --version=4.18 to discover other channels.\n"
                        )
                    )
                }
            }
        }
    }

    @Test("one architecture that the channel lacks spoils the exit code, not the rest")
    func partly() async throws {
        try await withUpdateService(Self.content()) { service in
            try await withScene { scene in
                let result = try await scene.ferry(
                    "list",
                    "releases",
                    "--channel",
                    "fast-4.18",
                    "--filter-by-archs",
                    "amd64,s390x",
                    with: ["UPDATE_URL_OVERRIDE": service.graphURL],
                    exits: 1
                )
                #expect(result.stdout.contains("4.18.10"))
                #expect(result.stderr.contains("\"fast-4.18\" for s390x"))
            }
        }
    }

    @Test("the versions of a repository, by its tags")
    func repository() async throws {
        try await withScene { scene, source in
            for tag in [
                "4.18.1-x86_64", "4.9.3", "4.18.2-multi", "latest", "sha256-\(String(repeating: "a", count: 64)).sig",
                "4.x",
            ] {
                try await source.publish(try TestImage(seed: 1), as: "ocp/release:\(tag)")
            }
            let result = try await scene.ferry("list", "releases", "--repository", "\(source.name)/ocp/release")
            #expect(
                result.stdout == "Available OpenShift Container Platform release versions:\n  4.9\n  4.18\n"
            )
            let json = try await scene.ferry(
                "list",
                "releases",
                "--repository",
                "\(source.name)/ocp/release",
                "--output",
                "json"
            )
            #expect(
                try JSONDecoder().decode([String: [String]].self, from: Data(json.stdout.utf8)) == [
                    "versions": ["4.9", "4.18"]
                ]
            )
            let none = try await scene.ferry("list", "releases", "--repository", "\(source.name)/ocp/none", exits: 1)
            #expect(none.stderr.contains("ocp/none has no tag of a release"))
        }
    }

    @Test("the path of an update, with the risks on it")
    func path() async throws {
        try await withUpdateService(Self.content()) { service in
            try await withScene { scene in
                let result = try await scene.ferry(
                    "list",
                    "releases",
                    "--channel",
                    "stable-4.18",
                    "--path",
                    "4.17.9",
                    "4.18.10",
                    with: ["UPDATE_URL_OVERRIDE": service.graphURL]
                )
                #expect(
                    result.stdout == """
                        Channel: stable-4.18
                        Architecture: amd64
                        4.17.9
                        → 4.18.1
                        → 4.18.2
                        → 4.18.10  (conditional)
                            SlowDisks: Clusters may see SlowDisks.
                            https://example.com/SlowDisks
                        3 updates

                        """
                )
                let json = try await scene.ferry(
                    "list",
                    "releases",
                    "--version",
                    "4.18",
                    "--path",
                    "4.18.1",
                    "4.18.10",
                    "--output",
                    "json",
                    with: ["UPDATE_URL_OVERRIDE": service.graphURL]
                )
                let path = try #require(
                    try JSONDecoder().decode([PathDocument].self, from: Data(json.stdout.utf8)).first
                )
                #expect(
                    path.steps.map { "\($0.from) \($0.to) \($0.risks.count)" } == [
                        "4.18.1 4.18.2 0", "4.18.2 4.18.10 1",
                    ]
                )
                #expect(path.steps.map(\.image) == ["4.18.2", "4.18.10"].map(GraphBuilder.payload))
            }
        }
    }

    private struct PathDocument: Decodable {
        struct Step: Decodable {
            struct Risk: Decodable {
                let name: String
                let message: String
                let url: String
            }

            let from: String
            let to: String
            let image: String
            let risks: [Risk]
        }

        let channel: String
        let architecture: String
        let steps: [Step]
    }

    @Test(
        "what cannot be listed",
        arguments: [
            (
                ["--channel", "stable-4.18", "--path", "4.18.10", "4.18.1"], Int32(2),
                "no update path leads from 4.18.10 to 4.18.1"
            ),
            (
                ["--channel", "stable-4.18", "--path", "4.18.3", "4.18.1"], 2,
                "4.18.3 is not in the channel stable-4.18"
            ),
            (["--channel", "stable-4.18", "--path", "4.18.3"], 1, "--path takes two versions"),
            (["--channel", "stable-4.18", "--path", "4.18", "4.19"], 1, "\"4.18\" is not a version"),
            (["--path", "4.18.1", "4.18.2"], 1, "--path needs --channel"),
            (["--channels"], 1, "must specify --version with --channels"),
            (["--version", "4.99"], 1, "knows no release in the channel \"stable-4.99\""),
            (["--channels", "--version", "4.19"], 1, "for amd64; the newest that is known there is stable-4.18"),
            (
                ["--version", "4.18", "--filter-by-archs", "amd64,x86"], 1,
                "invalid architecture(s) [x86]. Known architectures: [amd64 arm64 multi ppc64le s390x]"
            ),
            (["--version", "4.18.3"], 1, "--version takes two numbers"),
            (["--type", "rhel"], 1, "--type must be ocp or okd"),
            (["--okd"], 1, "say --channel, such as 4-stable"),
            (["--okd", "--version", "4.18"], 1, "say --channel, such as 4-stable"),
            (["--repository", "Not/Valid"], 1, "Not/Valid"),
            (["--version", "4.18", "--output", "yaml"], 1, "--output must be text or json"),
        ]
    )
    func mistakes(_ arguments: [String], _ status: Int32, _ says: String) async throws {
        try await withUpdateService(Self.content()) { service in
            try await withScene { scene in
                let result = try await scene.ferry(
                    arguments: ["list", "releases"] + arguments,
                    with: ["UPDATE_URL_OVERRIDE": service.graphURL],
                    exits: status
                )
                #expect(result.stderr.contains(says), "\(result)")
                #expect(result.stdout.isEmpty)
            }
        }
    }

    @Test("control characters of the update service never reach the terminal")
    func printable() async throws {
        var content = UpdateServiceContent()
        var graph = GraphBuilder(["4.18.1", "4.18.2"], channels: ["\u{1b}[31mred"])
        graph.conditionalEdge("4.18.1", "4.18.2", risk: "A\u{1b}[2J")
        content.set(graph, channel: "stable-4.18")
        try await withUpdateService(content) { service in
            try await withScene { scene in
                for more in [["--channels"], ["--path", "4.18.1", "4.18.2"]] {
                    let result = try await scene.ferry(
                        arguments: ["list", "releases", "--version", "4.18"] + more,
                        with: ["UPDATE_URL_OVERRIDE": service.graphURL]
                    )
                    #expect(!result.stdout.contains("\u{1b}") && result.stdout.contains("\u{FFFD}"))
                }
            }
        }
    }
}
