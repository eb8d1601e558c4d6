import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import RegistryServer
import Testing

private typealias Tag = OCIModel.Tag

@Suite("ferry doctor") struct DoctorTests {
    /// Every check, in the order of the table.
    private static let checks = [
        "name", "connection", "tls", "registry", "auth", "pull", "push", "creation", "pathDepth", "mount", "parts",
        "bodySize", "mediaTypes", "sparseLists", "referrers", "tagImmutability", "deletion", "clock", "rateLimit",
    ]

    @Test("a registry in health: all is well, and nothing is left behind", arguments: [false, true])
    func healthy(isFolder: Bool) async throws {
        try await withScene { scene in
            let storage: TestRegistry.Storage = isFolder ? .folder(scene.path("store")) : .memory
            try await withRegistry(storage, acceptsSparseIndexes: true) { registry in
                let image = try TestImage(seed: 1)
                try await registry.publish(image, as: "mirror/app:v1")
                let document = try await scene.doctor("docker://\(registry.name)/mirror")
                let found = try #require(document.registries.first)
                #expect(found.checks.map(\.check) == Self.checks)
                #expect(found.checks.allSatisfy { $0.status == "ok" && $0.remedy == nil }, "\(found)")
                #expect(found.role == "target")
                #expect(found.kind == "distribution")
                #expect(found.place == "docker://\(registry.name)/mirror")
                #expect(try await registry.store.repositories().map(\.text) == ["mirror/app"])
                #expect(try await registry.store.tags(in: RepositoryPath("mirror/app")).map(\.text) == ["v1"])
                for path in ["mirror/ferry-doctor", "mirror/ferry-doctor-mount"] {
                    let repository = try RepositoryPath(path)
                    #expect(try await registry.store.tags(in: repository) == [])
                }
                let puts = registry.traffic.counts.log.filter { $0.hasPrefix("PUT") || $0.hasPrefix("POST") }
                #expect(!puts.isEmpty && puts.allSatisfy { $0.contains("/v2/mirror/ferry-doctor") }, "\(puts)")
                #expect(registry.traffic.counts.uploadedBytes < 4 << 20, "never more than a few MB")
            }
        }
    }

    @Test("the table names every check and ends with the verdict")
    func text() async throws {
        try await withScene { scene in
            try await withRegistry { registry in
                let result = try await scene.ferry("doctor", "docker://\(registry.name)/mirror")
                #expect(result.stdout.hasPrefix("docker://\(registry.name)/mirror (target, distribution"), "\(result)")
                for title in ["name", "TLS", "login", "push", "upload in parts", "largest body", "moving tags"] {
                    #expect(result.stdout.contains("  \(title) "), "\(title)\n\(result)")
                }
                #expect(result.stdout.hasSuffix("the mirror would work, with 1 warning\n"), "\(result)")
                #expect(result.stdout.contains("WARN  sparse lists"), "\(result)")
            }
        }
    }

    @Test("--read-only writes nothing")
    func readOnly() async throws {
        try await withScene { scene in
            try await withRegistry { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror", "--read-only")
                let found = try #require(document.registries.first)
                #expect(found.checks("skipped").contains("push"))
                #expect(found.role == "target" && found.place == "docker://\(registry.name)/mirror")
                let text = try await scene.ferry("doctor", found.place, "--read-only").stdout
                #expect(text.hasPrefix("\(found.place) (target, only read, distribution"), "\(text)")
                #expect(try found.check("pull").status == "ok")
                #expect(registry.traffic.counts.log.allSatisfy { $0.hasPrefix("GET") || $0.hasPrefix("HEAD") })
            }
        }
    }

