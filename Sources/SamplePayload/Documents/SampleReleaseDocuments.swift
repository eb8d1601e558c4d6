import OCIModel

/// The files of a payload's top layer.
struct SampleReleaseDocuments {
    /// The version of the release.
    let version: String
    /// The components in the order of their names.
    let components: [SampleComponent]

    /// `image-references`, an `ImageStream` as real payloads have it.
    func imageReferences() throws -> [UInt8] {
        try SampleJSON.encode(
            ImageStream(
                metadata: .init(name: version, creationTimestamp: SampleDates.created, annotations: nil),
                spec: .init(
                    lookupPolicy: ["local": false],
                    tags: components.map { component in
                        .init(
                            name: component.name,
                            annotations: [
                                "io.openshift.build.commit.id": "\(component.reference.digest?.hex.prefix(40) ?? "")",
                                "io.openshift.build.commit.ref": "",
                                "io.openshift.build.source-location": "https://example.com/openshift/\(component.name)",
                            ],
                            from: .init(name: component.reference.description)
                        )
                    }
                )
            )
        )
    }

    /// `release-metadata`; the earlier patches of the same minor version may be updated to this one.
    func releaseMetadata() throws -> [UInt8] {
        try SampleJSON.encode(
            Metadata(
                version: version,
                previous: earlierVersions(),
                metadata: ["url": "https://example.com/errata/\(version)"]
            )
        )
    }

    /// The boot images ConfigMap, with the last component as KubeVirt image.
    func bootImages() throws -> [UInt8] {
        let image = components.last?.reference.description ?? ""
        let stream = BootStream(
            stream: "sample",
            architectures: ["x86_64": .init(images: ["kubevirt": .init(release: version, image: image)])]
        )
        let json = String(decoding: try SampleJSON.encode(stream), as: UTF8.self)
        let text = """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: coreos-bootimages
              namespace: openshift-machine-config-operator
            data:
              releaseVersion: "\(version)"
              stream: |
                \(json)

            """
        return Array(text.utf8)
    }

    private func earlierVersions() -> [String] {
        let parts = version.split(separator: ".")
        guard parts.count == 3, let patch = Int(parts[2]), (0...1000).contains(patch) else { return [] }
        return (0..<patch).map { "\(parts[0]).\(parts[1]).\($0)" }
    }

    private struct ImageStream: Encodable {
        struct Metadata: Encodable {
            var name: String
            var creationTimestamp: String
            var annotations: [String: String]?
        }

        struct Spec: Encodable {
            var lookupPolicy: [String: Bool]
            var tags: [TagReference]
        }

        struct TagReference: Encodable {
            struct From: Encodable {
                var kind = "DockerImage"
                var name: String
            }

            var name: String
            var annotations: [String: String]
            var from: From
            var importPolicy: [String: String] = [:]
            var referencePolicy = ["type": ""]
        }

        var apiVersion = "image.openshift.io/v1"
        var kind = "ImageStream"
        var metadata: Metadata
        var spec: Spec
        var status = ["dockerImageRepository": ""]
    }

    private struct Metadata: Encodable {
        var kind = "cincinnati-metadata-v0"
        var version: String
        var previous: [String]
        var metadata: [String: String]
    }

    private struct BootStream: Encodable {
        struct Architecture: Encodable {
            var images: [String: Image]
        }

        struct Image: Encodable {
            var release: String
            var image: String

            private enum CodingKeys: String, CodingKey {
                case release
                case image = "digest-ref"
            }
        }

        var stream: String
        var architectures: [String: Architecture]
    }
}
