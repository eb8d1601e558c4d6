import Foundation
package import ImageStorage
package import OCIModel

/// A small image or artifact in memory: config, layers and the manifest that names them.
package struct TestImage: Sendable {
    /// The config.
    package let config: TestBlob
    /// The layers, in order.
    package let layers: [TestBlob]
    /// The manifest.
    package let manifest: ManifestDocument

    /// Makes an image of some layers.
    ///
    /// - Parameters:
    ///   - layers: the layers; two small ones made of `seed` when nil.
    ///   - seed: makes otherwise equal images differ.
    ///   - mediaType: `.ociManifest` or `.dockerManifest`.
    ///   - subject: what the image says something about.
    ///   - artifactType: written into the manifest.
    ///   - annotations: written into the manifest.
    /// - Throws: `OpenSSLError`, `OCIModelError`, `EncodingError`.
    package init(
        layers: [TestBlob]? = nil,
        seed: UInt64 = 1,
        mediaType: MediaType = .ociManifest,
        subject: Descriptor? = nil,
        artifactType: String? = nil,
        annotations: [String: String] = [:]
    ) throws {
        let isDocker = mediaType == .dockerManifest
        let layerType: MediaType = isDocker ? .dockerLayerGzip : .ociLayerGzip
        self.layers =
            try layers ?? [
                TestBlob(seed: seed &* 2 &+ 1000, size: 3000, mediaType: layerType),
                TestBlob(seed: seed &* 2 &+ 1001, size: 70_000, mediaType: layerType),
            ]
        let text = #"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"seed":\#(seed)}"#
        config = try TestBlob(Array(text.utf8), mediaType: isDocker ? .dockerConfig : .ociConfig)
        manifest = try Self.document(
            ManifestJSON(
                mediaType: mediaType,
                artifactType: artifactType,
                config: DescriptorJSON(config.descriptor),
                layers: self.layers.map { DescriptorJSON($0.descriptor) },
                manifests: nil,
                subject: subject.map { DescriptorJSON($0) },
                annotations: annotations.isEmpty ? nil : annotations
            )
        )
    }

    /// All blobs, config first.
    package var blobs: [TestBlob] { [config] + layers }

    /// How the manifest is named in an index.
    ///
    /// - Throws: `OCIModelError`.
    package func descriptor(platform: Platform? = nil) throws -> Descriptor {
        try Descriptor(
            mediaType: manifest.mediaType,
            digest: manifest.digest,
            size: manifest.size,
            platform: platform
        )
    }

    /// An index of some manifests.
    ///
    /// - Throws: `OpenSSLError`, `OCIModelError`, `EncodingError`.
    package static func index(of children: [Descriptor], mediaType: MediaType = .ociIndex) throws -> ManifestDocument {
        try document(
            ManifestJSON(
                mediaType: mediaType,
                artifactType: nil,
                config: nil,
                layers: nil,
                manifests: children.map { DescriptorJSON($0) },
                subject: nil,
                annotations: nil
            )
        )
    }

    /// Writes blobs and manifest.
    ///
    /// - Throws: what the target throws.
    package func write(to target: some ImageTarget, in repository: RepositoryPath, tag: Tag? = nil) async throws {
        for blob in blobs { try await blob.write(to: target, in: repository) }
        try await target.writeManifest(manifest, to: repository, tag: tag)
    }

    private static func document(_ manifest: ManifestJSON) throws -> ManifestDocument {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = [UInt8](try encoder.encode(manifest))
        return try ManifestDocument(verifying: bytes, contentType: manifest.mediaType, expected: nil)
    }
}

private struct ManifestJSON: Encodable {
    var schemaVersion = 2
    let mediaType: MediaType
    let artifactType: String?
    let config: DescriptorJSON?
    let layers: [DescriptorJSON]?
    let manifests: [DescriptorJSON]?
    let subject: DescriptorJSON?
    let annotations: [String: String]?
}

private struct DescriptorJSON: Encodable {
    struct PlatformJSON: Encodable {
        let os: String
        let architecture: String
        let variant: String?
    }

    let mediaType: MediaType
    let digest: Digest
    let size: Int64
    let platform: PlatformJSON?

    init(_ descriptor: Descriptor) {
        mediaType = descriptor.mediaType
        digest = descriptor.digest
        size = descriptor.size
        platform = descriptor.platform.map {
            PlatformJSON(os: $0.os, architecture: $0.architecture, variant: $0.variant)
        }
    }
}
