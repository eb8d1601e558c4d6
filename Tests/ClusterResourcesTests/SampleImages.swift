import OCIModel

@testable import ClusterResources

/// Images as the tests need them.
enum SampleImages {
    static let author = ResourceAuthor(version: "0.1.0")
    static let mirror = "mirror.lab:5000/ocp"

    static func digest(_ digit: Character) -> String { "sha256:" + String(repeating: digit, count: 64) }

    static func image(
        _ origin: String,
        _ destination: String,
        tags: [String] = [],
        _ group: ImageGroup = .generic,
        digest: String? = nil
    ) throws -> MirroredImage {
        MirroredImage(
            origin: try ImageReference(origin),
            destination: try Repository(destination),
            tags: try tags.map { try Tag($0) },
            group: group,
            digest: try digest.map { try Digest($0) }
        )
    }

    /// A release, operator images with their paths kept, and additional images of all forms.
    static func mixed() throws -> [MirroredImage] {
        [
            try image(
                "quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64",
                "\(mirror)/openshift/release-images",
                tags: ["4.18.1-x86_64"],
                .releasePayload
            ),
            try image(
                "quay.io/openshift-release-dev/ocp-v4.0-art-dev@\(digest("1"))",
                "\(mirror)/openshift/release",
                tags: ["4.18.1-x86_64-etcd"],
                .releaseContent
            ),
            try image(
                "quay.io/openshift-release-dev/ocp-v4.0-art-dev@\(digest("2"))",
                "\(mirror)/openshift/release",
                tags: ["4.18.1-x86_64-cli"],
                .releaseContent
            ),
            try image(
                "registry.example.com/acme-ops/operator-bundle@\(digest("3"))",
                "\(mirror)/acme-ops/operator-bundle",
                .operator
            ),
            try image(
                "registry.example.com/acme-ops/operator@\(digest("4"))",
                "\(mirror)/acme-ops/operator",
                .operator
            ),
            try image(
                "quay.io/acme/tool:v2@\(digest("5"))",
                "\(mirror)/acme/tool",
                tags: ["v2"]
            ),
            try image("docker.io/library/nginx:1.27", "\(mirror)/nginx", tags: ["1.27"]),
            try image("quay.io/acme/web:latest", "\(mirror)/acme/web", tags: ["latest"]),
            try image("quay.io/acme/app:1", "\(mirror)/elsewhere/app", tags: ["1"]),
            try image("registry.lab:8443/single:1", "\(mirror)/single", tags: ["1"]),
        ]
    }
}
