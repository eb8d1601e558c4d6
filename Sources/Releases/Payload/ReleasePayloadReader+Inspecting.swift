package import ImageStorage
package import OCIModel

extension ReleasePayloadReader {
    /// Opens a payload and reads everything that it says of itself.
    ///
    /// Of the layers only those are read that have a say about `image-references` and `release-metadata`: the top one
    /// for a payload by `oc adm release new`. Manifests of layers below are not counted.
    ///
    /// - Parameters:
    ///   - document: the payload's manifest, or its list.
    ///   - reference: the payload in the user's words.
    ///   - source: the store of the reference's registry.
    ///   - platform: which child of a list is opened; linux/amd64 unless given.
    /// - Returns: what the payload says.
    /// - Throws: `ReleasesError`; `CancellationError`.
    package func inspect(
        _ document: ManifestDocument,
        of reference: ImageReference,
        from source: any ImageSource,
        platform: Platform? = nil
    ) async throws -> ReleaseInspection {
        let repository = reference.repository.path
        let image = try await find(document, of: reference, in: repository, from: source, platform: platform)
        let config = try await read(image.config, of: reference, in: repository, from: source)
        let names: Set = [ImageReferencesDocument.fileName, ReleaseMetadata.fileName]
        let files = try await files(.allDownTo(names), of: image, reference, in: repository, from: source)
        let payload = try payload(files, config: config, image: image, reference: reference)
        return try Self.inspection(document, payload, files, config: config, reference: reference)
    }

    private static func inspection(
        _ document: ManifestDocument,
        _ payload: ReleasePayload,
        _ files: [String: [UInt8]],
        config: [UInt8],
        reference: ImageReference
    ) throws -> ReleaseInspection {
        func value(_ bytes: [UInt8], _ code: ReleasesError.Code, _ what: String) throws -> JSONValue {
            do throws(JSONText.Mistake) {
                return try JSONText.decode(JSONValue.self, from: bytes)
            } catch {
                throw ReleasesError(code, reference: reference, reason: "its \(what) is wrong: \(error.reason)")
            }
        }
        let references = try value(
            files[ImageReferencesDocument.fileName] ?? [],
            .invalidImageReferences,
            ImageReferencesDocument.fileName
        )
        let config = try value(config, .invalidConfig, "config")
        var versions = ComponentVersionCollection()
        var origins: [ComponentOrigin] = []
        // The strict reading went before: there is one entry for each component, in the same order.
        for (component, tag) in zip(payload.components, references["spec"]?["tags"]?.elements ?? []) {
            let annotations = annotations(of: tag)
            origins.append(ComponentOrigin(annotations))
            versions.add(annotations, of: component.name)
        }
        return ReleaseInspection(
            reference: reference,
            digest: document.digest,
            isList: !document.manifest.children.isEmpty,
            os: config["os"]?.text ?? "linux",
            created: config["created"]?.text,
            manifestCount: files.keys.filter(isManifest).count,
            payload: payload,
            origins: origins,
            versions: versions.versions,
            warnings: versions.warnings,
            config: config,
            references: references,
            metadata: try files[ReleaseMetadata.fileName].map {
                try value($0, .invalidReleaseMetadata, ReleaseMetadata.fileName)
            }
        )
    }

    private static func annotations(of tag: JSONValue) -> [String: String] {
        guard case .object(let members) = tag["annotations"] else { return [:] }
        return members.compactMapValues(\.text)
    }

    /// Whether a file is what the cluster applies; the extensions are those that the cluster-version operator reads.
    private static func isManifest(_ name: String) -> Bool {
        [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }
}
