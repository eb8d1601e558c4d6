import Foundation

extension Manifest {
    /// The largest manifest that is read unless configured otherwise, in bytes (4 MiB).
    package static let defaultMaximumSize = 4 << 20

    /// Decodes manifest bytes of any supported type.
    ///
    /// The kind is found in the body: its `mediaType` if it has one, else its members. `contentType`, which servers
    /// get wrong, decides only between the OCI and Docker spelling when the body does not say, and whether a body
    /// whose `manifests` is null is an empty index.
    ///
    /// - Parameters:
    ///   - bytes: the body as received.
    ///   - contentType: the `Content-Type` it came with, if any.
    /// - Throws: `OCIModelError.invalidManifest`, with the member at fault; `.unsupportedManifest` for schema version 1
    ///   and unknown kinds. No other code.
    package init(decoding bytes: some Collection<UInt8>, contentType: MediaType?) throws(OCIModelError) {
        let wire: ManifestWire
        do {
            wire = try JSONDecoder().decode(ManifestWire.self, from: Data(bytes))
        } catch {
            throw OCIModelError(
                .invalidManifest,
                subject: String(decoding: bytes.prefix(80), as: UTF8.self),
                reason: "is not the JSON of a manifest: \(ManifestWire.sentence(of: error))"
            )
        }
        try self.init(wire, contentType: contentType)
    }

    private init(_ wire: ManifestWire, contentType: MediaType?) throws(OCIModelError) {
        try Self.checkSupport(wire)
        let stated = wire.mediaType ?? contentType
        let isIndex = wire.manifests != nil || (wire.hasNullManifests && wire.config == nil && stated?.isIndex == true)
        guard isIndex != (wire.config != nil) else {
            throw OCIModelError(
                .invalidManifest,
                subject: wire.mediaType?.text ?? "manifest",
                reason: isIndex ? "has both \"manifests\" and \"config\"" : "has neither \"manifests\" nor \"config\""
            )
        }
        if let named = wire.mediaType, named.isIndex != isIndex {
            throw OCIModelError(
                .invalidManifest,
                subject: named.text,
                reason: "does not fit the members of the manifest"
            )
        }
        let isDocker = stated?.text.contains("docker") ?? false
        if let config = wire.config {
            mediaType = isDocker ? .dockerManifest : .ociManifest
            content = .image(config: config.descriptor, layers: (wire.layers ?? []).map(\.descriptor))
            artifactType = wire.artifactType ?? Self.artifactType(of: config.descriptor)
        } else {
            mediaType = isDocker ? .dockerManifestList : .ociIndex
            content = .index(manifests: (wire.manifests ?? []).map(\.descriptor))
            artifactType = wire.artifactType
        }
        subject = wire.subject?.descriptor
        annotations = wire.annotations ?? [:]
    }

    private static func checkSupport(_ wire: ManifestWire) throws(OCIModelError) {
        guard wire.schemaVersion != 1 else {
            throw OCIModelError(
                .unsupportedManifest,
                subject: "schemaVersion 1",
                reason: "is the old Docker format of 2015; such an image must be pushed again with a current tool"
            )
        }
        if let named = wire.mediaType, !named.isIndex, !named.isImageManifest {
            throw OCIModelError(
                .unsupportedManifest,
                subject: named.text,
                reason: "is a manifest type that registries do not take"
            )
        }
        guard wire.schemaVersion == 2 else {
            throw OCIModelError(
                .unsupportedManifest,
                subject: "schemaVersion \(wire.schemaVersion.map { "\($0)" } ?? "missing")",
                reason: "is not supported: manifests have schemaVersion 2"
            )
        }
    }

    /// The config's type stands for the artifact type when none is written (image-spec 1.1, `artifactType`).
    private static func artifactType(of config: Descriptor) -> String? {
        config.mediaType == .ociConfig || config.mediaType == .dockerConfig ? nil : config.mediaType.text
    }
}
