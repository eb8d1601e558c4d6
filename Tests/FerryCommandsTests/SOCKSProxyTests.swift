import FerryTestSupport
import HTTPTestSupport
import OCIModel
import RegistryServer
import Testing

@Suite(
    "SOCKS proxies, with microsocks",
    .enabled(if: SOCKSProxy.isInstalled && NginxServer.isInstalled && toolPath("openssl") != nil)
)
struct SOCKSProxyTests {
    private static let hosts = ["registry.ferry.test", "target.ferry.test"]

    @Test(
        "an image goes from registry to registry where only the proxy knows the names of both",
        arguments: [("HTTPS_PROXY", "socks5"), ("ALL_PROXY", "socks5h")]
    )
    func onlyWay(variable: String, scheme: String) async throws {
        try await withScene { scene, source, target in
            let image = try TestImage(layers: [TestBlob(seed: 1, size: 3_000_000), TestBlob(seed: 2, size: 100)])
            try await source.publish(image, as: "apps/one:v1")
            let (certificate, key) = try await scene.makeServerCertificate(for: Self.hosts)
            func tls<Result>(_ upstream: Int, _ body: (NginxServer) async throws -> Result) async throws -> Result {
                try await withNginx(
                    .init(upstream: upstream, certificate: scene.text(certificate), key: scene.text(key)),
                    body
                )
            }
            try await tls(source.address.port) { first in
                try await tls(target.address.port) { second in
                    try await withSOCKSProxy(hosts: Self.hosts) { proxy in
                        let names = ["\(Self.hosts[0]):\(first.port)", "\(Self.hosts[1]):\(second.port)"]
                        try scene.write(ImageSetText.make(images: [["\(names[0])/apps/one:v1"]]), to: "isc.yaml")
                        try await scene.ferry(
                            "mirror",
                            "-c",
                            "isc.yaml",
                            "--workspace",
                            "file://ws",
                            "docker://\(names[1])",
                            with: [
                                variable: "\(scheme)://127.0.0.1:\(proxy.port)",
                                "SSL_CERT_FILE": scene.path(certificate),
                            ]
                        )
                        #expect(Set(proxy.connections) == Set(names))
                    }
                }
            }
            try await StoreComparison(source: source.store, target: target.store).expectSame(
                image.manifest.digest,
                from: "apps/one",
                to: "apps/one",
                tag: "v1"
            )
        }
    }

    @Test("plain HTTP goes through it too")
    func plain() async throws {
        try await withScene { scene, source in
            try await source.publish(TestImage(), as: "apps/one:v1")
            try await withSOCKSProxy(hosts: Self.hosts) { proxy in
                let name = "\(Self.hosts[0]):\(source.address.port)"
                try scene.write(ImageSetText.make(images: [["\(name)/apps/one:v1"]]), to: "isc.yaml")
                try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "file://out",
                    "--src-tls-verify=false",
                    with: ["all_proxy": "socks5://127.0.0.1:\(proxy.port)"]
                )
                #expect(Set(proxy.connections) == [name])
            }
        }
    }

    @Test("a login that it wants or that the variable has, and a host that it does not find, are told with its name")
    func refusals() async throws {
        try await withScene { scene in
            try scene.write(ImageSetText.make(images: [["registry.ferry.test/apps/one:v1"]]), to: "isc.yaml")
            try scene.write(ImageSetText.make(images: [["nowhere.ferry.test/apps/one:v1"]]), to: "nowhere.yaml")
            try await withSOCKSProxy(hosts: Self.hosts, user: "mirror:S3CRET-of-the-proxy") { locked in
                try await withSOCKSProxy(hosts: Self.hosts) { open in
                    let table: [(file: String, proxy: String, parts: [String])] = [
                        (
                            "isc.yaml", "127.0.0.1:\(locked.port)",
                            [
                                "the proxy socks5://127.0.0.1:\(locked.port) (HTTPS_PROXY)",
                                "wants a user name and password, which ferry cannot give to a SOCKS proxy",
                            ]
                        ),
                        (
                            "isc.yaml", "mirror:S3CRET-of-the-proxy@127.0.0.1:\(locked.port)",
                            ["the variable HTTPS_PROXY has a user name, which ferry cannot give to a SOCKS proxy"]
                        ),
                        (
                            "nowhere.yaml", "127.0.0.1:\(open.port)",
                            [
                                "the proxy socks5://127.0.0.1:\(open.port) (HTTPS_PROXY)",
                                "does not let ferry through to nowhere.ferry.test:443: it answered 1, general failure",
                            ]
                        ),
                    ]
                    for (file, proxy, parts) in table {
                        let result = try await scene.ferry(
                            "plan",
                            "-c",
                            file,
                            "--retry-times",
                            "1",
                            "--retry-delay",
                            "1ms",
                            with: ["HTTPS_PROXY": "socks5://\(proxy)"],
                            exits: nil
                        )
                        #expect(result.status != 0)
                        for part in parts { #expect(result.stdout.contains(part), "\(part) in \(result)") }
                        #expect(!result.description.contains("S3CRET"))
                    }
                    #expect(locked.connections.isEmpty)
                }
            }
        }
    }
}
