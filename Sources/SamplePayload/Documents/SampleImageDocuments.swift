import ImageStorage
import OCIModel

/// An image config.
///
/// https://github.com/opencontainers/image-spec/blob/main/config.md
struct SampleConfig: Encodable {
    struct Config: Encodable {
        var labels: [String: String]

        private enum CodingKeys: String, CodingKey {
            case labels = "Labels"
        }
    }

    struct RootFS: Encodable {
        var type = "layers"
        var diffIDs: [Digest]

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    var architecture: String
    var os = "linux"
    var created = SampleDates.created
    var config: Config
    var rootfs: RootFS
}

/// When everything in a sample was made.
enum SampleDates {
    static let created = "2025-01-01T00:00:00Z"
}

/// A manifest of an image.
struct SampleManifest: Encodable {
    var schemaVersion = 2
    var mediaType: MediaType
    var config: SampleDescriptor
    var layers: [SampleDescriptor]
}

/// A manifest list.
struct SampleManifestList: Encodable {
    var schemaVersion = 2
    var mediaType = MediaType.dockerManifestList
    var manifests: [SampleDescriptor]
}

/// A descriptor in a document.
struct SampleDescriptor: Encodable {
    struct Platform: Encodable {
        var architecture: String
        var os = "linux"
    }

    var mediaType: MediaType
    var digest: Digest
    var size: Int64
    var platform: Platform?
    var annotations: [String: String]?

    /// The descriptor of a blob.
    init(_ blob: Descriptor, annotations: [String: String]? = nil) {
        mediaType = blob.mediaType
        digest = blob.digest
        size = blob.size
        self.annotations = annotations
    }

    /// The entry of a manifest in a list.
    init(_ document: ManifestDocument, _ architecture: SampleArchitecture) {
        mediaType = document.mediaType
        digest = document.digest
        size = document.size
        platform = Platform(architecture: architecture.goName)
    }
}

extension ManifestDocument {
    /// Encodes a manifest of the sample.
    init(sample document: some Encodable) throws {
        try self.init(verifying: try SampleJSON.encode(document), contentType: nil, expected: nil)
    }
}
