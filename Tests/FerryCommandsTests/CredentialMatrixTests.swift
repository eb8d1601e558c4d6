import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import RegistryServer
import Synchronization
import Testing

/// Every way to give credentials, before registries that ask for them.
@Suite("Credentials in every form") struct CredentialMatrixTests {
    private static let password = "mArKeD-sEcReT-7319"
    private static let refreshToken = "mArKeD-rEfReSh-7319"
    /// The password above for `ann`, by bcrypt.
    private static let users = "ann:$2y$05$abcdefghijklmnopqrstuuWnGSC4I43WOymaGjVrQyUN4ZcpKpSPG\n"

    /// Mirrors an image of a registry into the same registry, and verifies it.
    private func mirror(_ form: CredentialForm, in scene: Scene, _ name: RegistryName) async throws {
        try scene.write(ImageSetText.make(images: [["\(name)/team/app:v1"]]), to: "isc.yaml")
        let way = try form.prepare(in: scene, name, "ann:\(Self.password)", token: Self.refreshToken)
        let target = "docker://\(name)/mirror"
        let mirrored = try await scene.ferry(
            arguments: ["mirror", "-c", "isc.yaml", "--workspace", "file://ws", target] + way.options,
            with: way.variables
        )
        let verified = try await scene.ferry(
            arguments: ["verify", target, "--lock", "ws/working-dir/lock.json"] + way.options,
            with: way.variables
        )
        for result in [mirrored, verified] {
            #expect(!(result.stdout + result.stderr).contains("mArKeD"))
        }
        if (try? scene.text("helper.log")) != nil {
            let runs = try scene.text("helper.log").split(separator: "\n")
            #expect(runs.count <= 4 * (form == .helperForPaths ? 2 : 1), "each run of ferry asks once: \(runs)")
            #expect(!runs.contains { $0.contains("mArKeD") })
        }
    }

