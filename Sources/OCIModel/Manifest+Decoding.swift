import Foundation

extension Manifest {
    /// The largest manifest that is read unless configured otherwise, in bytes (4 MiB).
    package static let defaultMaximumSize = 4 << 20

    /// Decodes manifest bytes of any supported type.
    ///
    /// The kind is found in the body: its `mediaType` if it has one, else its members. `contentType`, which servers
    /// get wrong, decides only between the OCI and Docker spelling when the body does not say.
    ///
    /// - Parameters:
    ///   - bytes: the body as received.
    ///   - contentType: the `Content-Type` it came with, if any.
    /// - Throws: `OCIModelError.invalidManifest`; `.unsupportedManifest` for schema version 1 and unknown kinds.
    package init(decoding bytes: some Collection<UInt8>, contentType: MediaType?) throws(OCIModelError) {
        let wire: Wire
        do {
            wire = try JSONDecoder().decode(Wire.self, from: Data(bytes))
        } catch let error as OCIModelError {
            throw error
        } catch {
            throw OCIModelError(
                .invalidManifest,
                subject: String(decoding: bytes.prefix(80), as: UTF8.self),
                reason: "is not the JSON of a manifest: \(Self.sentence(of: error))"
            )
        }
        try self.init(wire, contentType: contentType)
    }

    private init(_ wire: Wire, contentType: MediaType?) throws(OCIModelError) {
        guard wire.schemaVersion == 2 else {
            throw OCIModelError(
                .unsupportedManifest,
                subject: "schemaVersion \(wire.schemaVersion.map { "\($0)" } ?? "missing")",
                reason: wire.schemaVersion == 1
                    ? "is the old Docker format of 2015; such an image must be pushed again with a current tool"
                    : "is not supported: manifests have schemaVersion 2"
            )
        }
        let isIndex = wire.manifests != nil
        guard isIndex != (wire.config != nil) else {
            throw OCIModelError(
                .invalidManifest,
                subject: "manifest",
                reason: isIndex ? "has both \"manifests\" and \"config\"" : "has neither \"manifests\" nor \"config\""
            )
        }
        let stated = wire.mediaType ?? contentType
        let isDocker = stated?.text.contains("docker") ?? false
        if let named = wire.mediaType, !named.isIndex, !named.isImageManifest {
            throw OCIModelError(.unsupportedManifest, subject: named.text, reason: "is a manifest type that registries do not take")
        }
        if let named = wire.mediaType, named.isIndex != isIndex {
            throw OCIModelError(.invalidManifest, subject: named.text, reason: "does not fit the members of the manifest")
        }
        if let manifests = wire.manifests {
            mediaType = isDocker ? .dockerManifestList : .ociIndex
            content = .index(manifests: manifests.map(\.descriptor))
            artifactType = wire.artifactType
        } else if let config = wire.config {
            mediaType = isDocker ? .dockerManifest : .ociManifest
            content = .image(config: config.descriptor, layers: (wire.layers ?? []).map(\.descriptor))
            artifactType = wire.artifactType ?? Self.artifactType(of: config.descriptor)
        } else {
            throw OCIModelError(.invalidManifest, subject: "manifest", reason: "has no content")
        }
        subject = wire.subject?.descriptor
        annotations = wire.annotations ?? [:]
    }

    /// The config's type stands for the artifact type when none is written (image-spec 1.1, `artifactType`).
    private static func artifactType(of config: Descriptor) -> String? {
        config.mediaType == .ociConfig || config.mediaType == .dockerConfig ? nil : config.mediaType.text
    }

    private static func sentence(of error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            "\(path(context.codingPath + [key])) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(path(context.codingPath)) has the wrong type"
        default: "it is malformed"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        let text = keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return text.isEmpty ? "the document" : text
    }
}

/// The members of all four manifest types together.
private struct Wire: Decodable {
    var schemaVersion: Int?
    var mediaType: MediaType?
    var artifactType: String?
    var config: WireDescriptor?
    var layers: [WireDescriptor]?
    var manifests: [WireDescriptor]?
    var subject: WireDescriptor?
    var annotations: [String: String]?
}

/// A descriptor as JSON has it.
private struct WireDescriptor: Decodable {
    let descriptor: Descriptor

    private enum Key: String, CodingKey {
        case mediaType
        case digest
        case size
        case platform
        case artifactType
        case annotations
    }

    private struct WirePlatform: Decodable {
        var os: String?
        var architecture: String?
        var variant: String?
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let platform = try container.decodeIfPresent(WirePlatform.self, forKey: .platform)
        descriptor = try Descriptor(
            mediaType: container.decodeIfPresent(MediaType.self, forKey: .mediaType) ?? .octetStream,
            digest: container.decode(Digest.self, forKey: .digest),
            size: container.decode(Int64.self, forKey: .size),
            platform: platform.flatMap { wire in
                guard let os = wire.os, let architecture = wire.architecture, !os.isEmpty, !architecture.isEmpty else {
                    return nil
                }
                return try Platform(os: os, architecture: architecture, variant: wire.variant)
            },
            artifactType: container.decodeIfPresent(String.self, forKey: .artifactType),
            annotations: container.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
        )
    }
}
