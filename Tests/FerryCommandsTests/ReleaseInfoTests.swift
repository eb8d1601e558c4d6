import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import SamplePayload
import Testing

@Suite("Looking into releases")
struct ReleaseInfoTests {
    /// The parts of the JSON that scripts for `oc adm release info -o json` read.
    private struct Document: Decodable {
        struct Metadata: Decodable {
            let version: String
            let previous: [String]
        }

        struct Config: Decodable {
            let architecture: String
        }

        struct Version: Decodable, Equatable {
            let version: String
            let displayName: String

            private enum CodingKeys: String, CodingKey {
                case version = "Version"
                case displayName = "DisplayName"
            }
        }

        struct Image: Decodable {
            let image: String
            let digest: String
            let size: Int64?
            let ownSize: Int64?
            let layers: Int?
        }

        struct References: Decodable {
            struct Spec: Decodable {
                struct Tag: Decodable {
                    let name: String
                }

                let tags: [Tag]
            }

            let spec: Spec
        }

        struct Sizes: Decodable {
            let blobs: Int
            let total: Int64
        }

        let image: String
        let name: String
        let digest: String
        let contentDigest: String
        let listDigest: String?
        let manifests: Int
        let metadata: Metadata
        let config: Config
        let references: References
        let displayVersions: [String: Version]
        let images: [String: Image]
        let sizes: Sizes?
    }