    @Test("an account that may only read: the push fails, with file and entry; the secret is nowhere")
    func readOnlyAccount() async throws {
        try await withScene { scene in
            let writes: RegistryBehaviour = RegistryImitation.refusing(403) { !["GET", "HEAD"].contains($0.method) }
            try await withRegistry(behaviour: writes, users: ["ann:mArKeD-7319"]) { registry in
                let file = try scene.writeAuthFile(registry.name, "ann:mArKeD-7319")
                let place = "docker://\(registry.name)/mirror"
                let document = try await scene.doctor(place, "--authfile", file, exits: 1)
                let found = try #require(document.registries.first)
                let push = try found.check("push")
                #expect(push.status == "fail")
                #expect(push.message.contains("\(file), entry \"\(registry.name)\""), "\(push)")
                #expect(push.message.contains("\(registry.name)/mirror/ferry-doctor"))
                #expect(push.remedy?.contains("push") == true)
                #expect(try found.check("auth").message.contains("entry \"\(registry.name)\""))
                #expect(try found.check("pathDepth").status == "skipped")
                #expect(document.reasons.count == 1)
                let traced = try await scene.ferry(
                    "doctor",
                    place,
                    "--authfile",
                    file,
                    "--log-level",
                    "trace",
                    exits: 1
                )
                let forms = ["mArKeD-7319", Data("ann:mArKeD-7319".utf8).base64EncodedString()]
                for form in forms { #expect(!traced.stdout.contains(form) && !traced.stderr.contains(form)) }
            }
        }
    }

    @Test("no credentials, and wrong ones", arguments: [nil, "ann:wrong"] as [String?])
    func refusedLogin(credentials: String?) async throws {
        try await withScene { scene in
            try await withRegistry(users: ["ann:right"]) { registry in
                var arguments = ["docker://\(registry.name)/mirror"]
                if let credentials { arguments += ["--authfile", try scene.writeAuthFile(registry.name, credentials)] }
                let result = try await scene.ferry(
                    arguments: ["doctor", "--output", "json"] + arguments,
                    exits: 1
                )
                let document = try JSONDecoder().decode(DoctorDocument.self, from: Data(result.stdout.utf8))
                let found = try #require(document.registries.first)
                let login = try found.check("auth")
                #expect(login.status == "fail", "\(login)")
                #expect(login.message.contains(credentials == nil ? "no credentials" : "entry \"\(registry.name)\""))
                // What to do about it stands in one place.
                let advice = (login.message + " → " + (login.remedy ?? "")).ranges(of: "log in")
                #expect(advice.count == 1 && login.remedy?.contains("log in") == true, "\(login)")
                #expect(try found.check("push").status == "skipped")
                #expect(registry.traffic.counts.log.allSatisfy { $0.hasPrefix("GET") })
            }
        }
    }

    @Test("a way to log in that is not known: what to do about it stands in one place")
    func unknownLogin() async throws {
        try await withScene { scene in
            let answer = Intervention.Answer(status: 401, fields: ["WWW-Authenticate": "Negotiate"], body: "{}")
            try await withRegistry(faults: [FaultRule(.answer(answer), on: .any)]) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror", exits: 1)
                let login = try #require(document.registries.first).check("auth")
                #expect(login.status == "fail" && login.message.contains("\"negotiate\""), "\(login)")
                let advice = (login.message + " → " + (login.remedy ?? "")).ranges(of: "log in")
                #expect(advice.count == 1 && login.remedy?.contains("log in") == true, "\(login)")
            }
        }
    }

    @Test("a program of all registries is named, also when it hangs", arguments: [false, true])
    func helper(hangs: Bool) async throws {
        try await withScene { scene in
            try await withRegistry(users: ["ann:right"]) { registry in
                let way = try CredentialForm.storeWithoutEntry.prepare(in: scene, registry.name, "ann:right", token: "")
                if hangs { try scene.addProgram("#!/bin/sh\nexec sleep 60\n", to: "bin/docker-credential-test") }
                let start = ContinuousClock.now
                let result = try await scene.ferry(
                    arguments: ["doctor", "--output", "json", "docker://\(registry.name)/mirror"] + way.options,
                    with: way.variables,
                    exits: hangs ? 1 : 0
                )
                #expect(ContinuousClock.now - start < .seconds(9.8))
                let document = try JSONDecoder().decode(DoctorDocument.self, from: Data(result.stdout.utf8))
                let login = try #require(document.registries.first).check("auth")
                #expect(login.status == (hangs ? "fail" : "ok"))
                #expect(login.message.contains("docker-credential-test"), "\(login)")
                guard hangs else { return }
                #expect(login.message.contains("did not answer"), "\(login)")
                let file = scene.path("containers/auth.json")
                let advice = "install or repair docker-credential-test, or remove credsStore from \(file)"
                #expect(login.remedy?.hasPrefix(advice) == true && !login.message.contains("install"), "\(login)")
            }
        }
    }

