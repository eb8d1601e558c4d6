import Archiving
import DispatchLanes
package import ImageStorage
import OCIModel
import OpenSSLCrypto

/// A made-up OpenShift release of the size and shape of a real one.
///
/// Layers are computed, not stored: publishing needs no disk and little memory, whatever the size.
package struct SampleRelease: Sendable {
    private let options: SampleReleaseOptions
    private let payloadRepository: RepositoryPath
    private let componentRepository: RepositoryPath
    private let payloadTag: Tag

    /// Takes the options.
    ///
    /// - Throws: `SamplePayloadError.invalidOption`; `OCIModelError` when version or prefix make no tag or path.
    package init(_ options: SampleReleaseOptions) throws {
        try options.validate()
        self.options = options
        payloadRepository = try RepositoryPath("openshift-release-dev/ocp-release").below(options.prefix)
        componentRepository = try RepositoryPath("openshift-release-dev/ocp-v4.0-art-dev").below(options.prefix)
        payloadTag = try Tag("\(options.version)-\(options.architectureName)")
    }

    /// Writes the release to a store: components by digest, the payload by tag, as the vendor does.
    ///
    /// Blobs that are there already are not written again, so a repeated call costs the computing of the layers alone.
    /// After an error or cancellation some blobs and components may be there, the payload's tag is not.
    ///
    /// - Parameters:
    ///   - target: the store that the options' registry stands for.
    ///   - concurrency: how many blobs or images are written at a time, at least 1.
    ///   - progress: is called after each blob, from any task.
    /// - Returns: what the release came out as.
    /// - Throws: what the target throws.
    package func publish(
        to target: any ImageTarget,
        concurrency: Int = 6,
        progress: @escaping @Sendable (SampleProgress) -> Void = { _ in }
    ) async throws -> SampleReleaseDescription {
        let uploads = SampleUploads(to: target, progress: progress)
        let layouts = options.architectures.map { ($0, SampleReleaseLayout(options, $0)) }
        let layers = try await putLayers(layouts.flatMap(\.1.layers), uploads, concurrency)
        let images = try await putImages(layouts, layers, uploads, concurrency)
        let components = try await putComponents(images, layouts, uploads)
        let payloads = try await putPayloads(components, layouts, layers, uploads)
        let payload: ManifestDocument
        if options.isMultiArchitecture {
            let entries = payloads.map { SampleDescriptor($0.1, $0.0) }
            payload = try await uploads.put(
                SampleManifestList(manifests: entries),
                in: payloadRepository,
                tag: payloadTag
            )
        } else {
            payload = payloads[0].1
        }
        if options.hasSignatures { try await putSignatures(payload.digest, components, uploads) }
        let all = images.values.flatMap(\.self) + payloads.map(\.1)
        let written = uploads.written
        return SampleReleaseDescription(
            payload: ImageReference(
                repository: Repository(registry: options.registry, path: payloadRepository),
                tag: payloadTag,
                digest: payload.digest
            ),
            components: components,
            images: all.count,
            blobs: uploads.blobs,
            distinctBytes: uploads.distinctBytes,
            totalBytes: all.reduce(0) { $0 + $1.manifest.blobs.reduce(0) { $0 + $1.size } },
            writtenBlobs: written.blobs,
            writtenBytes: written.bytes
        )
    }

    /// Computes and writes the layers of the components, the largest first.
    private func putLayers(
        _ layers: [SampleLayer],
        _ uploads: SampleUploads,
        _ concurrency: Int
    ) async throws -> [SampleLayer: SampleBlob] {
        let lanes = DispatchLanes(label: "ferry.sample", width: concurrency)
        let blobs = try await mapConcurrently(layers, width: concurrency) { layer in
            let blob = try await lanes.run { try layer.measured() }
            try await uploads.put(blob.descriptor, in: componentRepository, layer.opener)
            return blob
        }
        return Dictionary(zip(layers, blobs)) { first, _ in first }
    }

    /// Writes configs and manifests of the components; by architecture, in the order of the names.
    private func putImages(
        _ layouts: [(SampleArchitecture, SampleReleaseLayout)],
        _ layers: [SampleLayer: SampleBlob],
        _ uploads: SampleUploads,
        _ concurrency: Int
    ) async throws -> [SampleArchitecture: [ManifestDocument]] {
        var images: [SampleArchitecture: [ManifestDocument]] = [:]
        for (architecture, layout) in layouts {
            images[architecture] = try await mapConcurrently(layout.images, width: concurrency) { image in
                try await putImage(
                    image.layers.compactMap { layers[$0] },
                    architecture,
                    labels: ["io.k8s.display-name": image.name, "io.openshift.release.operator": "false"],
                    in: componentRepository,
                    tag: nil,
                    uploads
                )
            }
        }
        return images
    }

    /// Names the components, and writes their lists where there are several architectures.
    private func putComponents(
        _ images: [SampleArchitecture: [ManifestDocument]],
        _ layouts: [(SampleArchitecture, SampleReleaseLayout)],
        _ uploads: SampleUploads
    ) async throws -> [SampleComponent] {
        let repository = Repository(registry: options.registry, path: componentRepository)
        var components: [SampleComponent] = []
        for (index, name) in SampleReleaseLayout.names(options.images).enumerated() {
            let children = layouts.compactMap { layout in
                images[layout.0].map { (layout.0, $0[index]) }
            }
            let digest: Digest
            if options.isMultiArchitecture {
                let entries = children.map { SampleDescriptor($0.1, $0.0) }
                digest = try await uploads.put(SampleManifestList(manifests: entries), in: componentRepository).digest
            } else {
                digest = children[0].1.digest
            }
            components.append(
                SampleComponent(name: name, reference: ImageReference(repository: repository, digest: digest))
            )
        }
        return components
    }

    /// Writes the payload images: the base layer, and one with the release's files.
    private func putPayloads(
        _ components: [SampleComponent],
        _ layouts: [(SampleArchitecture, SampleReleaseLayout)],
        _ layers: [SampleLayer: SampleBlob],
        _ uploads: SampleUploads
    ) async throws -> [(SampleArchitecture, ManifestDocument)] {
        let (bytes, diffID) = try payloadLayer(components)
        let top = try await uploads.put(bytes, .dockerLayerGzip, in: payloadRepository)
        var payloads: [(SampleArchitecture, ManifestDocument)] = []
        for (architecture, layout) in layouts {
            guard let base = layers[layout.base] else { continue }
            try await uploads.put(
                base.descriptor,
                in: payloadRepository,
                mountedFrom: componentRepository,
                layout.base.opener
            )
            let document = try await putImage(
                [base, SampleBlob(descriptor: top, diffID: diffID)],
                architecture,
                labels: ["io.openshift.release": options.version],
                in: payloadRepository,
                tag: options.isMultiArchitecture ? nil : payloadTag,
                uploads
            )
            payloads.append((architecture, document))
        }
        return payloads
    }

    private func payloadLayer(_ components: [SampleComponent]) throws -> (bytes: [UInt8], diffID: Digest) {
        let documents = SampleReleaseDocuments(version: options.version, components: components)
        let files = [
            ("0000_50_installer_coreos-bootimages.yaml", try documents.bootImages()),
            ("image-references", try documents.imageReferences()),
            ("release-metadata", try documents.releaseMetadata()),
        ]
        func archive(_ compression: TarCompression) throws -> [UInt8] {
            try TarWriter.archive(compression: compression) { tar in
                try tar.addDirectory("release-manifests", mode: 0o777)
                for (name, content) in files {
                    try tar.addFile("release-manifests/\(name)", mode: 0o444, content: content)
                }
            }
        }
        return (try archive(.storedGzip), try ContentHasher.digest(of: try archive(.none)))
    }

    private func putImage(
        _ layers: [SampleBlob],
        _ architecture: SampleArchitecture,
        labels: [String: String],
        in repository: RepositoryPath,
        tag: Tag?,
        _ uploads: SampleUploads
    ) async throws -> ManifestDocument {
        let config = SampleConfig(
            architecture: architecture.goName,
            config: .init(labels: labels),
            rootfs: .init(diffIDs: layers.map(\.diffID))
        )
        let blob = try await uploads.put(try SampleJSON.encode(config), .dockerConfig, in: repository)
        let manifest = SampleManifest(
            mediaType: .dockerManifest,
            config: SampleDescriptor(blob),
            layers: layers.map { SampleDescriptor($0.descriptor) }
        )
        return try await uploads.put(manifest, in: repository, tag: tag)
    }

    private func putSignatures(
        _ payload: Digest,
        _ components: [SampleComponent],
        _ uploads: SampleUploads
    ) async throws {
        var signed = [(payload, payloadRepository)]
        for (index, component) in components.enumerated() where index % 4 == 0 {
            if let digest = component.reference.digest { signed.append((digest, componentRepository)) }
        }
        for (digest, repository) in signed {
            let signature = try SampleSignature(of: digest, named: "\(options.registry)/\(repository)")
            let layer = try await uploads.put(signature.statement, try SampleSignature.layerType(), in: repository)
            let config = SampleConfig(
                architecture: "",
                os: "",
                config: .init(labels: [:]),
                rootfs: .init(diffIDs: [layer.digest])
            )
            let configBlob = try await uploads.put(try SampleJSON.encode(config), .ociConfig, in: repository)
            let annotations = ["dev.cosignproject.cosign/signature": signature.signature]
            let manifest = SampleManifest(
                mediaType: .ociManifest,
                config: SampleDescriptor(configBlob),
                layers: [SampleDescriptor(layer, annotations: annotations)]
            )
            _ = try await uploads.put(manifest, in: repository, tag: signature.tag)
        }
    }
}
