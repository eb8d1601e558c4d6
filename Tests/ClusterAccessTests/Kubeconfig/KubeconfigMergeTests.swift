import FerryTestSupport
import Foundation
import HTTPTransport
import Testing

@testable import ClusterAccess

/// Several files as one.
struct KubeconfigMergeTests {
    private struct Sample: CustomTestStringConvertible {
        let testDescription: String
        let files: [String]
        /// The server, nil when there must be an error.
        let server: String?
        let authorization: String?
    }

    private static func cluster(_ server: String) -> String {
        "clusters: [{name: c, cluster: {server: \"https://\(server)\"}}]\n"
    }
    private static let context = "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
    private static let current = "current-context: x\n"
    private static func user(_ text: String) -> String { "users: [{name: u, user: {\(text)}}]\n" }

    private static let samples = [
        Sample(
            testDescription: "one file",
            files: [current + context + cluster("a") + user("token: one")],
            server: "https://a/",
            authorization: "Bearer one"
        ),
        Sample(
            testDescription: "the first entry wins as a whole",
            files: [
                current + context + cluster("a") + user("token: one"),
                cluster("b") + user("username: b, password: b"),
            ],
            server: "https://a/",
            authorization: "Bearer one"
        ),
        Sample(
            testDescription: "the first current context wins, an empty one is none",
            files: [
                "current-context: \"\"\n" + cluster("a"), current + context,
                "current-context: z\n" + user("token: three"),
            ],
            server: "https://a/",
            authorization: "Bearer three"
        ),
        Sample(
            testDescription: "empty files and files with null say nothing",
            files: ["", "null\n", "{}\n", current + context + cluster("a") + user("token: one"), "clusters: null\n"],
            server: "https://a/",
            authorization: "Bearer one"
        ),
        Sample(
            testDescription: "a first user without content hides the second",
            files: [
                current + context + cluster("a") + "users: [{name: u, user: {}}]\n", user("token: two"),
            ],
            server: nil,
            authorization: nil
        ),
        Sample(
            testDescription: "two entries of one name in one file",
            files: [
                current + context
                    + "clusters: [{name: c, cluster: {server: https://a}}, {name: c, cluster: {server: https://b}}]\n"
            ],
            server: nil,
            authorization: nil
        ),
    ]

    @Test(arguments: samples)
    private func `merges`(sample: Sample) throws {
        let paths = sample.files.indices.map { "/k/\($0)" }
        let files = Dictionary(uniqueKeysWithValues: zip(paths, sample.files.map { Array($0.utf8) }))
        let locations = KubeconfigLocations(
            explicit: nil,
            environment: ["KUBECONFIG": (["/k/missing"] + paths).joined(separator: ":")]
        )
        guard let server = sample.server else {
            let error = #expect(throws: ClusterAccessError.self) { try loadFiles(files, locations) }
            #expect(error?.code == .invalidKubeconfig)
            return
        }
        let connection = try loadFiles(files, locations)
        #expect(connection.server.text == server)
        #expect(connection.authorization == sample.authorization)
    }

    @Test(.enabled(if: toolPath("kubectl") != nil), arguments: samples)
    private func `merges as kubectl does`(sample: Sample) async throws {
        try await withTemporaryFolder { folder in
            var paths: [String] = ["\(folder)/missing"]
            for (index, text) in sample.files.enumerated() {
                paths.append("\(folder)/\(index)")
                try text.write(toFile: "\(folder)/\(index)", atomically: true, encoding: .utf8)
            }
            let merged = try await runProcess(
                try requireTool("kubectl"),
                ["config", "view", "--raw", "--minify", "-o", "yaml"],
                environment: ["KUBECONFIG": paths.joined(separator: ":"), "HOME": folder]
            )
            guard sample.server != nil else {
                // What kubectl finds only when it asks is no failure of "view".
                if merged.status == 0 { #expect(!merged.stdout.contains("token:")) }
                return
            }
            #expect(merged.status == 0, "\(merged)")
            let path = "\(folder)/merged"
            try merged.stdout.write(toFile: path, atomically: true, encoding: .utf8)
            let theirs = try ClusterConnection.load(kubeconfig: path, context: nil, environment: [:])
            let ours = try ClusterConnection.load(
                kubeconfig: nil,
                context: nil,
                environment: ["KUBECONFIG": paths.joined(separator: ":")]
            )
            #expect(theirs.server == ours.server)
            #expect(theirs.authorization == ours.authorization)
            #expect(theirs.context == ours.context)
        }
    }
}