    @Test("403 everywhere, no registry at all", arguments: [403, 404])
    func forbidden(status: Int) async throws {
        try await withScene { scene in
            try await withRegistry(behaviour: RegistryImitation.refusing(status) { _ in true }) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror", exits: 1)
                let check = try #require(document.registries.first).check("registry")
                #expect(check.status == "fail")
                #expect(check.message.contains("\(status)"), "\(check)")
                #expect(registry.traffic.counts.requests < 6)
            }
        }
    }

    @Test("dead registries are told within seconds, all at once, each with its stage")
    func dead() async throws {
        try await withScene { scene in
            let silent = try SilentListener()
            let start = ContinuousClock.now
            let document = try await scene.doctor(
                "docker://127.0.0.1:1/x",
                "docker://127.0.0.1:\(silent.port)/x",
                "docker://no-such-host.invalid/x",
                exits: 1
            )
            #expect(ContinuousClock.now - start < .seconds(9.8))
            let failed = document.registries.map { $0.checks("fail") }
            #expect(failed[0] == ["connection"])
            #expect(failed[1] == ["registry"] || failed[1] == ["connection"], "\(failed)")
            #expect(failed[2] == ["name"])
            #expect(document.reasons.count == 3)
            withExtendedLifetime(silent) {}
        }
    }

    @Test("a registry that stops to answer in the middle is left, and what was written is deleted")
    func stalls() async throws {
        try await withScene { scene in
            let behaviour: RegistryBehaviour = { request in
                guard request.method == "PATCH" else { return nil }
                var made = Intervention.none
                made.delay = .seconds(600)
                return made
            }
            try await withRegistry(behaviour: behaviour) { registry in
                let document = try await scene.doctor(
                    "docker://\(registry.name)/mirror",
                    "--answer-timeout",
                    "2s",
                    exits: 1
                )
                let found = try #require(document.registries.first)
                #expect(try found.check("parts").status == "fail")
                #expect(try found.check("push").status == "ok")
                #expect(try await registry.store.repositories() == [])
            }
        }
    }

    @Test("an interruption in the middle leaves nothing behind")
    func interrupted() async throws {
        try await withScene { scene in
            let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
            let behaviour: RegistryBehaviour = { request in
                guard request.method == "PUT", case .manifest = request.route else { return nil }
                arrival.yield()
                var made = Intervention.none
                made.delay = .seconds(600)
                return made
            }
            try await withRegistry(behaviour: behaviour) { registry in
                try await scene.withFerry("doctor", "docker://\(registry.name)/mirror") { process in
                    for await _ in arrivals { break }
                    process.signal(SIGINT)
                    #expect(await process.wait() == 130)
                }
                let deleted = registry.traffic.counts.log.filter { $0.hasPrefix("DELETE") && $0.hasSuffix(" 202") }
                // Config, layer, the blob in parts, and the mounted one.
                #expect(deleted.filter { $0.contains("/blobs/sha256:") }.count == 4, "\(registry.traffic.counts.log)")
                #expect(try await registry.store.repositories() == [])
            }
        }
    }

    @Test("a certificate that nobody trusts: what was presented, and once what to do about it")
    func certificate() async throws {
        try await withScene { scene in
            let made = try await scene.makeCertificate()
            try await withRegistry(tls: .init(certificate: made.certificate, key: made.key)) { registry in
                let place = "docker://\(registry.name)/mirror"
                let found = try #require(try await scene.doctor(place, exits: 1).registries.first)
                let check = try found.check("tls")
                #expect(check.status == "fail" && check.message.contains("presented was: subject "), "\(check)")
                #expect(!check.message.contains("--"), "\(check)")
                let remedy = try #require(check.remedy)
                for way in ["/ca.crt", "--certificate-authority FILE", "--dest-tls-verify=false"] {
                    #expect(remedy.contains(way), "\(check)")
                }
                #expect(found.checks("fail") == ["tls"])
                let text = try await scene.ferry("doctor", place, exits: 1).stdout
                #expect(
                    text.split(separator: "\n").filter { $0.contains("--certificate-authority") }.count == 1,
                    "\(text)"
                )
            }
        }
    }

    @Test("a credential helper: the login names file, entry and program; one that fails is named with its words")
    func helper() async throws {
        try await withScene { scene in
            try await withRegistry(users: ["ann:right"]) { registry in
                let place = "docker://\(registry.name)/mirror"
                let way = try CredentialForm.helper.prepare(in: scene, registry.name, "ann:right", token: "")
                let good = try await scene.ferry("doctor", place, with: way.variables).stdout
                #expect(good.contains("docker-credential-test") && good.contains("containers/auth.json"), "\(good)")
                let broken = "#!/bin/sh\necho the vault is sealed >&2\nexit 3\n"
                try scene.addProgram(broken, to: "bin/docker-credential-test")
                let bad = try await scene.ferry("doctor", place, with: way.variables, exits: 1).stdout
                #expect(bad.contains("docker-credential-test") && bad.contains("the vault is sealed"), "\(bad)")
                let step =
                    "→ install or repair docker-credential-test, or remove \"\(registry.name)\" of credHelpers from "
                    + scene.path("containers/auth.json")
                #expect(bad.contains(step) && !bad.contains("log in") && bad.ranges(of: "repair").count == 1, "\(bad)")
            }
        }
    }
}
