import FerryTestSupport
import Releases
import SemanticVersion
import Testing

@Suite("Channels that cannot be had")
struct SelectionFailureTests {
    private static let graphs: [String: GraphBuilder] = [
        "stable-4.18": GraphBuilder(
            ["4.18.1", "4.18.4", "4.18.9"],
            channels: ["candidate-4.18", "fast-4.18", "stable-4.18"]
        )
    ]

    private func failure(
        _ requests: [String],
        architectures: [String] = ["amd64"],
        filter: (@Sendable (String) -> Bool)? = nil
    ) async throws -> ReleasesError {
        let selector = ReleaseSelector(graphs: MadeGraphs(Self.graphs), versionFilter: filter)
        let requests = try requests.map { try ChannelRequest(words: $0) }
        return try #require(
            await #expect(throws: ReleasesError.self) {
                try await selector.select(requests, architectures: architectures)
            }
        )
    }

    /// What is asked for, and what is said.
    struct Row: Sendable, CustomTestStringConvertible {
        let request: String
        let code: ReleasesError.Code
        let says: [String]

        var testDescription: String { request }
    }

    @Test(
        "one channel",
        arguments: [
            Row(
                request: "stable-4.18 min=4.18.2 max=4.18.3",
                code: .emptyVersionRange,
                says: ["isc.yaml:7", "4.18.2 to 4.18.3", "3 versions from 4.18.1 to 4.18.9", "4.18.1 and 4.18.4"]
            ),
            Row(request: "stable-4.18 min=4.19.0", code: .emptyVersionRange, says: ["the nearest is 4.18.9"]),
            Row(request: "stable-4.18 min=4.19.0 shortest", code: .emptyVersionRange, says: ["4.19.0 to 4.18.9"]),
            Row(request: "stable-4.18 max=4.0.0", code: .emptyVersionRange, says: ["the nearest is 4.18.1"]),
            Row(request: "stable-4.18 min=4.18.9 max=4.18.1", code: .reversedVersions, says: ["swap"]),
            Row(
                request: "stable-4.18 min=4.18.1 max=4.18.5 shortest",
                code: .versionNotFound,
                says: ["4.18.5", "ends with it", "4.18.4 and 4.18.9"]
            ),
            Row(
                request: "stable-4.18 min=4.18.0 max=4.18.4 shortest",
                code: .versionNotFound,
                says: ["4.18.0", "begins with it"]
            ),
            Row(
                request: "stble-4.18",
                code: .unknownChannel,
                says: ["\"stble-4.18\" for amd64", "there are candidate-4.18, fast-4.18, stable-4.18"]
            ),
            Row(request: "4.18", code: .unknownChannel, says: ["stable-4.18"]),
            Row(request: "nonsense", code: .unknownChannel, says: ["spelling"]),
            Row(request: "stable-4.19", code: .unknownChannel, says: ["the newest that is known there is stable-4.18"]),
        ]
    )
    func oneChannel(_ row: Row) async throws {
        let error = try await failure([row.request])
        #expect(error.code == row.code)
        for words in row.says { #expect(error.description.contains(words), "\(error)") }
    }

    @Test("an architecture that the channel is not made for")
    func architecture() async throws {
        let error = try await failure(["stable-4.18"], architectures: ["amd64", "riscv"])
        #expect(error.code == .unknownChannel)
        #expect(error.description.contains("for amd64 it has some"))
    }

    @Test("a filter that lets nothing through")
    func filter() async throws {
        let error = try await failure(["stable-4.18"], filter: { _ in false })
        #expect(error.code == .versionFilterMatchesNothing)
    }

    @Test("all failures come at once")
    func all() async throws {
        let error = try await failure(
            ["stable-4.18 min=4.18.2 max=4.18.3", "stble-4.18", "stable-4.18 min=5.0.0"],
            architectures: ["amd64", "arm64"]
        )
        #expect(error.code == .severalFailures)
        #expect(
            error.failures.map(\.code) == [
                .emptyVersionRange, .unknownChannel, .emptyVersionRange, .unknownChannel, .unknownChannel,
                .unknownChannel,
            ]
        )
        #expect(error.description.split(separator: "\n").count == 6)
    }
}
