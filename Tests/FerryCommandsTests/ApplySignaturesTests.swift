import FerryTestSupport
import Foundation
import HTTPTestSupport
import OCIModel
import Testing

@Suite("Signatures of releases are applied to the cluster", .enabled(if: GnuPG.isInstalled))
struct ApplySignaturesTests {
    /// A kubeconfig for a cluster of the test.
    private static func write(_ server: ScriptedServer, to scene: Scene, token: String = "token-of-test") throws {
        let authority = Data(TestIdentity.localhost.certificate.utf8).base64EncodedString()
        let text = FakeCluster.kubeconfig(
            server: "https://\(server.authority)",
            cluster: ["certificate-authority-data: \(authority)"],
            user: ["token: \(token)"]
        )
        try scene.write(text, to: "kubeconfig")
    }

    @Test("one ConfigMap for each signed release, and none changes when they are applied again")
    func applied() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(ReleaseGraphTests.configuration(), to: "isc.yaml")
            try await withRegistry { target in
                try await FakeCluster.withCluster(authorization: "Bearer token-of-test") { cluster, server in
                    try Self.write(server, to: scene)
                    let words = [
                        "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)",
                        "--apply-release-image-signature", "--kubeconfig", "kubeconfig",
                    ]
                    let dry = try await scene.ferry(arguments: words + ["--dry-run"], with: world.variables)
                    #expect(dry.stderr.contains("would be applied"))
                    #expect(cluster.objects.isEmpty)
                    try await scene.ferry(arguments: words, with: world.variables)
                    let paths = Set(
                        try world.releases.keys.map {
                            let hex = try world.digest($0).hex
                            return "/api/v1/namespaces/openshift-config-managed/configmaps/sha256-\(hex)"
                        }
                    )
                    #expect(Set(cluster.objects.keys) == paths)
                    let objects = cluster.objects
                    let again = try await scene.ferry(
                        arguments: words + ["--log-level", "debug"],
                        with: world.variables
                    )
                    #expect(again.stderr.contains("unchanged at"))
                    // The cluster is a host of the run like others.
                    #expect(again.stderr.contains("asked \(server.authority)"), "\(again)")
                    #expect(cluster.objects == objects)
                }
            }
        }
    }

    @Test("a cluster that does not take it is told before anything is transferred")
    func refused() async throws {
        try await withReleaseWorld { scene, _, world in
            try scene.write(ReleaseGraphTests.configuration(), to: "isc.yaml")
            try await withRegistry { target in
                try await FakeCluster.withCluster(authorization: "Bearer other") { _, server in
                    try Self.write(server, to: scene, token: "secret-of-test")
                    let result = try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        "--workspace",
                        "file://ws",
                        "docker://\(target.name)",
                        "--apply-release-image-signature",
                        "--kubeconfig",
                        "kubeconfig",
                        with: world.variables,
                        exits: 1
                    )
                    #expect(!result.stderr.contains("secret-of-test"))
                    #expect(target.traffic.counts.requests == 0)
                }
            }
        }
    }

    @Test("with a medium as destination there is no cluster to apply to")
    func media() async throws {
        try await withScene { scene in
            try scene.write(ReleaseGraphTests.configuration(), to: "isc.yaml")
            let result = try await scene.ferry(
                "mirror",
                "-c",
                "isc.yaml",
                "file://out",
                "--apply-release-image-signature",
                exits: 1
            )
            #expect(result.stderr.contains("--apply-release-image-signature"))
        }
    }
}
