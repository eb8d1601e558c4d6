import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import RegistryServer
import Testing

private typealias Tag = OCIModel.Tag

@Suite("ferry doctor at registries with ways of their own") struct DoctorQuirkTests {
    @Test(
        "registries are recognised by what they say",
        arguments: [
            ("/openshift/token", nil, "openShift"), ("/v2/auth", nil, "quay"),
            ("/service/token", "harbor-registry", "harbor"), ("/jwt/auth", "container_registry", "gitLab"),
            ("/oauth2/token", "lab", "acr"),
        ] as [(String, String?, String)]
    )
    func recognition(path: String, service: String?, kind: String) async throws {
        try await withScene { scene in
            try await withRegistry(behaviour: RegistryImitation.bearer(path, service: service)) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror")
                let found = try #require(document.registries.first)
                #expect(found.kind == kind, "\(found)")
                #expect(found.evidence?.contains(path) == true)
                #expect(!found.expectations.isEmpty)
                #expect(try found.check("auth").message.contains("Bearer, tokens from \(path)"))
                #expect(try await registry.store.repositories() == [])
            }
        }
    }

    @Test(
        "and by their header fields",
        arguments: [
            (["server": "Nexus/3.70.1-02 (OSS)"], "nexus"), (["x-jfrog-version": "Artifactory/7.90"], "artifactory"),
        ]
    )
    func fields(_ fields: [String: String], kind: String) async throws {
        try await withScene { scene in
            try await withRegistry(behaviour: RegistryImitation.adding(fields)) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror")
                #expect(document.registries.first?.kind == kind)
            }
        }
    }

    /// What the profiles are recognised as.
    private static let kinds = [
        "distribution": "distribution", "zot": "zot", "Quay": "quay", "Quay with two parts": "quay", "Harbor": "harbor",
        "ECR": "ecr", "GitLab": "gitLab", "Artifactory": "artifactory", "Nexus": "nexus", "ACR": "acr",
        "OpenShift": "openShift", "GHCR": "ghcr", "Docker Hub": "dockerHub",
    ]

    @Test(
        "each kind is recognised, said what to expect of, and judged as a mirror fares",
        arguments: RegistryProfile.all
    )
    func profile(_ profile: RegistryProfile) async throws {
        try await withScene { scene in
            try await withRegistry(like: profile) { registry in
                let user = profile.account.user ?? "anybody"
                let auth = try scene.writeAuthFile(registry.name, "\(user):\(profile.account.password)")
                // ECR has no repository yet, and a mirror to it would fail.
                let needsRepositories = profile.projects.map { $0.parts == nil } ?? false
                let path = profile.name == "GitLab" ? "mirror/ocp" : "mirror"
                let arguments = ["doctor", "--authfile", auth, "--output", "json"]
                let result = try await scene.ferry(
                    arguments: arguments + ["docker://\(registry.name)/\(path)"],
                    exits: needsRepositories ? 1 : 0
                )
                let document = try JSONDecoder().decode(DoctorDocument.self, from: Data(result.stdout.utf8))
                let found = try #require(document.registries.first)
                #expect(found.kind == Self.kinds[profile.name], "\(found)")
                #expect(found.evidence?.isEmpty == false)
                #expect(!found.expectations.isEmpty || found.kind == "distribution" || found.kind == "zot")
                for check in found.checks where check.status == "fail" { #expect(check.remedy != nil, "\(check)") }
                #expect(try found.check("auth").status == "ok", "\(found)")
                if !needsRepositories {
                    #expect(try found.check("mount").status == (profile.mounts == .ignored ? "warn" : "ok"), "\(found)")
                }
                #expect(!result.stdout.contains(profile.account.password) || profile.challenge == nil)
                #expect(try await registry.store.tags(in: RepositoryPath("\(path)/ferry-doctor")) == [])
                // A project that is not there is told with what to do.
                guard profile.projects != nil else { return }
                let other = try await scene.ferry(
                    arguments: arguments + ["docker://\(registry.name)/other/place"],
                    exits: 1
                )
                let missing = try JSONDecoder().decode(DoctorDocument.self, from: Data(other.stdout.utf8))
                let failed = try #require(missing.registries.first).checks.filter { $0.status == "fail" }
                #expect(!failed.isEmpty)
                for check in failed { #expect(check.remedy?.isEmpty == false, "\(check)") }
            }
        }
    }

    @Test("a limit for bodies is found by their heads alone", arguments: [10_000_000, 1 << 30] as [Int64])
    func bodyLimit(limit: Int64) async throws {
        try await withScene { scene in
            let faults = [FaultRule(.status(413), on: .bodies(over: limit))]
            try await withRegistry(faults: faults) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror")
                let check = try #require(document.registries.first).check("bodySize")
                #expect(check.status == "warn")
                #expect(check.message.contains("413") && check.message.contains("smaller parts"), "\(check)")
                #expect(check.remedy?.contains("client_max_body_size") == true)
                #expect(registry.traffic.counts.uploadedBytes < 4 << 20)
            }
        }
    }

    @Test("no parts, no mounts, no artifacts, no referrers: each is said, and the mirror would work all the same")
    func manyQuirks() async throws {
        try await withScene { scene in
            let behaviour: RegistryBehaviour = { request in
                var made = Intervention.none
                switch (request.method, request.route) {
                case ("PATCH", _): made.answer = .error(405, code: "UNSUPPORTED")
                case ("POST", .uploads) where request.path.contains("mount="):
                    made.answer = .error(403, code: "DENIED")
                case (_, .referrers): made.answer = .error(404, code: "NOT_FOUND")
                case ("PUT", .manifest): made.rewrite = { $0.fields["oci-subject"] = nil }
                default: return nil
                }
                return made
            }
            try await withRegistry(behaviour: behaviour) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror")
                let found = try #require(document.registries.first)
                #expect(try found.check("parts").status == "warn")
                #expect(try found.check("mount").status == "warn")
                #expect(try found.check("referrers").message.contains("there is no referrers API (404)"))
                #expect(try await registry.store.repositories() == [])
            }
        }
    }

    @Test("immutable tags are told; the tag is gone afterwards")
    func immutableTags() async throws {
        try await withScene { scene in
            let faults = [
                FaultRule(
                    .status(409),
                    on: .init { $0.method == "PUT" && $0.path.contains("/manifests/ferry-doctor-") },
                    when: .numbers([2])
                )
            ]
            try await withRegistry(faults: faults) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror")
                let check = try #require(document.registries.first).check("tagImmutability")
                #expect(check.status == "warn" && check.message.contains("immutable"), "\(check)")
                #expect(try await registry.store.repositories() == [])
            }
        }
    }

    @Test("a registry that deletes nothing gets no tag, and is said to keep a few bytes")
    func noDeletion() async throws {
        try await withScene { scene in
            let behaviour = RegistryImitation.refusing(405, code: "UNSUPPORTED") {
                if case .upload = $0.route { return false }
                return $0.method == "DELETE"
            }
            try await withRegistry(behaviour: behaviour) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror")
                let found = try #require(document.registries.first)
                #expect(try found.check("deletion").status == "warn")
                #expect(try found.check("deletion").message.contains("405"))
                #expect(try found.check("tagImmutability").status == "skipped")
                #expect(try await registry.store.tags(in: RepositoryPath("mirror/ferry-doctor")) == [])
            }
        }
    }

    @Test(
        "a registry without OCI types, one without Docker's",
        arguments: ["vnd.oci.image", "vnd.docker.distribution"]
    )
    func mediaTypes(refused: String) async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml")
            let type = try #require(try await source.store.manifest(.tag(Tag("v1")), in: RepositoryPath("team/app")))
            let behaviour = RegistryImitation.refusing(400, code: "MANIFEST_INVALID") {
                $0.method == "PUT" && ($0.fields["content-type"] ?? "").contains(refused)
            }
            try await withRegistry(behaviour: behaviour) { registry in
                let place = "docker://\(registry.name)/mirror"
                let free = try await scene.doctor(place)
                #expect(try #require(free.registries.last).check("mediaTypes").status == "warn")
                let isNeeded = type.mediaType.text.contains(refused)
                let planned = try await scene.doctor("--lock", "working-dir/lock.json", place, exits: isNeeded ? 1 : 0)
                let check = try #require(planned.registries.last).check("mediaTypes")
                #expect(check.status == (isNeeded ? "fail" : "warn"), "\(check)")
                #expect(check.message.contains(refused) && check.message.contains("400"))
            }
        }
    }

    @Test("a plan that is too deep: the limit that fits is found and fits; the sources are only read")
    func depth() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "a/b/c/d:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml")
            let behaviour = RegistryImitation.bearer(
                "/openshift/token",
                more: RegistryImitation.refusing(403) { ($0.route?.repository?.components.count ?? 2) != 2 }
            )
            try await withRegistry(behaviour: behaviour) { registry in
                for words in [["--lock", "working-dir/lock.json"], ["-c", "isc.yaml"]] {
                    source.traffic.reset()
                    let document = try await scene.doctor(words[0], words[1], "docker://\(registry.name)/org", exits: 1)
                    #expect(document.registries.map(\.role) == ["source", "target"])
                    let check = try #require(document.registries.last).check("pathDepth")
                    #expect(check.status == "fail")
                    #expect(check.message.contains("org/a/b/c/d has 5 components"), "\(check)")
                    #expect(check.remedy == "mirror with --max-nested-paths 2")
                    #expect(
                        try #require(document.registries.first).check("pull").message.contains("a/b/c/d may be read")
                    )
                    #expect(source.traffic.counts.log.allSatisfy { $0.hasPrefix("GET") || $0.hasPrefix("HEAD") })
                    let fitting = try await scene.doctor(
                        words[0],
                        words[1],
                        "docker://\(registry.name)/org",
                        "--max-nested-paths",
                        "2"
                    )
                    #expect(try #require(fitting.registries.last).check("pathDepth").status == "ok")
                }
                #expect(try await registry.store.repositories() == [])
            }
        }
    }

    @Test("repositories that must exist are named")
    func creation() async throws {
        try await withScene { scene, source in
            let names = [
                try await source.publish(TestImage(seed: 1), as: "one/app:v1"),
                try await source.publish(TestImage(seed: 2), as: "two/app:v1"),
                try await source.publish(TestImage(seed: 3), as: "three/app:v1"),
            ]
            try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
            let behaviour = RegistryImitation.bearer(
                "/service/token",
                service: "harbor-registry",
                more: RegistryImitation.refusing(404, code: "NAME_UNKNOWN") {
                    $0.method == "POST" && $0.route?.repository?.text.hasPrefix("two/") == true
                }
            )
            try await withRegistry(behaviour: behaviour) { registry in
                let document = try await scene.doctor("-c", "isc.yaml", "docker://\(registry.name)", exits: 1)
                let found = try #require(document.registries.last)
                #expect(found.kind == "harbor")
                let creation = try found.check("creation")
                #expect(creation.status == "fail" || found.checks("fail") == ["push"], "\(found)")
                #expect(creation.message.contains("two/app") && !creation.message.contains("one/app"), "\(creation)")
                #expect(creation.remedy?.contains("project") == true)
            }
        }
    }

    @Test("a list without all of its images: a strict registry fails the plan that needs it, another takes it")
    func sparseLists() async throws {
        try await withScene { scene, source in
            let multi = try await MultiPlatformImage(in: source)
            try scene.write(ImageSetText.make(images: [multi.arm64Only]), to: "isc.yaml")
            try await scene.ferry("plan", "-c", "isc.yaml")
            for accepts in [false, true] {
                try await withRegistry(acceptsSparseIndexes: accepts) { registry in
                    let document = try await scene.doctor(
                        "--lock",
                        "working-dir/lock.json",
                        "docker://\(registry.name)",
                        exits: accepts ? 0 : 1
                    )
                    let check = try #require(document.registries.last).check("sparseLists")
                    #expect(check.status == (accepts ? "ok" : "fail"), "\(check)")
                }
            }
        }
    }

    @Test("a source that lacks what the plan names, and one behind a mirror that is dead")
    func sources() async throws {
        try await withScene { scene, source in
            let name = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try scene.write(
                """
                [[registry]]
                location = "\(source.name)"
                [[registry.mirror]]
                location = "127.0.0.1:1"
                """,
                to: "registries.conf"
            )
            let document = try await scene.doctor("-c", "isc.yaml", "--registries-conf", scene.path("registries.conf"))
            #expect(
                document.registries.map(\.status) == ["fail", "ok"],
                "the registry itself stands in for its mirror"
            )
            try scene.write(ImageSetText.make(images: [[name], ["\(source.name)/team/none:v1"]]), to: "isc.yaml")
            let missing = try await scene.doctor("-c", "isc.yaml", exits: 1)
            #expect(missing.reasons.first?.contains("team/none") == true, "\(missing.reasons)")
        }
    }

    @Test("limits that are announced")
    func limits() async throws {
        try await withScene { scene in
            let fields = ["ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600"]
            try await withRegistry(behaviour: RegistryImitation.adding(fields)) { registry in
                let document = try await scene.doctor("docker://\(registry.name)/mirror")
                let found = try #require(document.registries.first)
                #expect(try found.check("rateLimit").status == "warn")
                #expect(try found.check("rateLimit").message.contains("100;w=21600"))
            }
        }
    }

    @Test("Debian's docker-registry: the mirror would work, and its catalog is as before")
    func dockerRegistry() async throws {
        try await withScene { scene in
            try await withDockerRegistry { name in
                let document = try await scene.doctor("docker://\(name)/mirror")
                let found = try #require(document.registries.first)
                #expect(found.kind == "distribution")
                #expect(found.checks("fail").isEmpty)
                #expect(try found.check("deletion").status == "ok", "\(found)")
                #expect(try found.check("parts").status == "ok")
                #expect(try found.check("mount").status == "ok")
                let again = try await scene.doctor("docker://\(name)/mirror", "--read-only")
                #expect(try #require(again.registries.first).check("pull").status == "ok")
            }
        }
    }
}
