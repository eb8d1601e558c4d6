import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

@testable import RegistryServer

@Suite("Other people's tools", .enabled(if: toolPath("skopeo") != nil))
struct InteropTests {
    /// A folder with a policy that lets skopeo copy anything.
    private func withSkopeo(
        _ body: (String, ([String]) async throws -> CommandResult) async throws -> Void
    ) async throws {
        let skopeo = try requireTool("skopeo")
        try await withTemporaryFolder { scratch in
            let policy = "\(scratch)/policy.json"
            try #"{"default":[{"type":"insecureAcceptAnything"}]}"#
                .write(toFile: policy, atomically: true, encoding: .utf8)
            try await body(scratch) { arguments in
                try await runProcess(skopeo, ["--policy", policy, "--tmpdir", scratch] + arguments)
            }
        }
    }

    /// Two images under an index, one of them of Docker's type.
    private func writeContent(to store: any TestStore) async throws -> ManifestDocument {
        let repository = try RepositoryPath("team/app")
        let images = try [TestImage(seed: 1), TestImage(seed: 2)]
        for image in images { try await image.write(to: store, in: repository) }
        let index = try TestImage.index(
            of: [
                try images[0].descriptor(platform: Platform("linux/amd64")),
                try images[1].descriptor(platform: Platform("linux/arm64")),
            ]
        )
        try await store.writeManifest(index, to: repository, tag: try Tag("multi"))
        let docker = try TestImage(seed: 3, mediaType: .dockerManifest)
        try await docker.write(to: store, in: repository, tag: try Tag("docker"))
        return index
    }

    @Test("skopeo copies out, in again, lists and inspects")
    func skopeo() async throws {
        try await withSkopeo { scratch, skopeo in
            try await withRegistry(.folder("\(scratch)/store")) { registry in
                let index = try await writeContent(to: registry.store)
                let name = registry.address.description
                let out = try await skopeo(
                    [
                        "copy", "--all", "--preserve-digests", "--src-tls-verify=false",
                        "docker://\(name)/team/app:multi", "oci:\(scratch)/out:x",
                    ]
                )
                try #require(out.status == 0, "\(out)")
                let back = try await skopeo(
                    [
                        "copy", "--all", "--preserve-digests", "--dest-tls-verify=false", "oci:\(scratch)/out:x",
                        "docker://\(name)/other/place:v1",
                    ]
                )
                try #require(back.status == 0, "\(back)")
                let other = try RepositoryPath("other/place")
                #expect(try await registry.store.readBack(.tag(Tag("v1")), in: other) == index.digest)
                for child in index.manifest.children {
                    #expect(try await registry.store.readBack(.digest(child.digest), in: other) == child.digest)
                }

                let tags = try await skopeo(["list-tags", "--tls-verify=false", "docker://\(name)/team/app"])
                #expect(tags.stdout.contains("multi") && tags.stdout.contains("docker"))
                let inspected = try await skopeo([
                    "inspect", "--tls-verify=false", "--raw", "docker://\(name)/team/app:multi",
                ])
                #expect(Array(inspected.stdout.utf8) == index.bytes)
                let docker = try await skopeo(
                    [
                        "copy", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://\(name)/team/app:docker",
                        "docker://\(name)/mounted:docker",
                    ]
                )
                #expect(docker.status == 0, "\(docker)")
                let gone = try await skopeo(["delete", "--tls-verify=false", "docker://\(name)/mounted:docker"])
                #expect(gone.status == 0, "\(gone)")
                #expect(try await registry.store.tags(in: try RepositoryPath("mounted")) == [])
            }
        }
    }

    @Test("the folder of a closed store is a layout that skopeo reads, and may add to")
    func layout() async throws {
        try await withSkopeo { scratch, skopeo in
            let folder = "\(scratch)/store"
            let index = try await withRegistry(.folder(folder)) { try await writeContent(to: $0.store) }
            let out = try await skopeo(["copy", "--all", "oci:\(folder):team/app:multi", "oci:\(scratch)/out:y"])
            try #require(out.status == 0, "\(out)")
            let added = try await skopeo(["copy", "oci:\(scratch)/out:y", "oci:\(folder):added/by:skopeo"])
            try #require(added.status == 0, "\(added)")
            let store = try await FolderStore.open(at: folder)
            #expect(try await store.readBack(.tag(Tag("multi")), in: RepositoryPath("team/app")) == index.digest)
            #expect(try await store.tags(in: RepositoryPath("added/by")).map(\.text) == ["skopeo"])
            try await store.close()
        }
    }

    @Test("over TLS with a user", .enabled(if: toolPath("openssl") != nil))
    func tls() async throws {
        try await withSkopeo { scratch, skopeo in
            let (key, certificate) = ("\(scratch)/key.pem", "\(scratch)/ca.crt")
            let made = try await runProcess(
                try requireTool("openssl"),
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
                ]
            )
            try #require(made.status == 0, "\(made)")
            let files = RegistryServer.TLSFiles(certificate: certificate, key: key)
            try await withRegistry(users: ["ann:secret"], tls: files) { registry in
                let index = try await writeContent(to: registry.store)
                #expect(registry.address.url.hasPrefix("https://"))
                let source = "docker://\(registry.address)/team/app:multi"
                let refused = try await skopeo(["inspect", "--raw", "--cert-dir", scratch, source])
                #expect(refused.status != 0)
                let read = try await skopeo([
                    "inspect", "--raw", "--cert-dir", scratch, "--creds", "ann:secret", source,
                ])
                #expect(Array(read.stdout.utf8) == index.bytes, "\(read)")
            }
        }
    }

    @Test("docker-registry runs beside it", .enabled(if: toolPath("docker-registry") != nil))
    func dockerRegistry() async throws {
        try await withSkopeo { _, skopeo in
            try await withRegistry { registry in
                let index = try await writeContent(to: registry.store)
                try await withDockerRegistry { other in
                    let source = "docker://\(registry.address)/team/app:multi"
                    let target = "docker://\(other.text)/copy:v1"
                    let verify = ["--src-tls-verify=false", "--dest-tls-verify=false"]
                    let copied = try await skopeo(["copy", "--all", "--preserve-digests"] + verify + [source, target])
                    try #require(copied.status == 0, "\(copied)")
                    let read = try await skopeo(["inspect", "--tls-verify=false", "--raw", target])
                    #expect(Array(read.stdout.utf8) == index.bytes)
                }
            }
        }
    }
}
