package import ImageStorage
import NIOCore
package import OCIModel

/// The images that a graph image is made of, one for each platform, as they were read.
package struct GraphImageBase: Sendable {
    /// One of them.
    struct Instance: Sendable {
        /// Its manifest.
        let manifest: ManifestDocument
        /// Its config.
        let config: [UInt8]
        /// Its platform as a list has it; nil when it comes from no list.
        let platform: RawJSON?
    }

    /// The images, in the order of the list.
    let instances: [Instance]
    /// How messages call it.
    let reference: ImageReference

    private static let maximumConfigBytes: Int64 = 4 << 20
    private static let maximumInstances = 64

    /// Reads manifests and configs of some images of one repository; no layer.
    ///
    /// Of a list each image is taken, or those of the wanted platforms; attestations are not.
    ///
    /// - Parameters:
    ///   - references: the images, at least one, all of the repository of the first.
    ///   - platforms: the platforms to take; empty for all.
    ///   - source: where to read.
    /// - Returns: the images.
    /// - Throws: `ReleasesError.unusableGraphBase`, `.storage`; `CancellationError`.
    package static func read(
        _ references: [ImageReference],
        platforms: [Platform],
        from source: any ImageSource
    ) async throws -> GraphImageBase {
        guard let first = references.first, references.allSatisfy({ $0.repository == first.repository }) else {
            throw ReleasesError(
                .unusableGraphBase,
                subject: "graph image",
                reason: "its bases must be images of one repository"
            )
        }
        var instances: [Instance] = []
        for reference in references {
            do {
                instances += try await read(reference, platforms: platforms, from: source)
            } catch {
                if error is CancellationError || error is ReleasesError { throw error }
                throw ReleasesError(
                    .storage,
                    subject: subject(reference),
                    reason: "it cannot be read: \(error)\(advice)",
                    underlying: error
                )
            }
        }
        guard !instances.isEmpty, instances.count <= maximumInstances else {
            throw unusable(
                first,
                "it has \(instances.count) images to make graph images of; 1 to \(maximumInstances) are possible"
            )
        }
        return GraphImageBase(instances: instances, reference: first)
    }

    private static func subject(_ reference: ImageReference) -> String { "base of the graph image \(reference)" }

    private static let advice = "; --graph-base-image names another one"

    static func unusable(_ reference: ImageReference, _ reason: String) -> ReleasesError {
        ReleasesError(.unusableGraphBase, subject: Self.subject(reference), reason: "\(reason)\(Self.advice)")
    }

    private static func read(
        _ reference: ImageReference,
        platforms: [Platform],
        from source: any ImageSource
    ) async throws -> [Instance] {
        guard let wanted = reference.manifestReference else {
            throw unusable(reference, "it names neither a tag nor a digest")
        }
        let path = reference.repository.path
        guard let root = try await source.manifest(wanted, in: path) else {
            throw unusable(reference, "it is not at its source")
        }
        guard !root.manifest.children.isEmpty || root.mediaType.isIndex else {
            return [try await instance(root, platform: nil, reference, from: source)]
        }
        var instances: [Instance] = []
        for (child, platform) in try children(of: root, platforms: platforms, reference) {
            guard let document = try await source.manifest(.digest(child.digest), in: path) else {
                throw unusable(reference, "it lists the manifest \(child.digest), which is not at its source")
            }
            instances.append(try await instance(document, platform: platform, reference, from: source))
        }
        return instances
    }

    /// The images of a list, with their platforms as written.
    private static func children(
        of root: ManifestDocument,
        platforms: [Platform],
        _ reference: ImageReference
    ) throws -> [(Descriptor, RawJSON)] {
        let raw = try json(root.bytes, of: "list", reference)["manifests"]?.elements ?? []
        guard raw.count == root.manifest.children.count else {
            throw unusable(reference, "its list has members that cannot be read")
        }
        for filter in platforms
        where !root.manifest.children.contains(where: { $0.platform?.isSelected(by: filter) ?? false }) {
            throw unusable(reference, "it has no image for \(filter)")
        }
        return zip(root.manifest.children, raw).compactMap { child, raw in
            // Attestations stand in lists as images of the platform unknown/unknown; what has no platform is no image.
            guard let platform = child.platform, platform.os != "unknown", let text = raw["platform"] else {
                return nil
            }
            guard child.annotations["vnd.docker.reference.type"] == nil else { return nil }
            guard platforms.isEmpty || platforms.contains(where: { platform.isSelected(by: $0) }) else { return nil }
            return (child, text)
        }
    }

    private static func instance(
        _ document: ManifestDocument,
        platform: RawJSON?,
        _ reference: ImageReference,
        from source: any ImageSource
    ) async throws -> Instance {
        guard case .image(let config, _) = document.manifest.content else {
            throw unusable(reference, "it has a list inside its list")
        }
        guard config.mediaType == .ociConfig || config.mediaType == .dockerConfig else {
            throw unusable(reference, "its config is of type \(config.mediaType), so it is no container image")
        }
        guard config.size <= maximumConfigBytes else {
            throw unusable(reference, "its config has \(config.size) bytes; \(maximumConfigBytes) are possible")
        }
        let bytes = try await source.withBlob(config, in: reference.repository.path, from: 0) { stream in
            let checked = try DigestCheck(config).checked(stream)
            var bytes: [UInt8] = []
            while let chunk = try await checked.next() { bytes.append(contentsOf: chunk.readableBytesView) }
            return bytes
        }
        return Instance(manifest: document, config: bytes, platform: platform)
    }

    /// Parses a document of the base.
    ///
    /// - Throws: `ReleasesError.unusableGraphBase`.
    static func json(_ bytes: [UInt8], of what: String, _ reference: ImageReference) throws(ReleasesError) -> RawJSON {
        do throws(RawJSON.Mistake) {
            return try RawJSON(parsing: bytes)
        } catch {
            throw unusable(reference, "its \(what) is no JSON: \(error.reason)")
        }
    }
}
