import ImageStorage
import OCIModel
import OpenSSLCrypto

/// Puts a layer of graph data on top of images, so that they copy the data to where the update service reads them.
///
/// Same layer and same base give the same digests on every machine. What is made has OCI types, whatever the base has.
///
/// https://github.com/opencontainers/image-spec/blob/main/config.md
package struct GraphImageBuilder: Sendable {
    /// What a container of the image runs: the pods of the update service share a volume with it.
    static let command = [
        "/bin/bash", "-c", "exec cp -rp /var/lib/cincinnati-graph-data/* /var/lib/cincinnati/graph-data",
    ]

    private let layer: GraphLayer

    /// Makes a builder for a layer.
    package init(layer: GraphLayer) {
        self.layer = layer
    }

    /// Makes the image: one manifest for a base of one image that is no list, else an index.
    ///
    /// - Throws: `ReleasesError.unusableGraphBase` when the base cannot be extended; `OpenSSLError`.
    package func build(on base: GraphImageBase) throws -> GeneratedImage {
        var manifests: [ManifestDocument] = []
        var blobs = [GeneratedImage.Blob(descriptor: layer.descriptor, content: .file(layer.file))]
        var entries: [RawJSON] = []
        var known: Set<Digest> = []
        for instance in base.instances {
            let (config, platform) = try self.config(instance, base.reference)
            let document = try manifest(instance, config: config.descriptor, base.reference)
            if known.insert(document.digest).inserted { manifests.append(document) }
            if known.insert(config.descriptor.digest).inserted { blobs.append(config) }
            let entry = try Descriptor(mediaType: .ociManifest, digest: document.digest, size: document.size)
            var json = Self.json(entry)
            json["platform"] = instance.platform ?? platform
            // Several images of the same platform: the first one counts for whoever chooses, so more are of no use.
            if !entries.contains(where: { $0["platform"] == json["platform"] }) { entries.append(json) }
        }
        if manifests.count == 1, base.instances[0].platform == nil, let root = manifests.first {
            return GeneratedImage(root: root, manifests: manifests, blobs: blobs)
        }
        let root = try Self.document(
            .members([
                ("schemaVersion", .number(2)), ("mediaType", .string(MediaType.ociIndex.text)),
                ("manifests", .array(entries)),
            ])
        )
        let listed = Set(root.manifest.children.map(\.digest))
        return GeneratedImage(
            root: root,
            manifests: [root] + manifests.filter { listed.contains($0.digest) },
            blobs: blobs
        )
    }

    /// The config of an instance with the layer, and the platform that it names.
    private func config(
        _ instance: GraphImageBase.Instance,
        _ reference: ImageReference
    ) throws -> (GeneratedImage.Blob, RawJSON) {
        var config = try GraphImageBase.json(instance.config, of: "config", reference)
        guard case .image(_, let layers) = instance.manifest.manifest.content, config.isObject,
            var rootfs = config["rootfs"], let diffIDs = rootfs["diff_ids"]?.elements, diffIDs.count == layers.count
        else {
            throw GraphImageBase.unusable(reference, "its config does not name the content of each of its layers")
        }
        rootfs["diff_ids"] = .array(diffIDs + [.string(layer.diffID.description)])
        config["rootfs"] = rootfs
        var step = RawJSON.members([("created_by", .string("ferry: graph data in /\(GraphLayer.folder)"))])
        step["created"] = config["created"]
        config["history"] = .array((config["history"]?.elements ?? []) + [step])
        var settings = config["config"].flatMap { $0.isObject ? $0 : nil } ?? .object([])
        settings["Entrypoint"] = nil
        settings["Cmd"] = .array(Self.command.map { .string($0) })
        config["config"] = settings
        let bytes = config.encoded
        let descriptor = try Descriptor(
            mediaType: .ociConfig,
            digest: ContentHasher.digest(of: bytes),
            size: Int64(bytes.count)
        )
        var platform = RawJSON.object([])
        for name in ["architecture", "os", "variant", "os.version", "os.features"] { platform[name] = config[name] }
        return (GeneratedImage.Blob(descriptor: descriptor, content: .bytes(bytes)), platform)
    }

    private func manifest(
        _ instance: GraphImageBase.Instance,
        config: Descriptor,
        _ reference: ImageReference
    ) throws -> ManifestDocument {
        let raw = try GraphImageBase.json(instance.manifest.bytes, of: "manifest", reference)
        guard case .image(_, let layers) = instance.manifest.manifest.content,
            let rawLayers = raw["layers"]?.elements ?? (layers.isEmpty ? [] : nil), rawLayers.count == layers.count
        else { throw GraphImageBase.unusable(reference, "its manifest has layers that cannot be read") }
        var converted: [RawJSON] = []
        for (layer, raw) in zip(layers, rawLayers) {
            var raw = raw
            raw["mediaType"] = .string(try Self.ociType(of: layer, reference).text)
            converted.append(raw)
        }
        var manifest = RawJSON.members([
            ("schemaVersion", .number(2)), ("mediaType", .string(MediaType.ociManifest.text)),
            ("config", Self.json(config)), ("layers", .array(converted + [Self.json(layer.descriptor)])),
        ])
        manifest["annotations"] = raw["annotations"].flatMap { $0.isObject ? $0 : nil }
        return try Self.document(manifest)
    }

    /// The OCI name of a layer's type.
    private static func ociType(of layer: Descriptor, _ reference: ImageReference) throws -> MediaType {
        guard !layer.mediaType.isNonDistributable else {
            throw GraphImageBase.unusable(
                reference,
                "its layer \(layer.digest) is not distributable, so no mirror could hold the image"
            )
        }
        switch layer.mediaType {
        case .ociLayer, .ociLayerGzip, .ociLayerZstd: return layer.mediaType
        case .dockerLayerGzip: return .ociLayerGzip
        default:
            switch layer.mediaType.text {
            case "application/vnd.docker.image.rootfs.diff.tar": return .ociLayer
            case "application/vnd.docker.image.rootfs.diff.tar.zstd": return .ociLayerZstd
            default:
                throw GraphImageBase.unusable(
                    reference,
                    "its layer \(layer.digest) is of the unknown type \(layer.mediaType)"
                )
            }
        }
    }

    private static func json(_ descriptor: Descriptor) -> RawJSON {
        .members([
            ("mediaType", .string(descriptor.mediaType.text)), ("digest", .string(descriptor.digest.description)),
            ("size", .number(descriptor.size)),
        ])
    }

    private static func document(_ json: RawJSON) throws -> ManifestDocument {
        try ManifestDocument(verifying: json.encoded, contentType: nil, expected: nil)
    }
}
