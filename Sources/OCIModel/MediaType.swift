/// The media type of a manifest, config or layer.
package struct MediaType: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The type without parameters, in lower case.
    package let text: String

    /// Takes the text up to a `;`, trimmed and lower-cased.
    ///
    /// - Throws: `OCIModelError.invalidMediaType` when that is not `type/subtype` in visible ASCII of at most 255
    ///   characters.
    package init(_ text: some StringProtocol) throws(OCIModelError) {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var core = Array(text.utf8.prefix { $0 != UInt8(ascii: ";") }.drop(while: isSpace))
        while let last = core.last, isSpace(last) { core.removeLast() }
        // Checked before the case is changed: "K" has a twin outside of ASCII that becomes a plain "k".
        let parts = core.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard core.count <= 255, core.allSatisfy({ (0x21...0x7e).contains($0) }),
            parts.count == 2, parts.allSatisfy({ !$0.isEmpty })
        else {
            throw OCIModelError(.invalidMediaType, subject: text, reason: "is not a media type")
        }
        self.text = String(decoding: core, as: UTF8.self).lowercased()
    }

    private init(known text: String) {
        self.text = text
    }

    /// Docker manifest of schema version 2.
    package static let dockerManifest = MediaType(known: "application/vnd.docker.distribution.manifest.v2+json")
    /// Docker manifest list.
    package static let dockerManifestList = MediaType(
        known: "application/vnd.docker.distribution.manifest.list.v2+json"
    )
    /// Config of a Docker image.
    package static let dockerConfig = MediaType(known: "application/vnd.docker.container.image.v1+json")
    /// Docker layer, tar with gzip.
    package static let dockerLayerGzip = MediaType(known: "application/vnd.docker.image.rootfs.diff.tar.gzip")
    /// Docker layer that is fetched from elsewhere.
    package static let dockerForeignLayer = MediaType(
        known: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    )
    /// OCI image manifest.
    package static let ociManifest = MediaType(known: "application/vnd.oci.image.manifest.v1+json")
    /// OCI image index.
    package static let ociIndex = MediaType(known: "application/vnd.oci.image.index.v1+json")
    /// Config of an OCI image.
    package static let ociConfig = MediaType(known: "application/vnd.oci.image.config.v1+json")
    /// OCI layer, plain tar.
    package static let ociLayer = MediaType(known: "application/vnd.oci.image.layer.v1.tar")
    /// OCI layer, tar with gzip.
    package static let ociLayerGzip = MediaType(known: "application/vnd.oci.image.layer.v1.tar+gzip")
    /// OCI layer, tar with Zstandard.
    package static let ociLayerZstd = MediaType(known: "application/vnd.oci.image.layer.v1.tar+zstd")
    /// Bytes of no known kind.
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

    /// The text.
    package var description: String { text }

    /// Orders by text.
    package static func < (left: MediaType, right: MediaType) -> Bool { left.text < right.text }
}

extension MediaType: Codable {
    /// Decodes the text form.
    ///
    /// - Throws: `OCIModelError.invalidMediaType` when it is no media type.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
