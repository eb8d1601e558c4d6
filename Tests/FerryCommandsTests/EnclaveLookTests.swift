import FerryTestSupport
import Foundation
import OCIModel
import SamplePayload
import Testing

/// The commands that look into what is there, by `registries.conf`.
@Suite("Looking around in an enclave") struct EnclaveLookTests {
    private func conf(_ mirror: TestRegistry) -> String {
        "[[registry]]\nlocation = \"quay.example.invalid\"\nblocked = true\n[[registry.mirror]]\n"
            + "location = \"\(mirror.name)/in\"\n"
    }

    @Test("releases are listed, shown and taken apart from the mirror of their registry")
    func mirrored() async throws {
        try await withScene { scene, mirror in
            var release = ToolRelease()
            release.parts = try Repository("quay.example.invalid/ocp/parts")
            _ = try await release.publish(to: mirror, payloads: "in/ocp/release", images: "in/ocp/parts")
            try scene.write(conf(mirror), to: "registries.conf")
            let name = "quay.example.invalid/ocp/release"
            let options = ["--registries-conf", "registries.conf", "--retry-times", "0"]
            let listed = try await scene.ferry(arguments: ["list", "releases", "--repository", name] + options)
            #expect(listed.stdout.contains("  4.18\n"), "\(listed)")
            let shown = try await scene.ferry(
                arguments: ["release", "info", "\(name):4.18.1-x86_64", "--size"] + options
            )
            #expect(shown.stdout.contains("Pull From:  \(name)@"), "\(shown)")
            let words = ["release", "extract", "\(name):4.18.1-x86_64", "--command", "openshift-install"]
            try await scene.ferry(arguments: words + options)
            let program = try Array(scene.bytes("openshift-install"))
            #expect(program.firstRange(of: Array("\(name)@sha256:".utf8)) != nil)
        }
    }

    @Test("a broken registries.conf ends what reads registries, and nothing that reads media")
    func broken() async throws {
        try await withScene { scene, source in
            let published = try await ToolRelease().publish(to: source)
            try scene.write(ImageSetText.make(release: "\(published.payload)"), to: "isc.yaml")
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            try scene.write("[[registry\n", to: "registries.conf")
            let conf = ["CONTAINERS_REGISTRIES_CONF": scene.path("registries.conf")]
            let listing = ["list", "releases", "--repository", "\(published.payload.repository)"]
            for words in [["release", "info", "\(published.payload)"], listing] {
                let result = try await scene.ferry(arguments: words, with: conf, exits: 1)
                #expect(result.stderr.contains("registries.conf"), "\(result)")
            }
            try await scene.ferry("release", "info", "--from", "file://set", with: conf)
            try await scene.ferry("release", "extract", "--from", "file://set", "--command", "oc", with: conf)
        }
    }
}
