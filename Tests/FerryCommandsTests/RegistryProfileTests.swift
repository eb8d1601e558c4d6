import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Kinds of registries as targets") struct RegistryProfileTests {
    /// Runs a mirror of a small release and an image to a registry of some kind.
    private func mirror(
        _ profile: RegistryProfile,
        to path: String,
        _ options: [String] = [],
        exits status: Int32? = nil
    ) async throws -> (CommandResult, RegistryTraffic.Counts) {
        try await withScene { scene, source in
            let release = try await source.publishRelease(images: 3, size: 300_000)
            let image = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(release: release.name, images: [[image]]), to: "isc.yaml")
            return try await withRegistry(like: profile) { target in
                let user = profile.account.user ?? "anybody"
                let auth = try scene.writeAuthFile(target.name, "\(user):\(profile.account.password)")
                let result = try await scene.ferry(
                    arguments: [
                        "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)/\(path)",
                        "--authfile", auth, "--retry-delay", "5ms",
                    ] + options,
                    exits: status
                )
                return (result, target.traffic.counts)
            }
        }
    }

    /// Where a registry takes images, with the options that it needs.
    private func place(_ profile: RegistryProfile) -> (path: String, options: [String]) {
        let options = profile.maximumParts == 2 ? ["--max-nested-paths", "2"] : []
        return (profile.name == "GitLab" ? "mirror/ocp" : "mirror", options)
    }

    @Test("A13.15 a mirror to each kind comes to its end", arguments: RegistryProfile.all)
    func completes(_ profile: RegistryProfile) async throws {
        var profile = profile
        if profile.name == "ECR" { profile.projects = nil }
        let (path, options) = place(profile)
        let (result, counts) = try await mirror(profile, to: path, options, exits: 0)
        #expect(counts.manifestPuts >= 5, "\(result)")
        #expect(counts.statuses[401, default: 0] <= 40, "\(counts.statuses)")
    }

    @Test(
        "A13.15 names of too many parts are refused with the option that shortens them",
        arguments: RegistryProfile.all.filter { $0.maximumParts == 2 }
    )
    func names(_ profile: RegistryProfile) async throws {
        let (result, counts) = try await mirror(profile, to: "mirror")
        #expect(result.status != 0)
        #expect(result.stderr.contains("--max-nested-paths 2"), "\(result)")
        #expect(counts.manifestPuts == 0)
        #expect(counts.requests < 200, "\(counts.requests)")
    }

    @Test(
        "A13.16 a project that is not there is named with what to do",
        arguments: RegistryProfile.all.filter { $0.projects != nil }
    )
    func projects(_ profile: RegistryProfile) async throws {
        let (_, options) = place(profile)
        let (result, counts) = try await mirror(profile, to: profile.name == "GitLab" ? "other/ocp" : "other", options)
        #expect(result.status != 0)
        let says = ["create the project or repository there first", "that the project \"other\" exists"]
        #expect(says.contains { result.stderr.contains($0) }, "\(result)")
        #expect(counts.manifestPuts == 0)
        #expect(counts.requests < 200, "\(counts.requests)")
    }

    @Test("A13.17 a run again to immutable tags has nothing to do", arguments: [RegistryProfile.ecr, .harbor])
    func immutable(_ profile: RegistryProfile) async throws {
        var profile = profile.immutable
        if profile.name == "ECR" { profile.projects = nil }
        try await withScene { scene, source in
            let image = try await source.publish(TestImage(seed: 1), as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[image]]), to: "isc.yaml")
            try await withRegistry(like: profile) { target in
                let user = profile.account.user ?? "anybody"
                let auth = try scene.writeAuthFile(target.name, "\(user):\(profile.account.password)")
                let arguments = [
                    "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)/mirror",
                    "--authfile", auth,
                ]
                try await scene.ferry(arguments: arguments)
                target.traffic.reset()
                try await scene.ferry(arguments: arguments)
                #expect(!target.traffic.counts.log.contains { $0.hasPrefix("PUT ") }, "identical tags are not pushed")
                // The tag moves at the source, and must not at the target.
                try await source.publish(TestImage(seed: 2), as: "team/app:v1")
                let result = try await scene.ferry(arguments: arguments, exits: nil)
                #expect(result.status != 0)
                #expect(result.stderr.contains("its tags are immutable"), "\(result)")
            }
        }
    }

    @Test("A13.14 an attestation that Artifactory refuses is reported, and its image is there")
    func attestation() async throws {
        try await withScene { scene, source in
            let image = try TestImage(seed: 1)
            let name = try await source.publish(image, as: "team/app:v1")
            let type = "application/vnd.in-toto+json"
            let referrer = try TestImage(seed: 2, subject: image.descriptor(), artifactType: type)
            try await referrer.write(to: source.store, in: RepositoryPath("team/app"))
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            try await withRegistry(like: .artifactory) { target in
                let auth = try scene.writeAuthFile(target.name, "mirror:secret")
                let result = try await scene.ferry(
                    arguments: [
                        "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)/mirror",
                        "--authfile", auth,
                    ],
                    exits: nil
                )
                let repository = try RepositoryPath("mirror/team/app")
                let stored = try await target.store.manifest(.tag(Tag("v1")), in: repository)
                #expect(stored?.digest == image.manifest.digest, "\(result)")
                #expect(result.stderr.contains(type), "\(result)")
                #expect(result.stderr.contains("ALLOWED_OCI_ARTIFACT_TYPES"), "\(result)")
                #expect(result.status != 0)
            }
        }
    }
}
