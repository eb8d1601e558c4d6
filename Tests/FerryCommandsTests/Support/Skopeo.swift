import FerryTestSupport
import Foundation
import OCIModel
import OpenSSLCrypto
import Testing

/// Another implementation that reads what Ferry made.
struct Skopeo: Sendable {
    /// Whether it is installed.
    static let isInstalled = toolPath("skopeo") != nil

    private let scene: Scene
    private let path: String

    /// Prepares it to work in a scene, with a policy that lets it copy anything.
    init(_ scene: Scene) throws {
        self.scene = scene
        path = try requireTool("skopeo")
        try scene.write(#"{"default":[{"type":"insecureAcceptAnything"}]}"#, to: "policy.json")
    }

    /// Copies an image with all its parts, its bytes as they are.
    func copy(
        _ source: String,
        to destination: String,
        _ options: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let flags = ["copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"]
        let result = try await run(flags + options + [source, destination])
        #expect(result.status == 0, "\(result)", sourceLocation: sourceLocation)
    }

    /// The digest of the bytes that a reference gives.
    func digest(
        of reference: String,
        _ options: [String] = ["--tls-verify=false"],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Digest {
        let result = try await run(["inspect", "--raw"] + options + [reference])
        #expect(result.status == 0, "\(result)", sourceLocation: sourceLocation)
        return try ContentHasher.digest(of: Array(result.stdout.utf8))
    }

    /// Runs it with its files in the scene.
    func run(_ arguments: [String]) async throws -> CommandResult {
        let own = ["--policy", scene.path("policy.json"), "--tmpdir", scene.folder]
        return try await runProcess(
            path,
            own + arguments,
            environment: ["HOME": scene.folder, "XDG_RUNTIME_DIR": scene.folder]
        )
    }
}
