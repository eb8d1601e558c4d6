/// The media type of a manifest, config or layer.
package struct MediaType: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The type without parameters, in lower case.
    package let text: String

    /// Takes the text up to a `;`, trimmed and lower-cased.
    ///
    /// - Throws: `OCIModelError.invalidMediaType` when that is not `type/subtype` in visible ASCII of at most 255
    ///   characters.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        let core = text.prefix { $0 != ";" }
        let trimmed = String(core.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).lowercased()
        guard trimmed.utf8.count <= 255, trimmed.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            trimmed.split(separator: "/", omittingEmptySubsequences: false).count == 2,
            !trimmed.hasPrefix("/"), !trimmed.hasSuffix("/")
        else {
            throw OCIModelError(.invalidMediaType, subject: text, reason: "is not a media type")
        }
        self.text = trimmed
    }

    private init(known text: String) {
        self.text = text
    }

    package static let dockerManifest = MediaType(known: "application/vnd.docker.distribution.manifest.v2+json")
    package static let dockerManifestList = MediaType(known: "application/vnd.docker.distribution.manifest.list.v2+json")
    package static let dockerSchema1 = MediaType(known: "application/vnd.docker.distribution.manifest.v1+json")
    package static let dockerSignedSchema1 = MediaType(known: "application/vnd.docker.distribution.manifest.v1+prettyjws")
    package static let dockerConfig = MediaType(known: "application/vnd.docker.container.image.v1+json")
    package static let dockerLayerGzip = MediaType(known: "application/vnd.docker.image.rootfs.diff.tar.gzip")
    package static let dockerForeignLayer = MediaType(known: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
    package static let ociManifest = MediaType(known: "application/vnd.oci.image.manifest.v1+json")
    package static let ociIndex = MediaType(known: "application/vnd.oci.image.index.v1+json")
    package static let ociConfig = MediaType(known: "application/vnd.oci.image.config.v1+json")
    package static let ociLayer = MediaType(known: "application/vnd.oci.image.layer.v1.tar")
    package static let ociLayerGzip = MediaType(known: "application/vnd.oci.image.layer.v1.tar+gzip")
    package static let ociLayerZstd = MediaType(known: "application/vnd.oci.image.layer.v1.tar+zstd")
    package static let ociEmpty = MediaType(known: "application/vnd.oci.empty.v1+json")
    package static let octetStream = MediaType(known: "application/octet-stream")

    /// Every manifest type that Ferry reads; the `Accept` list of requests.
    package static let manifests: [MediaType] = [.ociIndex, .dockerManifestList, .ociManifest, .dockerManifest]

    /// Whether the type is a manifest list or an index.
    package var isIndex: Bool { self == .ociIndex || self == .dockerManifestList }

    /// Whether the type is a manifest of one image or artifact.
    package var isImageManifest: Bool { self == .ociManifest || self == .dockerManifest }

    /// Whether layers of this type are meant to be fetched from elsewhere and are not held by registries.
    ///
    /// https://github.com/opencontainers/image-spec/blob/main/layer.md#non-distributable-layers
    package var isNonDistributable: Bool { text.contains("nondistributable") || self == .dockerForeignLayer }

    package var description: String { text }

    /// Orders by text.
    package static func < (left: MediaType, right: MediaType) -> Bool { left.text < right.text }
}

extension MediaType: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
