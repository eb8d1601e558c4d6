import FerryTestSupport
import Foundation
import HTTPTestSupport
import OCIModel
import RegistryServer
import Testing

@Suite(
    "Proxies and their certificates, with squid and nginx",
    .enabled(if: SquidProxy.isInstalled && NginxServer.isInstalled && GnuPG.isInstalled && toolPath("openssl") != nil)
)
struct ProxyTests {
    private static let user = "mirror:S3CRET-of-the-proxy"

    private func proxy(_ squid: SquidProxy, user: String? = nil) -> [String: String] {
        ["HTTPS_PROXY": "http://\(user.map { "\($0)@" } ?? "")127.0.0.1:\(squid.port)"]
    }

    /// The hosts that a run says it has asked.
    private func asked(_ result: CommandResult) -> Set<String> {
        Set(
            result.stderr.split(separator: "\n").compactMap { line in
                line.firstRange(of: "asked ").map { String(line[$0.upperBound...].prefix { $0 != " " }) }
            }
        )
    }

    private func connects(_ squid: SquidProxy) throws -> Set<String> { Set(try squid.requests()) }

    @Test("everything goes through a proxy that wants a login, where no other way leads; it is asked for every host")
    func onlyWay() async throws {
        try await withProxiedWorld { world in
            let scene = world.scene
            var options = SquidProxy.Options()
            options.hosts = ProxiedWorld.hosts
            options.user = Self.user
            try await withSquid(options) { squid in
                let variables = world.variables.merging(proxy(squid, user: Self.user)) { $1 }
                    .merging(["SSL_CERT_FILE": world.certificate]) { $1 }
                let out = try await scene.ferry(
                    arguments: [
                        "mirror", "-c", "isc.yaml", "file://out", "--registries-conf", "registries.conf", "--log-level",
                        "trace",
                    ],
                    with: variables
                )
                #expect(asked(out) == [world.sourceName, world.updatesName])
                #expect(
                    try connects(squid) == ["CONNECT \(world.sourceName) 200", "CONNECT \(world.updatesName) 200"]
                )
                let into = try await scene.ferry(
                    arguments: [
                        "mirror", "-c", "isc.yaml", "--from", "file://out", "docker://\(world.targetName)",
                        "--log-level", "trace",
                    ],
                    with: variables
                )
                #expect(asked(into) == [world.targetName])
                #expect(try connects(squid).contains("CONNECT \(world.targetName) 200"))
                #expect(world.target.traffic.counts.requests > 0)
                for text in [out.stdout, out.stderr, into.stdout, into.stderr]
                    + (try scene.files(below: "out/working-dir"))
                {
                    #expect(!text.contains("S3CRET"))
                }
            }
        }
    }

    @Test(
        "the authority of a proxy that looks into TLS is named once, for every kind of request",
        arguments: [true, false]
    )
    func interception(byOption: Bool) async throws {
        try await withProxiedWorld { world in
            let scene = world.scene
            let (authority, key) = try await scene.makeServerCertificate(for: ["proxy.ferry.test"], called: "proxy")
            var options = SquidProxy.Options()
            options.hosts = ProxiedWorld.hosts
            options.interception = (scene.path(authority), scene.path(key))
            try await withSquid(options) { squid in
                try await withTokenRegistry(world) { image, tokens in
                    let arguments = [
                        "mirror", "-c", "isc.yaml", "file://out", "--registries-conf", "registries.conf", "--log-level",
                        "debug",
                    ]
                    try scene.write(
                        ReleaseGraphTests.configuration() + "  additionalImages:\n  - name: \(image)\n",
                        to: "isc.yaml"
                    )
                    let variables = world.variables.merging(proxy(squid)) { $1 }
                    // Without it nothing works, and the message says what to ask for.
                    let stopped = try await scene.ferry(arguments: arguments, with: variables, exits: nil)
                    #expect(stopped.status != 0)
                    #expect(stopped.stderr.contains("issuer"), "\(stopped)")
                    #expect(
                        stopped.stderr.contains("may present certificates of its own: then ask for its authority"),
                        "\(stopped)"
                    )
                    let result =
                        byOption
                        ? try await scene.ferry(
                            arguments: arguments + ["--certificate-authority", scene.path(authority)],
                            with: variables
                        )
                        : try await scene.ferry(
                            arguments: arguments,
                            with: variables.merging(["SSL_CERT_FILE": scene.path(authority)]) { $1 }
                        )
                    #expect(
                        asked(result)
                            == [world.sourceName, world.updatesName, tokens, String(image.prefix { $0 != "/" })]
                    )
                    #expect(try connects(squid).contains { $0.hasPrefix("GET https://\(tokens)/token") })
                }
            }
        }
    }

    /// Runs a registry that wants tokens, and the service that gives them, both behind TLS.
    private func withTokenRegistry(
        _ world: ProxiedWorld,
        _ body: (_ image: String, _ tokens: String) async throws -> Void
    ) async throws {
        let scene = world.scene
        let identity = (try scene.text("server.pem"), try scene.text("server.key"))
        try await ScriptedServer.withServer(
            usesTLS: true,
            identity: TestIdentity(certificate: identity.0, privateKey: identity.1),
            { _ in .init(200, [("content-type", "application/json")], text: #"{"token":"abc"}"#) },
            { service in
                let realm = "https://auth.ferry.test:\(service.port)/token"
                let behaviour: RegistryBehaviour = { request in
                    guard request.fields["authorization"] != "Bearer abc" else { return nil }
                    var refusal = Intervention.none
                    refusal.answer = .error(
                        401,
                        code: "UNAUTHORIZED",
                        fields: ["www-authenticate": #"Bearer realm="\#(realm)",service="registry""#]
                    )
                    return refusal
                }
                try await withRegistry(behaviour: behaviour) { registry in
                    try await registry.publish(TestImage(), as: "apps/one:v1")
                    let options = NginxServer.Options(
                        upstream: registry.address.port,
                        certificate: identity.0,
                        key: identity.1
                    )
                    try await withNginx(options) { front in
                        try await body(
                            "registry.ferry.test:\(front.port)/apps/one:v1",
                            "auth.ferry.test:\(service.port)"
                        )
                    }
                }
            }
        )
    }

    @Test("a login that the proxy wants or refuses, and a host that it forbids, are told with its name and variable")
    func refusals() async throws {
        try await withScene { scene in
            var options = SquidProxy.Options()
            options.hosts = ProxiedWorld.hosts
            options.user = Self.user
            options.forbidden = ["target.ferry.test"]
            try scene.write(ImageSetText.make(images: [["registry.ferry.test/apps/one:v1"]]), to: "isc.yaml")
            try scene.write(ImageSetText.make(images: [["target.ferry.test/apps/one:v1"]]), to: "forbidden.yaml")
            try await withSquid(options) { squid in
                let table: [(String, String?, [String])] = [
                    ("isc.yaml", nil, ["wants a user name and password (status 407)", "HTTPS_PROXY has none"]),
                    ("isc.yaml", "mirror:S3CRET", ["does not accept the user name and password", "HTTPS_PROXY has"]),
                    ("forbidden.yaml", Self.user, ["does not let ferry through to target.ferry.test:443", "403"]),
                ]
                for (file, user, parts) in table {
                    let result = try await scene.ferry(
                        "plan",
                        "-c",
                        file,
                        with: proxy(squid, user: user),
                        exits: nil
                    )
                    #expect(result.status != 0)
                    for part in parts + ["the proxy http://127.0.0.1:\(squid.port)"] {
                        #expect(result.stdout.contains(part), "\(part) in \(result)")
                    }
                    #expect(!result.description.contains("S3CRET"))
                }
            }
        }
    }

    @Test("a client certificate beside its registry's name is shown to it; without one it is told where to put it")
    func clientCertificates() async throws {
        try await withScene { scene, source in
            try await source.publish(TestImage(), as: "apps/one:v1")
            let options = NginxServer.Options(
                upstream: source.address.port,
                certificate: TestIdentity.chained.certificate,
                key: TestIdentity.chained.privateKey,
                clientAuthority: TestIdentity.rootCertificate
            )
            try await withNginx(options) { front in
                let name = "127.0.0.1:\(front.port)"
                try scene.write(ImageSetText.make(images: [["\(name)/apps/one:v1"]]), to: "isc.yaml")
                let folder = scene.path(".config/containers/certs.d/\(name)")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try scene.write(TestIdentity.rootCertificate, to: ".config/containers/certs.d/\(name)/ca.crt")
                let refused = try await scene.ferry("plan", "-c", "isc.yaml", exits: nil)
                #expect(refused.status != 0)
                #expect(refused.stdout.contains("asks for a client certificate"), "\(refused)")
                for (file, text) in [
                    ("client.cert", TestIdentity.client.certificate), ("client.key", TestIdentity.client.privateKey),
                ] {
                    try scene.write(text, to: ".config/containers/certs.d/\(name)/\(file)")
                }
                try await scene.ferry("plan", "-c", "isc.yaml")
                let elsewhere = scene.path("elsewhere")
                try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
                let unknown = try await scene.ferry("plan", "-c", "isc.yaml", "--cert-dir", elsewhere, exits: nil)
                #expect(unknown.stdout.contains("put it into \(elsewhere)/\(name)/ca.crt"), "\(unknown)")
                try FileManager.default.moveItem(
                    atPath: scene.path(".config/containers/certs.d/\(name)"),
                    toPath: "\(elsewhere)/\(name)"
                )
                try await scene.ferry("plan", "-c", "isc.yaml", "--cert-dir", elsewhere)
            }
        }
    }
}
