import ArgumentParser
import ClusterAccess
import ClusterResources
import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import Logging
import NIOPosix
import OCIModel
import Synchronization
import Testing

@testable import FerryCommands

@Suite("Applying the signatures of releases")
struct ApplySignaturesStepTests {
    private static func files(_ count: Int) throws -> [ResourceFile] {
        let entries = try (0..<count).map { index in
            let digest = try Digest("sha256:" + String(repeating: "\(index)", count: 64))
            return ReleaseSignatureEntry(
                release: digest,
                signatures: [.init(digest: digest, bytes: [1, 2, UInt8(index)])]
            )
        }
        return try SignatureConfigMaps.make(for: entries, author: ResourceAuthor(version: "1")).perDigest
    }

    private static let withTransport: ApplySignaturesStep.WithTransport = { configuration, body in
        try await HTTPTransport.withTransport(
            configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        ) { try await body($0) }
    }

    private func prepare(
        _ server: String,
        trusting identity: TestIdentity = .localhost,
        token: String = "SECRET",
        isDryRun: Bool = false,
        _ lines: LogLines
    ) async throws -> ApplySignaturesStep? {
        try await withTemporaryFolder { folder in
            try identity.certificate.write(toFile: "\(folder)/ca.pem", atomically: true, encoding: .utf8)
            let text = FakeCluster.kubeconfig(
                server: server,
                cluster: ["certificate-authority: ca.pem"],
                user: ["token: \(token)"]
            )
            try text.write(toFile: "\(folder)/config", atomically: true, encoding: .utf8)
            return try await ApplySignaturesStep.prepare(
                try ClusterOptions.parse(["--apply-release-image-signature"]),
                try ConnectionOptions.parse(["--retry-times", "0", "--certificate-authority", "/none.pem"]),
                isDryRun: isDryRun,
                environment: ["KUBECONFIG": "\(folder)/config"],
                logger: lines.logger,
                withTransport: Self.withTransport
            )
        }
    }

    @Test("creates, leaves alone, and takes nothing away that another run has applied")
    func twice() async throws {
        try await FakeCluster.withCluster(authorization: "Bearer SECRET") { cluster, server in
            let lines = LogLines()
            let step = try #require(try await prepare("https://\(server.authority)", lines))
            #expect(cluster.objects.isEmpty)
            try await step.apply(try Self.files(2))
            try await step.apply(try Self.files(1))
            #expect(cluster.objects.count == 2)
            let names = try Self.files(2).map { try ResourceObject(parsing: $0.bytes, name: $0.name).name }
            let said = lines.all.filter { $0.contains("ConfigMap") }
            #expect(
                said == [
                    "ConfigMap openshift-config-managed/\(names[0]): created at https://\(server.authority)",
                    "ConfigMap openshift-config-managed/\(names[1]): created at https://\(server.authority)",
                    "ConfigMap openshift-config-managed/\(names[0]): unchanged at https://\(server.authority)",
                ]
            )
            try await step.apply([])
            #expect(lines.all.last == "there are no release signatures to apply")
            #expect(!lines.all.contains { $0.contains("SECRET") })
        }
    }

    @Test("a dry run asks nobody and says what would be done")
    func dryRun() async throws {
        try await FakeCluster.withCluster { _, server in
            let lines = LogLines()
            let step = try #require(try await prepare("https://\(server.authority)", isDryRun: true, lines))
            try step.describe(try Self.files(1))
            #expect(server.requests.isEmpty)
            #expect(lines.all.last?.hasSuffix("would be applied at https://\(server.authority)") == true)
        }
    }

    @Test("what stands in the way shows before the transfer")
    func early() async throws {
        try await FakeCluster.withCluster(authorization: "Bearer SECRET") { cluster, server in
            let lines = LogLines()
            let address = "https://\(server.authority)"
            let refused = await #expect(throws: ClusterAccessError.self) {
                _ = try await prepare(address, token: "a", lines)
            }
            #expect(refused?.code == .unauthorized)
            let distrusted = await #expect(throws: ClusterAccessError.self) {
                _ = try await prepare(address, trusting: .named, lines)
            }
            #expect(distrusted?.code == .certificateNotTrusted)
            let malformed = await #expect(throws: ClusterAccessError.self) {
                _ = try await prepare("ftp://x", isDryRun: true, lines)
            }
            #expect(malformed?.code == .invalidKubeconfig)
            #expect(cluster.objects.isEmpty)
        }
    }

    @Test("without the flag there is no step and no kubeconfig is needed")
    func absent() async throws {
        let step = try await ApplySignaturesStep.prepare(
            try ClusterOptions.parse([]),
            try ConnectionOptions.parse([]),
            isDryRun: false,
            environment: [:],
            logger: LogLines().logger,
            withTransport: Self.withTransport
        )
        #expect(step == nil)
    }

    @Test(arguments: [
        ["--kubeconfig", "x"], ["--context", "x"], ["--apply-release-image-signature", "--context", ""],
    ])
    func misplaced(arguments: [String]) {
        #expect(throws: (any Error).self) { try ClusterOptions.parse(arguments) }
    }

    @Test("media have no cluster")
    func media() async throws {
        try await withScene { scene in
            try scene.write(
                "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror: {}\n",
                to: "isc.yaml"
            )
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "--apply-release-image-signature",
                "file://set",
                exits: 1
            )
            #expect(result.stderr.contains("--apply-release-image-signature is for docker:// destinations"))
        }
    }
}

/// Log lines in memory.
private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.message)") } }
    }
}
