import Archiving
import DispatchLanes
package import ImageStorage
import NIOCore
package import OCIModel

/// Opens release payloads.
///
/// **Which layers are read.** `oc adm release new` puts everything into one small top layer, above hundreds of MB that
/// say nothing about the release; but a payload may be made by hand, such as one patched by a further layer. So layers
/// are read from the top one down, whole (their digests are checked), until each wanted file is *decided*: the highest
/// layer that has the file, or removes it, its folder or the folder's content, decides, and nothing below can change
/// that. For a real payload that is the top layer alone. A file that no layer has costs reading them all; among those
/// wanted, only the boot images file may be missing from old releases.
///
/// Any number of payloads may be opened at once.
package struct ReleasePayloadReader: Sendable {
    private let limits: ReleasePayloadLimits
    private let lanes: DispatchLanes

    /// Makes a reader.
    ///
    /// The reader has lanes of its own: while one waits for bytes, the store that brings them needs others to run on.
    package init(limits: ReleasePayloadLimits = ReleasePayloadLimits()) {
        self.limits = limits
        lanes = DispatchLanes(label: "ferry.release-payload", width: 4)
    }

    /// Opens a payload and reads what it says.
    ///
    /// - Parameters:
    ///   - document: the payload's manifest, or its list.
    ///   - reference: the payload in the user's words, for messages.
    ///   - repository: where the store has it.
    ///   - source: the store.
    ///   - platform: which child of a list is opened; linux/amd64 unless given.
    ///   - kubeVirtKeys: the architecture keys whose KubeVirt images are wanted, see ``KubeVirtSelection``.
    /// - Returns: what the payload says.
    /// - Throws: `ReleasesError`; `CancellationError`.
    package func open(
        _ document: ManifestDocument,
        of reference: ImageReference,
        in repository: RepositoryPath,
        from source: any ImageSource,
        platform: Platform? = nil,
        kubeVirtKeys: [String] = []
    ) async throws -> ReleasePayload {
        let image = try await find(document, of: reference, in: repository, from: source, platform: platform)
        let config = try await read(image.config, of: reference, in: repository, from: source)
        var names: Set<String> = [ImageReferencesDocument.fileName, ReleaseMetadata.fileName]
        if !kubeVirtKeys.isEmpty { names.insert(BootImagesDocument.fileName) }
        let files = try await files(.named(names), of: image, reference, in: repository, from: source)
        return try payload(files, config: config, image: image, reference: reference, kubeVirtKeys: kubeVirtKeys)
    }

    /// Puts together what the files of a payload say.
    ///
    /// - Throws: `ReleasesError` when a file lacks or is wrong.
    func payload(
        _ files: [String: [UInt8]],
        config: [UInt8],
        image: PayloadImage,
        reference: ImageReference,
        kubeVirtKeys: [String] = []
    ) throws -> ReleasePayload {
        let architecture = try ImageConfigDocument(decoding: config, reference: reference).architecture
        guard let content = files[ImageReferencesDocument.fileName] else {
            throw ReleasesError(
                .fileMissing,
                reference: reference,
                reason:
                    "it is no release payload: it has no file "
                    + "\(PayloadFiles.folder)/\(ImageReferencesDocument.fileName)"
            )
        }
        let references = try ImageReferencesDocument(
            decoding: content,
            reference: reference,
            maximumComponents: limits.components
        )
        let kubeVirt = try BootImagesDocument.kubeVirtImages(
            in: files[BootImagesDocument.fileName],
            keys: kubeVirtKeys,
            reference: reference
        )
        return ReleasePayload(
            image: image.digest,
            version: references.version,
            architecture: architecture,
            components: references.components,
            metadata: try files[ReleaseMetadata.fileName].map {
                try ReleaseMetadata(decoding: $0, reference: reference)
            },
            kubeVirtImages: kubeVirt.images,
            missingKubeVirtKeys: kubeVirt.missing
        )
    }

    /// Reads files below `release-manifests`, by their paths inside that folder.
    ///
    /// Only regular files are there; a file
    /// that the image does not have is not in the result.
    ///
    /// - Parameters:
    ///   - files: which files.
    ///   - document: the payload's manifest, or its list.
    ///   - reference: the payload in the user's words, for messages.
    ///   - repository: where the store has it.
    ///   - source: the store.
    ///   - platform: which child of a list is opened; linux/amd64 unless given.
    /// - Returns: the content by path.
    /// - Throws: `ReleasesError`; `CancellationError`.
    package func files(
        _ files: PayloadFiles,
        of document: ManifestDocument,
        _ reference: ImageReference,
        in repository: RepositoryPath,
        from source: any ImageSource,
        platform: Platform? = nil
    ) async throws -> [String: [UInt8]] {
        let image = try await find(document, of: reference, in: repository, from: source, platform: platform)
        return try await self.files(files, of: image, reference, in: repository, from: source)
    }

    /// Finds the image to open.
    ///
    /// - Throws: `ReleasesError`; `CancellationError`.
    func find(
        _ document: ManifestDocument,
        of reference: ImageReference,
        in repository: RepositoryPath,
        from source: any ImageSource,
        platform: Platform?
    ) async throws -> PayloadImage {
        try await PayloadImageFinder(
            source: source,
            repository: repository,
            reference: reference,
            platform: try platform ?? Platform(os: "linux", architecture: "amd64"),
            maximumDepth: limits.indexDepth
        ).find(document)
    }

    /// Reads files of the image that was found.
    ///
    /// - Throws: `ReleasesError`; `CancellationError`.
    func files(
        _ files: PayloadFiles,
        of image: PayloadImage,
        _ reference: ImageReference,
        in repository: RepositoryPath,
        from source: any ImageSource
    ) async throws -> [String: [UInt8]] {
        var overlay = LayerOverlay<[UInt8]>(maximumMarks: limits.paths * 2) { files.concerns($0) }
        let layer = PayloadLayer(files: files, limits: limits)
        for blob in image.layers.reversed() {
            if files.areDecided(in: overlay) { break }
            do {
                overlay = try await read(blob, as: layer, under: overlay, in: repository, from: source)
            } catch let error as ArchivingError {
                let isLarge = error.code == .entryTooLarge
                throw ReleasesError.wrapping(
                    error,
                    reference: reference,
                    doing: "its layer \(blob.digest) cannot be read",
                    code: isLarge ? .fileTooLarge : .invalidLayer
                )
            } catch {
                throw ReleasesError.wrapping(
                    error,
                    reference: reference,
                    doing: "its layer \(blob.digest) cannot be read"
                )
            }
        }
        let prefix = PayloadFiles.folder.count + 1
        return Dictionary(overlay.files.map { (String($0.key.dropFirst(prefix)), $0.value) }) { first, _ in first }
    }

    private func read(
        _ blob: Descriptor,
        as layer: PayloadLayer,
        under overlay: LayerOverlay<[UInt8]>,
        in repository: RepositoryPath,
        from source: any ImageSource
    ) async throws -> LayerOverlay<[UInt8]> {
        let lane = lanes.lane()
        return try await source.withBlob(blob, in: repository, from: 0) { stream in
            let checked = try DigestCheck(blob).checked(stream)
            return try await withBlockingReader(
                chunks: { try await checked.next()?.readableBytesView },
                on: { work in try await lane.run(work) }
            ) { input in
                try layer.read(input, under: overlay)
            }
        }
    }

    /// Reads an image's config.
    ///
    /// - Throws: `ReleasesError.invalidConfig`, `.storage`; `CancellationError`.
    func read(
        _ config: Descriptor,
        of reference: ImageReference,
        in repository: RepositoryPath,
        from source: any ImageSource
    ) async throws -> [UInt8] {
        guard config.size <= limits.configBytes else {
            throw ReleasesError(
                .invalidConfig,
                reference: reference,
                reason: "its config \(config.digest) has \(config.size) bytes, more than \(limits.configBytes)"
            )
        }
        do {
            return try await source.withBlob(config, in: repository, from: 0) { stream in
                // The check stops a stream that is longer than the config claims to be.
                let checked = try DigestCheck(config).checked(stream)
                var bytes: [UInt8] = []
                for try await chunk in checked { bytes.append(contentsOf: chunk.readableBytesView) }
                return bytes
            }
        } catch {
            throw ReleasesError.wrapping(
                error,
                reference: reference,
                doing: "its config \(config.digest) cannot be read"
            )
        }
    }
}