    private func document(_ result: CommandResult) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(result.stdout.utf8))
    }

    @Test("a release is told in text and JSON, from the payload's top layer alone")
    func info() async throws {
        try await withScene { scene, source in
            let published = try await ToolRelease().publish(to: source)
            source.traffic.reset()
            let text = try await scene.ferry("release", "info", "docker://\(published.payload)").stdout
            #expect(source.traffic.counts.blobGets == 2, "config and one layer")
            let spec = "\(published.payload.repository)@\(published.digest)"
            for line in [
                "Name:       4.18.1", "Digest:     \(published.digest)", "OS/Arch:    linux/amd64", "Manifests:  1",
                "Pull From:  \(spec)", "  Upgrades:  4.17.9", "  kubernetes  1.31.4  The Orchestrator",
                "  cli                  \(published.components["cli"]?.description ?? "")",
            ] {
                #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)\n\(text)")
            }
            let json = try document(try await scene.ferry("release", "info", spec, "-o", "json"))
            #expect(json.image == spec && json.digest == "\(published.digest)" && json.contentDigest == json.digest)
            #expect(json.name == "4.18.1" && json.metadata.version == "4.18.1" && json.metadata.previous == ["4.17.9"])
            #expect(json.listDigest == nil && json.config.architecture == "amd64" && json.manifests == 1)
            #expect(json.displayVersions == ["kubernetes": .init(version: "1.31.4", displayName: "The Orchestrator")])
            #expect(json.references.spec.tags.map(\.name) == json.images.keys.sorted())
            #expect(json.sizes == nil && json.images["cli"]?.size == nil)
            let cli = try await scene.ferry("release", "info", spec, "--image-for", "cli").stdout
            #expect(cli == "\(source.name)/ocp/parts@\(published.components["cli"]?.description ?? "")\n")
            #expect(json.images["cli"]?.image == cli.trimmingCharacters(in: .whitespacesAndNewlines))
            let specs = try await scene.ferry("release", "info", spec, "--pullspecs", "--commits").stdout
            #expect(specs.contains("/ocp/parts@sha256:"))
        }
    }

    @Test(
        "sizes are those of the manifests, shared layers once in the sum; a list is opened for the platform asked for"
    )
    func sizesOfLists() async throws {
        try await withScene { scene, source in
            let release = try await source.publishRelease(images: 4, multi: true)
            source.traffic.reset()
            let result = try await scene.ferry(
                "release",
                "info",
                release.name,
                "--platform",
                "linux/arm64",
                "--size",
                "--output",
                "json"
            )
            let json = try document(result)
            #expect(json.config.architecture == "arm64")
            #expect(json.listDigest == release.payload.digest?.description && json.digest != json.listDigest)
            #expect(json.image == "\(release.payload.repository)@\(json.listDigest ?? "")")
            let sizes = try #require(json.sizes)
            let sum = json.images.values.reduce(0) { $0 + ($1.size ?? 0) }
            let own = json.images.values.reduce(0) { $0 + ($1.ownSize ?? 0) }
            #expect(own < sizes.total && sizes.total < sum)
            #expect(source.traffic.counts.blobGets == 2, "no layer of a component is read")
            let text = try await scene.ferry("release", "info", release.name, "--size").stdout
            #expect(text.contains("multi (linux/amd64)") && text.contains("LAYERS  SIZE") && text.contains("\nSize: "))
            let other = try await scene.ferry("release", "info", release.name, "--platform", "linux/s390x", exits: 1)
            #expect(other.stderr.contains("has no image for linux/s390x"))
        }
    }

    @Test("what differs from an earlier release is told in text and JSON")
    func diff() async throws {
        try await withScene { scene, source in
            let old = try await ToolRelease().publish(to: source)
            var release = ToolRelease()
            release.version = "4.18.2"
            release.files["cli"] = [("usr/bin/oc", [1, 2, 3])]
            release.files["installer"] = nil
            release.files["etcd"] = [("usr/bin/etcd", [4])]
            let new = try await release.publish(to: source)
            let words = ["release", "info", "\(new.payload)", "--diff", "\(old.payload)"]
            let text = try await scene.ferry(arguments: words + ["--size"]).stdout
            #expect(text.contains("Images: 1 added, 1 removed, 1 changed, 2 the same"), "\(text)")
            #expect(
                text.contains("Size: ") && text.contains("Changed images:\n  NAME  DIGEST")
                    && text.contains("\n  cli   ")
            )
            #expect(text.contains("names no update from 4.18.1"))
            struct Difference: Decodable {
                struct Image: Decodable {
                    let name: String
                }

                struct Change: Decodable {
                    let name: String
                    let oldDigest: String
                    let newDigest: String
                }

                struct Sizes: Decodable {
                    let old: Int64
                    let new: Int64
                    let gained: Int64
                    let dropped: Int64
                }

                let added: [Image]
                let removed: [Image]
                let changed: [Change]
                let unchanged: Int
                let isEqual: Bool
                let isUpgrade: Bool
                let sizes: Sizes?
            }
            func difference(_ more: [String]) async throws -> Difference {
                let result = try await scene.ferry(arguments: words + ["-o", "json"] + more)
                return try JSONDecoder().decode(Difference.self, from: Data(result.stdout.utf8))
            }
            let json = try await difference([])
            #expect(json.added.map(\.name) == ["etcd"] && json.removed.map(\.name) == ["installer"])
            #expect(json.changed.map(\.name) == ["cli"] && json.unchanged == 2 && !json.isEqual && !json.isUpgrade)
            #expect(json.changed.first?.oldDigest == old.components["cli"]?.description)
            #expect(json.changed.first?.newDigest == new.components["cli"]?.description)
            #expect(json.sizes == nil)
            let sizes = try #require(try await difference(["--size"]).sizes)
            #expect(sizes.new - sizes.old == sizes.gained - sizes.dropped && sizes.gained > 0)
            let same = try await scene.ferry("release", "info", "\(old.payload)", "--diff", "\(old.payload)").stdout
            #expect(same.contains("The releases are the same."))
        }
    }

    @Test("a media set is looked into by itself, with nobody else to ask; programs come out of it too")
    func mediaSet() async throws {
        try await withScene { scene in
            let payload = try await withRegistry { source in
                let published = try await ToolRelease().publish(to: source)
                try scene.write(ImageSetText.make(release: "\(published.payload)"), to: "isc.yaml")
                try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
                return published.payload
            }
            for reference in [[], ["\(payload)"], ["4.18.1"], ["4.18.1-x86_64"], ["docker://\(payload)"]] {
                let result = try await scene.ferry(
                    arguments: ["release", "info", "--from", "file://set", "--size"] + reference
                )
                #expect(result.stdout.contains("Name:       4.18.1"), "\(reference) \(result)")
            }
            try await scene.ferry("release", "extract", "--from", "file://set", "--command", "openshift-install")
            let program = try Array(scene.bytes("openshift-install"))
            #expect(program.firstRange(of: Array("\(payload.repository)@sha256:".utf8)) != nil)
            try await scene.ferry("release", "extract", "--from", "file://set", "--to", "out")
            #expect(scene.names(in: "out") == ["0000_50_x.yaml", "image-references", "release-metadata"])
            let other = try await scene.ferry("release", "info", "--from", "file://set", "4.18.9", exits: 1)
            #expect(other.stderr.contains("has no release 4.18.9; it has \(payload)"), "\(other)")
            try await scene.ferry("release", "info", "--from", "set", exits: 1)
            try await scene.ferry("release", "info", "--from", "file://nothing", exits: 1)
        }
    }

    @Test("what Ferry mirrored is looked into at the mirror, when the first place is gone")
    func mirror() async throws {
        try await withScene { scene in
            try await withRegistry { target in
                try await withRegistry { source in
                    let release = try await source.publishRelease(images: 3)
                    try scene.write(ImageSetText.make(release: release.name), to: "isc.yaml")
                    try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        "--workspace",
                        "file://w",
                        "docker://\(target.name)/lab"
                    )
                }
                let payload = "\(target.name)/lab/openshift/release-images:4.18.1-x86_64"
                let result = try await scene.ferry("release", "info", payload, "--size", "--retry-times", "0")
                #expect(result.stdout.contains("distinct blobs of 3 images"), "\(result)")
            }
        }
    }

    @Test("options that do not go together, and words that are no release, are refused")
    func mistakes() async throws {
        try await withScene { scene, source in
            let cases: [([String], String)] = [
                ([], "name a release"), (["\(source.name)/a"], "needs a tag or a digest"),
                (["\(source.name)/a:v1"], "there is no release"), (["a b"], "is not"),
                (["\(source.name)/a:v1", "--image-for", "x", "--size"], "--image-for"),
                (["\(source.name)/a:v1", "--diff", "x", "--commits"], "--diff"),
                (["\(source.name)/a:v1", "-o", "yaml"], "--output must be text or json"),
                (["\(source.name)/a:v1", "--platform", "linux"], "linux"),
                (["\(source.name)/a:v1", "--mirror", "x/y:v1"], "--mirror names a repository"),
                (["\(source.name)/a:v1", "--set", "x"], "--set"),
            ]
            for (words, message) in cases {
                let result = try await scene.ferry(arguments: ["release", "info"] + words, exits: 1)
                #expect(result.stderr.contains(message), "\(words) \(result)")
                #expect(result.stdout.isEmpty)
            }
        }
    }
}
