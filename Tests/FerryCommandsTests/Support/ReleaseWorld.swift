import FerryTestSupport
import Foundation
import OCIModel
import SamplePayload

/// Releases in a registry, the update graph that lists them, their signatures and graph data: what a user's site sees of
/// the world.
struct ReleaseWorld: Sendable {
    /// The channel of all releases.
    static let channel = "stable-4.18"

    /// The releases by version.
    let releases: [String: SampleReleaseDescription]
    /// The update service, with the signatures and the graph data.
    let service: TestUpdateService
    /// The file with the public key that has signed.
    let keyRing: String

    /// The variables that lead there.
    var variables: [String: String] {
        [
            "UPDATE_URL_OVERRIDE": service.graphURL, "OKD_UPDATE_URL_OVERRIDE": service.graphURL,
            "OCP_SIGNATURE_URL": service.signatureURL, "OCP_SIGNATURE_VERIFICATION_PK": keyRing,
        ]
    }

    /// The digest of a release's payload.
    func digest(_ version: String) throws -> Digest {
        guard let digest = releases[version]?.payload.digest else { throw Missing(name: version) }
        return digest
    }

    /// Something that a test has not made.
    struct Missing: Error {
        let name: String
    }

    /// What may be different from one test to the next.
    struct Options: Sendable {
        /// The versions, each of which may be updated to the next.
        var versions = ["4.18.1", "4.18.2"]
        /// Updates with a risk, from and to; they take the place of the plain one.
        var conditional: [[String]] = []
        /// The versions without signature.
        var unsigned: Set<String> = []
        /// Changes the document that is signed for a version.
        var signedText: @Sendable (_ version: String, _ text: String) -> String = { $1 }
        /// Changes a signature before it is published.
        var damage: @Sendable (_ version: String, _ bytes: [UInt8]) -> [UInt8] = { $1 }
        /// Whether everything is a list of two architectures.
        var isMulti = false
        /// Versions under which the graph lists the payload of another version.
        var mislabelled: [String: String] = [:]
    }

    /// The document that is signed for a payload.
    static func signedText(_ digest: Digest, tag: String) -> String {
        """
        {"critical":{"type":"atomic container signature","image":{"docker-manifest-digest":"\(digest)"},\
        "identity":{"docker-reference":"quay.io/openshift-release-dev/ocp-release:\(tag)"}},\
        "optional":{"creator":"test"}}
        """
    }
}

/// Runs a test with releases in a world of its own.
func withReleaseWorld<Result: Sendable>(
    _ options: ReleaseWorld.Options = .init(),
    _ body: (Scene, TestRegistry, ReleaseWorld) async throws -> Result
) async throws -> Result {
    try await withScene { (scene: Scene, source: TestRegistry) in
        var releases: [String: SampleReleaseDescription] = [:]
        for (index, version) in options.versions.enumerated() {
            releases[version] = try await source.publishRelease(
                multi: options.isMulti,
                version: version,
                seed: UInt64(index + 1)
            )
        }
        var content = UpdateServiceContent()
        content.set(
            graph(options, releases),
            channel: ReleaseWorld.channel,
            architecture: options.isMulti ? "multi" : "amd64"
        )
        content.graphData = try await graphData(in: scene)
        let keyRing = scene.path("release-keys.asc")
        try await withGnuPG { gpg in
            let key = try await gpg.makeKey("Test releases <releases@example.com>")
            try Data(try await gpg.publicKeys(key)).write(to: URL(fileURLWithPath: keyRing))
            for (version, release) in releases where !options.unsigned.contains(version) {
                guard let digest = release.payload.digest, let tag = release.payload.tag else { continue }
                let text = options.signedText(version, ReleaseWorld.signedText(digest, tag: tag.text))
                let signature = options.damage(version, try await gpg.sign(text, by: key))
                content.signatures["sha256=\(digest.hex)/signature-1"] = signature
            }
        }
        return try await withUpdateService(content) { service in
            try await body(scene, source, ReleaseWorld(releases: releases, service: service, keyRing: keyRing))
        }
    }
}

private func graph(
    _ options: ReleaseWorld.Options,
    _ releases: [String: SampleReleaseDescription]
) -> GraphBuilder {
    var graph = GraphBuilder()
    for version in options.versions {
        let payload = releases[version]?.payload
        graph.add(version, payload: payload.map { "\($0.repository)@\($0.digest?.description ?? "")" })
    }
    for (version, other) in options.mislabelled {
        let payload = releases[other]?.payload
        graph.add(version, payload: payload.map { "\($0.repository)@\($0.digest?.description ?? "")" })
    }
    for (from, to) in zip(options.versions, options.versions.dropFirst()) {
        if options.conditional.contains([from, to]) {
            graph.conditionalEdge(from, to, risk: "SlowDisks")
        } else {
            graph.edge(from, to)
        }
    }
    return graph
}

private func graphData(in scene: Scene) async throws -> [UInt8] {
    let folder = scene.path("graph-source")
    try FileManager.default.createDirectory(atPath: "\(folder)/channels", withIntermediateDirectories: true)
    try "1.2.0\n".write(toFile: "\(folder)/version", atomically: true, encoding: .utf8)
    try "name: stable-4.18\nversions: []\n".write(
        toFile: "\(folder)/channels/stable-4.18.yaml",
        atomically: true,
        encoding: .utf8
    )
    let archive = scene.path("graph-data.tar.gz")
    let result = try await runProcess("/bin/tar", ["-C", folder, "-czf", archive, "version", "channels"])
    guard result.status == 0 else { throw ReleaseWorld.Missing(name: "tar") }
    return Array(try Data(contentsOf: URL(fileURLWithPath: archive)))
}
