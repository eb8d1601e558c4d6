import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("Credentials stay secret") struct CredentialTests {
    private static let secret = "mArKeD-sEcReT-7319"

    /// Expects that no form of the secret is in some texts.
    private func expectNoSecret(_ texts: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        let forms = [Self.secret, Data("ann:\(Self.secret)".utf8).base64EncodedString()]
        for form in forms {
            #expect(!texts.contains { $0.contains(form) }, sourceLocation: sourceLocation)
        }
    }

    @Test("right or wrong, no password is in the output or in a file", arguments: [true, false])
    func password(isRight: Bool) async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try await withRegistry(users: ["ann:\(isRight ? Self.secret : "other")"]) { target in
                try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                let auth = try scene.writeAuthFile(target.name, "ann:\(Self.secret)")
                var texts: [String] = []
                for format in ["text", "json"] {
                    let result = try await scene.ferry(
                        arguments: [
                            "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)",
                            "--authfile",
                            auth, "--log-level", "trace", "--log-format", format, "--progress", "json",
                        ],
                        exits: isRight ? 0 : 1
                    )
                    #expect(result.stderr.contains("\(target.name)"), "the registry is named")
                    texts += [result.stdout, result.stderr]
                }
                texts += try scene.files(below: "ws")
                #expect(texts.count >= (isRight ? 6 : 5))
                expectNoSecret(texts)
            }
        }
    }

    @Test("the same for a source, a token in a broken file, and a failing import")
    func sources() async throws {
        try await withScene { scene in
            try await withRegistry(users: ["ann:\(Self.secret)"]) { source in
                let image = try TestImage(seed: 1)
                let name = try await source.publish(image, as: "team/app:v1")
                try scene.write(ImageSetText.make(images: [[name], ["\(source.name)/team/none:v1"]]), to: "isc.yaml")
                let auth = try scene.writeAuthFile(source.name, "ann:\(Self.secret)")
                source.faults.replace(with: [FaultRule(.status(500), on: .blob(image.layers[0].descriptor.digest))])
                let loud = ["--authfile", auth, "--log-level", "trace", "--retry-delay", "1ms", "--retry-times", "1"]
                let set = ["mirror", "-c", "isc.yaml", "file://set", "--continue-on-error"]
                let failed = try await scene.ferry(arguments: set + loud, exits: 8)
                source.faults.replace(with: [])
                let made = try await scene.ferry(arguments: set + loud, exits: 8)
                let volume = String(decoding: try scene.bytes(scene.volumes(of: "set")[0]), as: UTF8.self)
                var texts = [failed, made].flatMap { [$0.stdout, $0.stderr] }
                texts += [volume] + (try scene.files(below: "set/working-dir"))

                try scene.write(#"{"auths":{"\#(source.name)":{"auth":"\#(Self.secret)"#, to: "broken.json")
                let broken = try await scene.ferry(
                    arguments: set + ["--authfile", scene.path("broken.json")],
                    exits: 1
                )
                #expect(broken.stderr.contains("broken.json"))
                texts += [broken.stdout, broken.stderr]
                expectNoSecret(texts)
            }
        }
    }

    @Test("a password in a reference of the configuration is refused without being repeated")
    func passwordInReference() async throws {
        try await withScene { scene in
            try scene.write(ImageSetText.make(images: [["ann:\(Self.secret)@localhost:1/team/app:v1"]]), to: "isc.yaml")
            let result = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 1)
            #expect(result.stderr.contains("isc.yaml:5"), "\(result)")
        }
    }
}
