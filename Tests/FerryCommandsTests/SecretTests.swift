import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer
import Testing

/// Marked secrets in every place, and a look at everything that a run leaves.
@Suite("Secrets get nowhere") struct SecretTests {
    private static let password = "mArKeD-pAsS/word+1"
    private static let refreshToken = "mArKeD-rEfReSh+2"
    private static let tokenMark = "-mArKeD-tOkEn-3"
    private static let proxyPassword = "mArKeD-pRoXy-4"

    /// Fails the test when a marked secret is in a text, in any of the forms in which secrets are sent.
    private func expectClean(_ texts: [String], _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let encoded = [
            Data("ann:\(Self.password)".utf8).base64EncodedString(), Data(Self.password.utf8).base64EncodedString(),
        ]
        for text in texts {
            for form in ["mArKeD"] + encoded where text.contains(form) {
                let place = text.range(of: form).map { text[$0.lowerBound...].prefix(60) } ?? ""
                Issue.record("\(what) shows a secret: \(place)", sourceLocation: sourceLocation)
            }
        }
    }

    /// Answers what comes with a wish for trouble by repeating everything that was sent.
    private static func echoing(_ service: TokenService, _ known: String, status: Int) -> RegistryBehaviour {
        { request in
            guard request.route?.repository != nil, request.fields["authorization"]?.hasPrefix("Bearer") == true else {
                return await service.behaviour(request)
            }
            let sent = request.fields["authorization"] ?? ""
            let basic = Data("ann:\(password)".utf8).base64EncodedString()
            let text = "you sent \(sent) after \(known)" + (known == password ? " and \(basic)" : "")
            var made = Intervention.none
            made.answer = .init(
                status: status,
                fields: ["WWW-Authenticate": "\(known) x=\"\(known)\""],
                body: #"{"errors":[{"code":"\#(known)","message":"\#(text)"}]}"#
            )
            return made
        }
    }

    private func commands(_ name: RegistryName) -> [[String]] {
        let target = "docker://\(name)/mirror"
        return [
            ["plan", "-c", "isc.yaml", "--workspace", "file://plan"], ["mirror", "-c", "isc.yaml", "file://set"],
            ["mirror", "-c", "isc.yaml", "--from", "file://set", target],
            ["mirror", "-c", "isc.yaml", "--workspace", "file://ws", target],
            ["verify", target, "--lock", "ws/working-dir/lock.json"],
            ["inventory", target, "--workspace", "file://inventory"],
            ["doctor", "docker://\(name)"],
        ]
    }

    /// Runs all commands, and looks at what they wrote and left.
    private func run(
        _ commands: [[String]],
        in scene: Scene,
        _ way: CredentialForm.Way,
        exits status: Int32?
    ) async throws -> String {
        let options =
            ["--log-level", "trace", "--retry-times", "1", "--retry-delay", "1ms", "--events", "events.jsonl"]
            + way.options
        var said = ""
        for command in commands {
            let isKnown = command[0] != "doctor" && command[0] != "inventory"
            let result = try await scene.ferry(
                arguments: command + options,
                with: way.variables,
                exits: isKnown ? status : nil
            )
            expectClean([result.stdout, result.stderr], "the output of \(command[0])")
            let events = try scene.text("events.jsonl")
            expectClean([events], "what \(command[0]) tells other programs")
            #expect(events.contains(#""event":"run-ended""#))
            said += result.stdout + result.stderr
        }
        for folder in ["plan", "set", "ws", "inventory"] where !scene.names(in: folder).isEmpty {
            expectClean(try scene.files(below: folder), "a file below \(folder)")
        }
        if let log = try? scene.text("helper.log") { expectClean([log], "the command line of a helper") }
        return said
    }

