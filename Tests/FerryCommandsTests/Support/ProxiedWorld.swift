import FerryTestSupport
import Foundation
import HTTPTestSupport
import OCIModel
import RegistryServer
import Testing

/// A world whose hosts have names that only a proxy knows, behind TLS.
struct ProxiedWorld: Sendable {
    /// The names that the proxy knows.
    static let hosts = ["registry", "updates", "auth", "target"].map { "\($0).ferry.test" }

    let scene: Scene
    let source: TestRegistry
    let target: TestRegistry
    let releases: ReleaseWorld
    /// The name of the source in image references, as `registry.ferry.test:port`.
    let sourceName: String
    /// The name of the update service, with its port.
    let updatesName: String
    /// The name of the target.
    let targetName: String
    /// The certificate of all servers, which signs itself.
    let certificate: String
    let key: String

    /// The variables that lead to the update service and to the signatures.
    var variables: [String: String] {
        [
            "UPDATE_URL_OVERRIDE": "https://\(updatesName)/graph",
            "OCP_SIGNATURE_URL": "https://\(updatesName)/signatures/",
            "OCP_SIGNATURE_VERIFICATION_PK": releases.keyRing,
        ]
    }
}

/// Runs a test in such a world, with releases, their graph and signatures.
///
/// The configuration `isc.yaml` and a `registries.conf` that leads from the names inside of the releases to the proxied
/// name of the source are in the scene.
func withProxiedWorld(_ body: (ProxiedWorld) async throws -> Void) async throws {
    try await withReleaseWorld { scene, source, releases in
        let (certificate, key) = try await scene.makeServerCertificate(for: ProxiedWorld.hosts)
        func tls<Result>(_ upstream: Int, _ body: (NginxServer) async throws -> Result) async throws -> Result {
            try await withNginx(
                .init(upstream: upstream, certificate: scene.text(certificate), key: scene.text(key)),
                body
            )
        }
        let updates = try #require(URL(string: releases.service.graphURL)?.port)
        try await withRegistry { target in
            try await tls(source.address.port) { first in
                try await tls(updates) { second in
                    try await tls(target.address.port) { third in
                        let world = ProxiedWorld(
                            scene: scene,
                            source: source,
                            target: target,
                            releases: releases,
                            sourceName: "registry.ferry.test:\(first.port)",
                            updatesName: "updates.ferry.test:\(second.port)",
                            targetName: "target.ferry.test:\(third.port)",
                            certificate: scene.path(certificate),
                            key: scene.path(key)
                        )
                        try scene.write(ReleaseGraphTests.configuration(), to: "isc.yaml")
                        try scene.write(
                            "[[registry]]\nprefix = \"\(source.name)\"\nlocation = \"\(world.sourceName)\"\n",
                            to: "registries.conf"
                        )
                        try await body(world)
                    }
                }
            }
        }
    }
}

extension Scene {
    /// Makes a key and a certificate for names, valid for a day; it signs itself and may sign others.
    ///
    /// - Returns: the names of the two files.
    func makeServerCertificate(
        for names: [String],
        called name: String = "server"
    ) async throws -> (certificate: String, key: String) {
        let made = try await runProcess(
            try requireTool("openssl"),
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=\(name) of a ferry test",
                "-addext", "subjectAltName=\(names.map { "DNS:\($0)" }.joined(separator: ","))",
                "-keyout", path("\(name).key"), "-out", path("\(name).pem"),
            ]
        )
        try #require(made.status == 0, "\(made)")
        // The proxy goes on as another user than the one who has made it.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path("\(name).key"))
        return ("\(name).pem", "\(name).key")
    }
}