    @Test("a registry with a token service takes them", arguments: CredentialForm.allCases)
    func tokens(form: CredentialForm) async throws {
        let service = TokenService {
            $0.accounts = [.init("ann", Self.password, refreshToken: Self.refreshToken)]
        }
        try await withScene { scene in
            try await withRegistry(behaviour: service.behaviour) { registry in
                _ = try await registry.publish(TestImage(seed: 1), as: "team/app:v1")
                try await mirror(form, in: scene, registry.name)
                let tag = try Tag("v1")
                #expect(
                    try await registry.store.manifestDigest(.tag(tag), in: RepositoryPath("mirror/team/app")) != nil
                )
                #expect(service.counts.refusals <= (form == .pathsAsKeys || form == .helperForPaths ? 2 : 0))
                #expect(service.counts.methods.contains("POST") == form.needsTokens)
            }
        }
    }

    @Test(
        "Debian's docker-registry takes them",
        .enabled(if: toolPath("docker-registry") != nil),
        arguments: CredentialForm.allCases.filter { !$0.needsTokens }
    )
    func dockerRegistry(form: CredentialForm) async throws {
        try await withScene { scene in
            try await withDockerRegistry(users: Self.users) { name in
                try await withRegistry { source in
                    let image = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
                    try scene.write(ImageSetText.make(images: [[image]]), to: "seed.yaml")
                    let auth = try scene.writeAuthFile(name, "ann:\(Self.password)")
                    try await scene.ferry(
                        "mirror",
                        "-c",
                        "seed.yaml",
                        "--workspace",
                        "file://seed",
                        "docker://\(name)",
                        "--authfile",
                        auth
                    )
                }
                try await mirror(form, in: scene, name)
            }
        }
    }

    @Test("missing or weak credentials are told at once, with registry, repository, scope and source")
    func messages() async throws {
        let service = TokenService { options in
            options.accounts = [.init("ann", Self.password, rights: [.init(below: "", ["pull"])])]
        }
        try await withScene { scene in
            try await withRegistry(behaviour: service.behaviour) { registry in
                let name = try await registry.publish(TestImage(seed: 1), as: "team/app:v1")
                try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                let run = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(registry.name)/mirror"]
                let scope = { (path: String, rights: String) in "\"repository:\(path):\(rights)\"" }
                let cases: [(String, [String])] = [
                    ("{}", ["team/app", scope("team/app", "pull"), "\(scene.folder)/auth.json"]),
                    (
                        #"{"auths":{"\#(registry.name)":{"auth":"\#(Data("ann:no".utf8).base64EncodedString())"}}}"#,
                        ["401", "auth.json, entry \"\(registry.name)\""]
                    ),
                    (
                        #"{"auths":{"\#(registry.name)":{"username":"ann","password":"\#(Self.password)"}}}"#,
                        [
                            "mirror/team/app", scope("mirror/team/app", "pull,push"),
                            "auth.json, entry \"\(registry.name)\"",
                        ]
                    ),
                    (#"{"credHelpers":{"\#(registry.name)":"gone"}}"#, ["docker-credential-gone", "is not in PATH"]),
                ]
                for (json, parts) in cases {
                    let auth = try scene.write(json, to: "auth.json")
                    let start = ContinuousClock.now
                    let result = try await scene.ferry(arguments: run + ["--authfile", auth], exits: nil)
                    #expect(result.status != 0)
                    #expect(start.duration(to: .now) < .seconds(10))
                    for part in parts + ["\(registry.name)"] { #expect(result.stderr.contains(part), "\(result)") }
                    #expect(!result.stderr.contains(Self.password))
                }
            }
        }
    }

    @Test("tokens that live 2 s serve for a blob that takes 6 s each way and is cut in the middle")
    func shortTokens() async throws {
        let service = TokenService { options in
            options.lifetime = .seconds(2)
            options.accounts = [.init("ann", Self.password)]
        }
        let layer = try TestBlob(seed: 5, size: 6_000_000)
        let downloads = Atomic<Int>(0)
        let uploads = Atomic<Int>(0)
        let slow: RegistryBehaviour = { request in
            if let refusal = await service.behaviour(request) { return refusal }
            var made = Intervention.none
            switch (request.route, request.method) {
            case (.blob(layer.descriptor.digest, _), "GET"):
                let isFirst = downloads.wrappingAdd(1, ordering: .relaxed).oldValue == 0
                made.download = .init(cutAfter: isFirst ? 3_000_000 : nil, rate: 1_000_000)
            case (.upload, "PUT") where request.contentLength ?? 0 > 1_000_000,
                (.upload, "PATCH") where request.contentLength ?? 0 > 1_000_000:
                let isFirst = uploads.wrappingAdd(1, ordering: .relaxed).oldValue == 0
                made.upload = .init(cutAfter: isFirst ? 3_000_000 : nil, rate: 1_000_000)
            default: break
            }
            return made
        }
        try await withScene { scene in
            try await withRegistry(behaviour: slow) { registry in
                let name = try await registry.publish(TestImage(layers: [layer]), as: "team/app:v1")
                try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                let auth = try scene.writeAuthFile(registry.name, "ann:\(Self.password)")
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--authfile", auth)
                let read = registry.traffic.counts.blobBytesSentByDigest[layer.descriptor.digest] ?? 0
                #expect((6_000_000...7_000_000).contains(read), "the blob was not begun anew")
                #expect(downloads.load(ordering: .relaxed) == 2)
                try await scene.ferry(
                    "mirror",
                    "-c",
                    "isc.yaml",
                    "--from",
                    "file://set",
                    "docker://\(registry.name)/mirror",
                    "--authfile",
                    auth
                )
                #expect(registry.traffic.counts.uploadedBytes < 7_500_000, "the blob was not begun anew")
                #expect(uploads.load(ordering: .relaxed) == 2)
                #expect(service.counts.tokens < 30)
            }
        }
    }
}