    @Test(
        "neither when all is well nor when servers repeat what they were sent",
        arguments: [
            CredentialForm.authFileOption, .dockerAuthConfig, .identityToken, .helper, .helperWithIdentityToken,
        ]
    )
    func tokens(form: CredentialForm) async throws {
        let service = TokenService { options in
            options.accounts = [.init("ann", Self.password, refreshToken: Self.refreshToken)]
            options.tokenMark = Self.tokenMark
        }
        try await withScene { scene in
            var way = CredentialForm.Way()
            try await withRegistry(behaviour: service.behaviour) { registry in
                let name = try await registry.publish(TestImage(seed: 1), as: "team/app:v1")
                try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                way = try form.prepare(in: scene, registry.name, "ann:\(Self.password)", token: Self.refreshToken)
                let said = try await run(commands(registry.name), in: scene, way, exits: 0)
                #expect(said.contains("\(registry.name)"))
            }
            for status in [401, 403, 500] {
                let known = form.needsTokens ? Self.refreshToken : Self.password
                try await withRegistry(behaviour: Self.echoing(service, known, status: status)) { registry in
                    let name = try await registry.publish(TestImage(seed: 1), as: "team/app:v1")
                    try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                    way = try form.prepare(in: scene, registry.name, "ann:\(Self.password)", token: Self.refreshToken)
                    let all = commands(registry.name)
                    let failing = [all[0], all[1], all[3], all[6]]
                    let said = try await run(failing, in: scene, way, exits: nil)
                    #expect(said.contains("•••") || status == 401, "the server's words were shown: \(said)")
                }
            }
        }
    }

    @Test("nor when passwords are wrong, files are broken, or addresses hold secrets")
    func mistakes() async throws {
        try await withScene { scene in
            try await withRegistry(users: ["ann:another"]) { registry in
                let name = try await registry.publish(TestImage(seed: 1), as: "team/app:v1")
                try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                let way = try CredentialForm.authFileOption.prepare(
                    in: scene,
                    registry.name,
                    "ann:\(Self.password)",
                    token: ""
                )
                _ = try await run(Array(commands(registry.name).prefix(2)), in: scene, way, exits: nil)
                let broken = [
                    #"{"auths":{"\#(registry.name)":{"auth":"\#(Self.password)"}}}"#,
                    #"{"auths":{"\#(registry.name)":"\#(Self.password)"}}"#, Self.password,
                    #"{"auths":{"\#(registry.name)":{"registrytoken":"\#(Self.password) x"}}}"#,
                ]
                for text in broken {
                    let options = ["--authfile", try scene.write(text, to: "broken.json")]
                    let said = try await run(
                        [["mirror", "-c", "isc.yaml", "file://set"]],
                        in: scene,
                        .init(options: options),
                        exits: 1
                    )
                    #expect(said.contains("broken.json"))
                }
                let target = "docker://ann:\(Self.password)@\(registry.name)/x"
                _ = try await run(
                    [["mirror", "-c", "isc.yaml", "--workspace", "file://ws", target]],
                    in: scene,
                    .init(),
                    exits: nil
                )
                try scene.write(
                    ImageSetText.make(images: [["ann:\(Self.password)@\(registry.name)/team/app:v1"]]),
                    to: "isc.yaml"
                )
                let plan = [["plan", "-c", "isc.yaml", "--workspace", "file://plan"]]
                _ = try await run(plan, in: scene, .init(), exits: 1)
                try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                let proxy = "http://ann:\(Self.proxyPassword)@127.0.0.1:1"
                _ = try await run(
                    [["mirror", "-c", "isc.yaml", "file://set"]],
                    in: scene,
                    .init(variables: ["HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "ALL_PROXY": proxy]),
                    exits: nil
                )
                // Nothing but the proxy of this machine is asked.
                try scene.write(ImageSetText.make(images: [["registry.invalid/team/app:v1"]]), to: "isc.yaml")
                let said = try await run(
                    [
                        ["doctor", "docker://registry.invalid/x"], ["doctor", "-c", "isc.yaml", "--output", "json"],
                        ["mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://registry.invalid/x"],
                    ],
                    in: scene,
                    .init(variables: ["HTTPS_PROXY": proxy, "HTTP_PROXY": proxy]),
                    exits: nil
                )
                #expect(said.contains("127.0.0.1:1"), "\(said)")
            }
        }
    }
}
